import type { Redis } from 'ioredis'
import { ok, type Result } from '../../shared/failure.ts'
import { type CountedFile, type Counters, type CountersAway, leftOf, type Most, mostFilesOfName } from './counters.ts'
import { redisCode } from './redis-connection.ts'

/**
 * A name is one hash: `files`, `bytes`, and the size of each file under `id:…`. Numbers are written whole: Lua would
 * round them to 14 digits. Answers whether it was reserved, and what is used; with a lifetime of 0, whether it would be.
 */
const reserveScript = `
local function whole(number) return string.format('%.0f', number) end
local ids, sizes = {}, {}
for i = 4, #ARGV, 2 do
  ids[#ids + 1] = 'id:' .. ARGV[i]
  sizes[#sizes + 1] = tonumber(ARGV[i + 1])
end
local used = redis.call('HMGET', KEYS[1], 'files', 'bytes')
local files, bytes = tonumber(used[1] or 0), tonumber(used[2] or 0)
local before = redis.call('HMGET', KEYS[1], unpack(ids))
local moreFiles, moreBytes, changes = 0, 0, {}
for i, id in ipairs(ids) do
  local known = tonumber(before[i] or -1)
  if sizes[i] > known then
    if known == -1 then moreFiles = moreFiles + 1 end
    moreBytes = moreBytes + sizes[i] - math.max(known, 0)
    changes[#changes + 1] = id
    changes[#changes + 1] = whole(sizes[i])
  end
end
local filesLeft, bytesLeft = math.max(0, tonumber(ARGV[1]) - files), math.max(0, tonumber(ARGV[2]) - bytes)
if moreFiles > filesLeft or moreBytes > bytesLeft then return {'over', whole(files), whole(bytes)} end
if ARGV[3] == '0' then return {'room', whole(files), whole(bytes)} end
files, bytes = files + moreFiles, bytes + moreBytes
redis.call('HSET', KEYS[1], 'files', whole(files), 'bytes', whole(bytes), unpack(changes))
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return {'reserved', whole(files), whole(bytes)}
`

const reservedKey = (name: string) => `longshore:reserved:${name}`
const revokedKey = (id: string) => `longshore:revoked:${id}`
/** `bytes` can be more than an integer that JavaScript has; then it is near enough. */
const amountOf = (files: string | null, bytes: string | null) => ({ files: Number(files), bytes: Number(bytes) })

/** Counters that all replicas share. When something expires is said in time from now, so that only the broker's clock counts. */
export const redisCounters = (redis: Redis, now: () => number): Counters => {
  const reserve = async (
    operation: string,
    name: string,
    files: readonly CountedFile[],
    most: Most,
    lifetime: number,
  ) => {
    const { maxFiles = mostFilesOfName, maxBytes = Number.MAX_VALUE } = most
    const sizes = files.flatMap(({ id, bytes }) => [id, bytes])
    const answer = await answered(operation, () =>
      redis.eval(reserveScript, 1, reservedKey(name), maxFiles, maxBytes, lifetime, ...sizes),
    )
    if (!answer.ok) return answer
    const [outcome, usedFiles, usedBytes] = answer.value as [string, string, string]
    const used = amountOf(usedFiles, usedBytes)
    return outcome === 'over'
      ? ({ ok: false, failure: { reason: 'over', left: leftOf(most, used) } } as const)
      : ok(used)
  }

  return {
    reserve: (name, files, most, expiresAt) => reserve('reserve', name, files, most, Math.max(1, expiresAt - now())),
    hasRoomFor: (name, files, most) => reserve('hasRoomFor', name, files, most, 0),
    used: async (name) => {
      const answer = await answered('used', () => redis.hmget(reservedKey(name), 'files', 'bytes'))
      if (!answer.ok) return answer
      const [files = null, bytes = null] = answer.value
      return ok(amountOf(files, bytes))
    },
    revoke: async (id, until) => {
      const lifetime = Math.max(1, until - now())
      const answer = await answered('revoke', () => redis.set(revokedKey(id), '1', 'PX', lifetime))
      return answer.ok ? ok(null) : answer
    },
    isRevoked: async (id) => {
      const answer = await answered('isRevoked', () => redis.exists(revokedKey(id)))
      return answer.ok ? ok(answer.value === 1) : answer
    },
  }
}

const answered = async <Value>(operation: string, ask: () => Promise<Value>): Promise<Result<Value, CountersAway>> => {
  try {
    return ok(await ask())
  } catch (error) {
    return { ok: false, failure: { reason: 'away', cause: redisFailure(operation, error) } }
  }
}

/** What went wrong with Redis, for the log: a code, since its messages may repeat addresses and what was sent. */
export const redisFailure = (operation: string, error: unknown): CountersAway['cause'] => ({
  operation: `redis ${operation}`,
  name: redisCode(error),
})
