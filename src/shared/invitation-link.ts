/** What the link of an invitation names. */
export type InvitationLink = { readonly brokerUrl: string; readonly token: string }

/** A broker's address and a token, in characters. */
export const longestInvitationLink = 18_432

/** The page of a broker on which invitations are opened, and the mark of their tokens, which stand in the fragment. */
const page = '/invite/'
const mark = 'inv_'

/**
 * Reads the link of an invitation; `incomplete` where it is one without its token, null where it is another text, such
 * as a broker's own address.
 */
export const readInvitationLink = (text: string): InvitationLink | 'incomplete' | null => {
  const trimmed = text.trim()
  if (!URL.canParse(trimmed)) return null
  const { origin, pathname, hash } = new URL(trimmed)
  const path = pathname.endsWith('/') ? pathname : `${pathname}/`
  if (!path.endsWith(page)) return null
  const token = hash.slice(1)
  if (!token.startsWith(mark) || !/^[\x21-\x7e]+$/.test(token)) return 'incomplete'
  return { brokerUrl: origin + path.slice(0, -page.length), token }
}
