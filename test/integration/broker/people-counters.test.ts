import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { Counters } from '../../../src/broker/people/counters.ts'
import { memoryCounters } from '../../../src/broker/people/memory-counters.ts'
import { connectRedis } from '../../../src/broker/people/redis-connection.ts'
import { redisCounters } from '../../../src/broker/people/redis-counters.ts'
import { startRedis } from '../../support/redis.ts'

const away = { ok: false, failure: { reason: 'away' } }
const later = () => Date.now() + 60_000
const file = (id: string, bytes: number) => ({ id, bytes })

let redis: Awaited<ReturnType<typeof startRedis>>
const connections: ReturnType<typeof connectRedis>[] = []
const connect = (url = redis.url, onAway: (code: string) => void = () => {}) => {
  const connection = connectRedis(url, onAway)
  connections.push(connection)
  return connection
}
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(async () => {
  for (const connection of connections) connection.disconnect()
  await redis.close()
})

describe.each<[string, () => Counters]>([
  ['memory', () => memoryCounters(Date.now)],
  ['Redis', () => redisCounters(connect(), Date.now)],
])('counters in %s', (_name, make) => {
  let counters: Counters
  let name: string
  beforeAll(() => {
    counters = make()
  })
  const fresh = () => {
    name = crypto.randomUUID()
  }

  it('know nothing of a name that was never used', async () => {
    fresh()
    expect(await counters.used(name)).toEqual({ ok: true, value: { files: 0, bytes: 0 } })
  })

  it('count files up to the most, and then say what is left', async () => {
    fresh()
    const most = { maxFiles: 3, maxBytes: 100 }
    expect(await counters.reserve(name, [file('a', 40), file('b', 0)], most, later())).toEqual({
      ok: true,
      value: { files: 2, bytes: 40 },
    })
    const over = { ok: false, failure: { reason: 'over', left: { files: 1, bytes: 60 } } }
    expect(await counters.reserve(name, [file('c', 61)], most, later())).toEqual(over)
    expect(await counters.reserve(name, [file('c', 1), file('d', 1)], most, later())).toEqual(over)
    expect(await counters.used(name)).toEqual({ ok: true, value: { files: 2, bytes: 40 } })
    expect(await counters.reserve(name, [file('c', 60)], most, later())).toEqual({
      ok: true,
      value: { files: 3, bytes: 100 },
    })
  })

  it('do not count a file twice, but by what it has grown', async () => {
    fresh()
    const most = { maxFiles: 2, maxBytes: 100 }
    const files = [file('a', 40), file('b', 50)]
    await counters.reserve(name, files, most, later())
    expect(await counters.reserve(name, files, most, later())).toEqual({ ok: true, value: { files: 2, bytes: 90 } })
    expect(await counters.reserve(name, [file('a', 1)], most, later())).toMatchObject({ value: { bytes: 90 } })
    expect(await counters.reserve(name, [file('a', 50)], most, later())).toMatchObject({ value: { bytes: 100 } })
    expect(await counters.reserve(name, [file('a', 51)], most, later())).toMatchObject({ ok: false })
  })

  it('say whether there is room, and count nothing', async () => {
    fresh()
    const most = { maxFiles: 2, maxBytes: 100 }
    await counters.reserve(name, [file('a', 40)], most, later())
    const used = { ok: true, value: { files: 1, bytes: 40 } }
    expect(await counters.hasRoomFor(name, [file('a', 40), file('b', 60)], most)).toEqual(used)
    const over = { ok: false, failure: { reason: 'over', left: { files: 1, bytes: 60 } } }
    expect(await counters.hasRoomFor(name, [file('b', 61)], most)).toEqual(over)
    expect(await counters.hasRoomFor(name, [file('b', 1), file('c', 1)], most)).toEqual(over)
    expect(await counters.used(name)).toEqual(used)
  })

  it('take 100,000 files of a name where nobody says how many', async () => {
    fresh()
    for (let thousand = 0; thousand < 100; thousand += 1) {
      const files = Array.from({ length: 1_000 }, (_, index) => file(`${thousand}-${index}`, 0))
      expect(await counters.reserve(name, files, { maxBytes: 1 }, later())).toMatchObject({ ok: true })
    }
    const over = { ok: false, failure: { reason: 'over', left: { files: 0, bytes: 1 } } }
    expect(await counters.reserve(name, [file('one more', 0)], { maxBytes: 1 }, later())).toEqual(over)
    expect(await counters.reserve(name, [file('0-0', 1)], { maxBytes: 1 }, later())).toMatchObject({ ok: true })
  }, 30_000)

  it('let go on what was reserved before the most was lowered', async () => {
    fresh()
    await counters.reserve(name, [file('a', 40)], {}, later())
    expect(await counters.reserve(name, [file('a', 40)], { maxFiles: 0, maxBytes: 0 }, later())).toMatchObject({
      ok: true,
    })
  })

  it('keep names and ids apart, whatever they are', async () => {
    fresh()
    for (const id of ['files', 'bytes', '__proto__', 'id:a', 'a', ' ', '\u0000']) {
      await counters.reserve(name, [file(id, 1)], {}, later())
    }
    expect(await counters.used(name)).toEqual({ ok: true, value: { files: 7, bytes: 7 } })
    expect(await counters.used(`${name}:a`)).toEqual({ ok: true, value: { files: 0, bytes: 0 } })
  })

  it('count 1,000 of the largest files exactly up to what an integer can be', async () => {
    fresh()
    const files = Array.from({ length: 1_000 }, (_, index) => file(String(index), 9_000_000_000_000 + (index || 1)))
    expect(await counters.reserve(name, files, { maxBytes: Number.MAX_SAFE_INTEGER }, later())).toEqual({
      ok: true,
      value: { files: 1_000, bytes: 9_000_000_000_499_501 },
    })
    expect(
      await counters.reserve(name, [file('x', 7_199_254_241_491)], { maxBytes: Number.MAX_SAFE_INTEGER }, later()),
    ).toEqual({
      ok: false,
      failure: { reason: 'over', left: { files: 99_000, bytes: 7_199_254_241_490 } },
    })
  })

  it('give the last place to one of many that ask at once', async () => {
    fresh()
    const asked = Array.from({ length: 50 }, (_, index) =>
      counters.reserve(name, [file(String(index), 1)], { maxFiles: 7 }, later()),
    )
    expect((await Promise.all(asked)).filter(({ ok }) => ok)).toHaveLength(7)
  })

  it('forget a name, and a revocation, when their time is over', async () => {
    fresh()
    const soon = Date.now() + 2_000
    await counters.reserve(name, [file('a', 1)], { maxFiles: 1 }, soon)
    await counters.revoke(name, soon)
    expect(await counters.isRevoked(name)).toEqual({ ok: true, value: true })
    expect(await counters.isRevoked(`${name}-`)).toEqual({ ok: true, value: false })
    await expect.poll(() => counters.used(name)).toEqual({ ok: true, value: { files: 0, bytes: 0 } })
    await expect.poll(() => counters.isRevoked(name)).toEqual({ ok: true, value: false })
    expect(await counters.reserve(name, [file('b', 1)], { maxFiles: 1 }, later())).toMatchObject({ ok: true })
  })
})

