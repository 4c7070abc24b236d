type Claims = Readonly<Record<string, unknown>>

/** `scope` (RFC 9068), or `scp`, as Entra ID and Okta name it: a text with spaces, or a list. */
export const scopesOf = ({ scope, scp }: Claims): readonly string[] => {
  const given = scope ?? scp
  return typeof given === 'string' ? given.split(' ').filter((each) => each !== '') : textsOf(given)
}

/** The groups of a claim, a list or a single one; a list of names leads to a claim inside of others. */
export const groupsOf = (claims: Claims, claim: string | readonly string[]): readonly string[] => {
  const path = typeof claim === 'string' ? [claim] : claim
  const given = path.reduce<unknown>(inside, claims)
  return typeof given === 'string' ? [given] : textsOf(given)
}

/** A claim that is a text with something in it. */
export const textOf = (claim: unknown): string | null => (typeof claim === 'string' && claim !== '' ? claim : null)

const inside = (claims: unknown, name: string): unknown =>
  typeof claims === 'object' && claims !== null && Object.hasOwn(claims, name) ? (claims as Claims)[name] : undefined

const textsOf = (list: unknown): readonly string[] =>
  Array.isArray(list) ? list.filter((each) => typeof each === 'string') : []
