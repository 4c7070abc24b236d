import type { Redis } from 'ioredis'
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'

/** Counts a request of someone. How long (ms) they must wait where it is one too many; else null. */
export type RequestRate = (key: string) => Promise<number | null>

const minute = 60

/**
 * So many requests a minute, which begins with the first of them. With Redis all replicas count together; while it is
 * away each counts for itself, since a rate protects the broker and must not be what stops it.
 */
export const requestRate = (name: string, perMinute: number, redis: Redis | null): RequestRate => {
  const alone = { keyPrefix: `longshore:rate:${name}`, points: perMinute, duration: minute }
  const memory = new RateLimiterMemory(alone)
  const limiter =
    redis === null
      ? memory
      : new RateLimiterRedis({ ...alone, storeClient: redis, insuranceLimiter: memory, rejectIfRedisNotReady: true })
  return async (key) => {
    try {
      await limiter.consume(key)
      return null
    } catch (refused) {
      if (refused instanceof RateLimiterRes) return refused.msBeforeNext
      throw refused
    }
  }
}
