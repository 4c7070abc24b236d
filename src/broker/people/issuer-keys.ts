import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose'
import { z } from 'zod'
import type { OidcSettings } from '../config/people.ts'
import { endpointSchema } from '../config/store.ts'

type Collaborators = {
  readonly now: () => number
  /** Hears why the issuer's keys cannot be had. */
  readonly warn: (about: object, message: string) => void
}

/** The issuer does not answer, or not as it should: whether a token is good cannot be known now. */
export class IssuerAway extends Error {}

/** So long may each answer of the issuer take, ms. */
const patience = 3_000
/** Between two times that the keys are asked for, whatever tokens name, ms. */
const cooldown = 5_000
/** So old may keys be before they are asked for again, ms: one that the issuer took back is good for as long. */
const freshness = 10 * 60_000

const keySetSchema = z.object({ keys: z.array(z.looseObject({ kty: z.string() })) })

/**
 * The public keys of an issuer, for `jwtVerify`: asked for when they are first needed, when a token names one that is not
 * known, and, while nobody waits for it, when they are old. While the issuer is away, those that are known go on being
 * good. Throws `IssuerAway` where a key is not known and cannot be asked for now.
 */
export const issuerKeys = (
  { issuer, jwksUri }: Pick<OidcSettings, 'issuer' | 'jwksUri'>,
  { now, warn }: Collaborators,
): JWTVerifyGetKey => {
  let known: ReturnType<typeof createLocalJWKSet> | null = null
  let knownSince = 0
  let askedAt = Number.NEGATIVE_INFINITY
  let asking: Promise<boolean> | null = null
  const isPast = (length: number, since: number) => Math.abs(now() - since) >= length

  /** Whether the issuer told its keys. */
  const ask = (): Promise<boolean> => {
    asking ??= keysOf(issuer, jwksUri)
      .then(
        (keys) => {
          known = keys
          knownSince = now()
          return true
        },
        (error: unknown) => {
          warn({ issuer, reason: reasonOf(error) }, 'the keys of the issuer cannot be had')
          return false
        },
      )
      .finally(() => {
        asking = null
        askedAt = now()
      })
    return asking
  }
  const mayAsk = () => asking !== null || isPast(cooldown, askedAt)

  return async (header, token) => {
    if (known === null && mayAsk()) await ask()
    if (known === null) throw new IssuerAway()
    if (isPast(freshness, knownSince) && mayAsk()) void ask()
    try {
      return await known(header, token)
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error
      if (!mayAsk() || !(await ask())) throw new IssuerAway()
      return known(header, token)
    }
  }
}

const keysOf = async (issuer: string, jwksUri: string | null) => {
  const keys = await fetchJson(jwksUri ?? (await discover(issuer)), keySetSchema)
  return createLocalJWKSet(keys as JSONWebKeySet)
}

/** OpenID Connect Discovery 1.0, section 4. The document must be the issuer's own. */
const discover = async (issuer: string): Promise<string> => {
  const schema = z.object({ issuer: z.literal(issuer), jwks_uri: endpointSchema })
  const document = await fetchJson(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, schema)
  return document.jwks_uri
}

const fetchJson = async <Value>(address: string, schema: z.ZodType<Value>): Promise<Value> => {
  const response = await fetch(address, { redirect: 'error', signal: AbortSignal.timeout(patience) })
  if (response.status !== 200) {
    await response.body?.cancel()
    throw new Error(`status ${response.status}`)
  }
  return schema.parse(await response.json())
}

const reasonOf = (error: unknown): string => {
  if (error instanceof z.ZodError) return `answer: ${error.issues.map(({ path }) => z.core.toDotPath(path)).join(', ')}`
  const { cause, name, message } = error as Error & { cause?: { code?: string } }
  return cause?.code ?? (name === 'Error' ? message : name)
}
