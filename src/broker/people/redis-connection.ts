import { Redis } from 'ioredis'

/** A request waits no longer (ms) for the counters: it is worth more than they are. */
const patience = 1_000
const longestPause = 2_000

/** ioredis's errors without a code or a name of their own. */
const codes: ReadonlyMap<string, string> = new Map([
  ['Connection is closed.', 'CONNECTION_CLOSED'],
  ['Command timed out', 'COMMAND_TIMEOUT'],
  ["Stream isn't writeable and enableOfflineQueue options is false", 'NOT_CONNECTED'],
])

/** What went wrong, in one word: the messages of others may repeat addresses and what was sent. */
export const redisCode = (error: unknown): string => {
  const { code, name, message = '' } = error as { code?: string; name?: string; message?: string }
  return code ?? codes.get(message) ?? name ?? 'unknown'
}

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
  redis.on('error', (error) => {
    if (!isAway) onAway(redisCode(error))
    isAway = true
  })
  return redis
}
