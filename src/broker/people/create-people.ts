import type { Redis } from 'ioredis'
import type { BrokerSettings } from '../config/config.ts'
import { authenticateInvitations } from '../invitations/authenticate-invitations.ts'
import { authenticateAccessTokens } from './access-tokens.ts'
import { firstOf } from './caller.ts'
import type { Counters } from './counters.ts'
import { emptyDenyList, watchDenyFile } from './deny-list.ts'
import type { People } from './guard-people.ts'
import { createLimits } from './limits.ts'
import { memoryCounters } from './memory-counters.ts'
import { connectRedis } from './redis-connection.ts'
import { redisCounters } from './redis-counters.ts'
import { authenticateStaticTokens } from './static-tokens.ts'

type Collaborators = {
  readonly now: () => number
  /** Hears of what is away, or cannot be used. */
  readonly warn: (about: object, message: string) => void
}

/**
 * Who may ask, as it is configured. `redis` is null where none is; it is not connected yet, and whoever asked for it ends
 * it. Throws where the deny file cannot be read.
 */
export const createPeople = (
  { signingSecret, tokens, oidc, denyFile, limits, redisUrl }: BrokerSettings,
  { now, warn }: Collaborators,
): { readonly people: People; readonly counters: Counters; readonly redis: Redis | null } => {
  const denyList = denyFile === undefined ? emptyDenyList : watchDenyFile(denyFile, { now, warn })
  const redis =
    redisUrl === undefined ? null : connectRedis(redisUrl, (code) => warn({ redis: code }, 'Redis does not answer'))
  const counters = redis === null ? memoryCounters(now) : redisCounters(redis, now)
  const authenticate = firstOf([
    authenticateInvitations(signingSecret),
    authenticateStaticTokens(tokens),
    ...(oidc === undefined ? [] : [authenticateAccessTokens(oidc, { now, warn })]),
  ])
  return { people: { authenticate, denyList, limits: createLimits({ limits, counters, redis, now }) }, counters, redis }
}
