import { Redis } from 'ioredis'

/** A request waits no longer (ms) for the counters: it is worth more than they are. */
const patience = 1_000
const longestPause = 2_000

/**
 * A connection that is made when it is first used, and again when it was lost. `onAway` hears, once for each time that it is
 * away, the code of the reason.
 */
export const connectRedis = (url: string, onAway: (code: string) => void): Redis => {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: patience,
    commandTimeout: patience,
    maxRetriesPerRequest: 1,
    retryStrategy: (times) => Math.min(longestPause, 50 * 2 ** times),
  })
  let isAway = false
  redis.on('ready', () => {
    isAway = false
  })
  redis.on('error', (error: NodeJS.ErrnoException) => {
    if (!isAway) onAway(error.code ?? error.name)
    isAway = true
  })
  return redis
}
