import { createHash, timingSafeEqual } from 'node:crypto'
import { ok } from '../../shared/failure.ts'
import type { BrokerSettings } from '../config/config.ts'
import { type Authenticate, bearerTokenOf, nobody } from './caller.ts'

/** Knows the people of static tokens. Compares hashes, all of them, so that time tells nothing about a token. */
export const authenticateStaticTokens = (tokens: BrokerSettings['tokens']): Authenticate => {
  const known = tokens.map(({ token, subject, label }) => ({
    digest: digestOf(token),
    caller: { subject, label, scopes: [], groups: [] },
  }))
  return async (authorization) => {
    const token = bearerTokenOf(authorization)
    if (token === null) return nobody
    const digest = digestOf(token)
    const [found] = known.filter((entry) => timingSafeEqual(entry.digest, digest))
    return found === undefined ? nobody : ok(found.caller)
  }
}

const digestOf = (token: string): Buffer => createHash('sha256').update(token).digest()
