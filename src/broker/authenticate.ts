import { createHash, timingSafeEqual } from 'node:crypto'
import type { BrokerSettings } from './config.ts'

/** Who asks. `subject` is the same for a person for ever; `label` is what people see. */
export type Caller = { readonly subject: string; readonly label: string }

/** Who an Authorization header belongs to, null where it is nobody's. */
export type Authenticate = (authorization: string | undefined) => Promise<Caller | null>

/** Knows the people of static tokens. Compares hashes, all of them, so that time tells nothing about a token. */
export const authenticateStaticTokens = (tokens: BrokerSettings['tokens']): Authenticate => {
  const known = tokens.map(({ token, subject, label }) => ({ digest: digestOf(token), caller: { subject, label } }))
  return async (authorization) => {
    const token = authorization?.match(/^Bearer +([\x21-\x7e]+)$/i)?.[1]
    if (token === undefined) return null
    const digest = digestOf(token)
    return known.filter((entry) => timingSafeEqual(entry.digest, digest))[0]?.caller ?? null
  }
}

const digestOf = (token: string): Buffer => createHash('sha256').update(token).digest()