describe('counters in Redis', () => {
  it('are the same for all replicas', async () => {
    const [one, other] = [redisCounters(connect(), Date.now), redisCounters(connect(), Date.now)]
    const name = crypto.randomUUID()
    await one.reserve(name, [file('a', 5)], {}, later())
    await other.revoke(name, later())
    expect(await other.used(name)).toEqual({ ok: true, value: { files: 1, bytes: 5 } })
    expect(await one.isRevoked(name)).toEqual({ ok: true, value: true })
  })

  it('say within a second or so that they are away while Redis hangs', async () => {
    const server = await startRedis()
    onTestFinished(server.close)
    const counters = redisCounters(connect(server.url), Date.now)
    await counters.used('a')
    server.hang()
    const askedAt = performance.now()
    expect(await counters.reserve('a', [file('a', 1)], {}, later())).toMatchObject(away)
    expect(performance.now() - askedAt).toBeLessThan(2_500)
    server.goOn()
    await expect.poll(() => counters.used('a'), { timeout: 10_000 }).toMatchObject({ ok: true })
  })

  it('say that they are away while Redis is, and count again when it is back', async () => {
    const server = await startRedis()
    const errors: string[] = []
    const counters = redisCounters(
      connect(server.url, (code) => errors.push(code)),
      Date.now,
    )
    expect(await counters.used('a')).toMatchObject({ ok: true })
    await server.close()
    expect(await counters.reserve('a', [file('a', 1)], {}, later())).toMatchObject(away)
    expect(await counters.hasRoomFor('a', [file('a', 1)], {})).toMatchObject(away)
    expect(await counters.used('a')).toMatchObject(away)
    expect(await counters.revoke('a', later())).toMatchObject(away)
    expect(await counters.isRevoked('a')).toMatchObject(away)
    expect(errors).toEqual(['ECONNREFUSED'])
    const again = await startRedis(server.port)
    onTestFinished(again.close)
    await expect.poll(() => counters.used('a'), { timeout: 10_000 }).toMatchObject({ ok: true })
  })
})
