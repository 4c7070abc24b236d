import type { Redis } from 'ioredis'
import type { GrantFile } from '../../shared/broker-api.ts'
import type { BrokerSettings } from '../config/config.ts'
import type { Refusal } from '../problem.ts'
import type { Caller } from './caller.ts'
import type { Counters } from './counters.ts'
import { requestRate } from './request-rate.ts'

type Collaborators = {
  readonly limits: BrokerSettings['limits']
  readonly counters: Counters
  /** Null: this replica counts requests for itself. */
  readonly redis: Redis | null
  readonly now: () => number
}

/** How much each user and each of their devices may ask for. */
export type Limits = {
  /** Counts a request: `too_many_requests`, with the wait until the minute is over, where it is one too many. */
  readonly countRequest: (caller: Caller) => Promise<Refusal | null>
  /**
   * Counts the files of a grant for the day (UTC), each file once however often it is asked for: `daily_limit`, with the
   * wait until the day is over, where they are too many; `too_large` where one file is more than a day allows.
   */
  readonly countFiles: (caller: Caller, files: readonly GrantFile[]) => Promise<Refusal | null>
}

const day = 86_400_000
const scopes = ['user', 'device'] as const

export const createLimits = ({ limits, counters, redis, now }: Collaborators): Limits => {
  const rates = scopes.flatMap((scope) => {
    const { requestsPerMinute } = limits[scope]
    return requestsPerMinute === undefined ? [] : [{ scope, rate: requestRate(scope, requestsPerMinute, redis) }]
  })
  const budgets = scopes.flatMap((scope) => {
    const { filesPerDay: maxFiles, bytesPerDay: maxBytes } = limits[scope]
    return maxFiles === undefined && maxBytes === undefined ? [] : [{ scope, most: { maxFiles, maxBytes } }]
  })
  const largestFile = Math.min(...budgets.map(({ most }) => most.maxBytes ?? Infinity))

  return {
    countRequest: async (caller) => {
      const waits = await Promise.all(rates.map(({ scope, rate }) => rate(keyOf(scope, caller))))
      const wait = Math.max(...waits.map((each) => each ?? 0))
      return wait > 0 ? { code: 'too_many_requests', retryAfter: wait } : null
    },

    countFiles: async (caller, files) => {
      const tooLarge = files.findIndex(({ size }) => size > largestFile)
      if (tooLarge !== -1) {
        const errors = [{ path: `/files/${tooLarge}/size`, message: `at most ${largestFile} bytes a day` }]
        return { code: 'too_large', errors }
      }
      const today = Math.floor(now() / day)
      const tomorrow = (today + 1) * day
      const counted = files.map(({ id, size }) => ({ id, bytes: size }))
      for (const { scope, most } of budgets) {
        const name = `day:${today}:${scope}:${keyOf(scope, caller)}`
        const reserved = await counters.reserve(name, counted, most, tomorrow)
        if (reserved.ok) continue
        const { failure } = reserved
        return failure.reason === 'over'
          ? { code: 'daily_limit', retryAfter: tomorrow - now() }
          : { code: 'unavailable', cause: failure.cause }
      }
      return null
    },
  }
}

/** Devices say themselves who they are: those of different people are never the same, and all that say nothing are. */
const keyOf = (scope: (typeof scopes)[number], { subject, device }: Caller): string =>
  scope === 'user' ? subject : JSON.stringify([subject, device ?? null])
