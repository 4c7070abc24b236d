import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { RateLimit } from '../../../../../src/main/engine/s3/rate-limit.ts'

const slice = 128 * 1024
const kilobyte = 1_000
const megabyte = 1_000_000
const gigabyte = 1_000_000_000
const ever = new AbortController().signal

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  onTestFinished(() => void vi.useRealTimers())
})

const limitOf = (rate: number | null): RateLimit => {
  const limit = new RateLimit(() => performance.now())
  limit.set(rate)
  return limit
}

/** Takers that send as fast as they are let; counts what each was given, and when. */
function takers(limit: RateLimit, count: number, most = slice) {
  const grants: { readonly taker: number; readonly at: number; readonly bytes: number }[] = []
  const end = new AbortController()
  const take = async (taker: number) => {
    for (;;) {
      const bytes = await limit.take(most, end.signal)
      grants.push({ taker, at: performance.now(), bytes })
    }
  }
  const ended = Promise.allSettled(Array.from({ length: count }, (_, taker) => take(taker)))
  onTestFinished(async () => {
    end.abort()
    await ended
  })
  const between = (from: number, to: number) => grants.filter(({ at }) => from < at && at <= to)
  const sum = (some: typeof grants) => some.reduce((total, { bytes }) => total + bytes, 0)
  return { grants, sent: (from = 0, to = Number.POSITIVE_INFINITY) => sum(between(from, to)), between }
}
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)

describe('a limit', () => {
  it.each([kilobyte, 10 * kilobyte, 333_333, megabyte, 20 * megabyte, gigabyte])(
    'of %i bytes a second is kept within 5 % over 30 s',
    async (rate) => {
      const { sent } = takers(limitOf(rate), 6)
      await pass(30_000)
      expect(sent() / (30 * rate)).toBeGreaterThan(0.95)
      expect(sent() / (30 * rate)).toBeLessThanOrEqual(1.01)
    },
    60_000,
  )

  it.each([kilobyte, megabyte, 50 * megabyte])('of %i bytes a second flows evenly, second by second', async (rate) => {
    const { sent } = takers(limitOf(rate), 3)
    await pass(10_000)
    for (let second = 1; second < 10; second++) {
      const share = sent(second * 1_000, (second + 1) * 1_000) / rate
      expect(Math.abs(share - 1)).toBeLessThan(0.11)
    }
  })

  it('is kept though the timers come late', async () => {
    const punctual = setTimeout
    const late = ((callback: () => void, ms: number) => punctual(callback, ms + 90)) as typeof setTimeout
    const timers = vi.spyOn(globalThis, 'setTimeout').mockImplementation(late)
    onTestFinished(() => timers.mockRestore())
    const { sent } = takers(limitOf(megabyte), 6)
    await pass(30_000)
    expect(sent() / (30 * megabyte)).toBeGreaterThan(0.95)
  })

  it('wakes at most a hundred times a second, however high it is', async () => {
    const { sent } = takers(limitOf(gigabyte), 6)
    const timers = vi.spyOn(globalThis, 'setTimeout')
    onTestFinished(() => timers.mockRestore())
    await pass(1_000)
    expect(sent()).toBeGreaterThan(0.9 * gigabyte)
    expect(timers.mock.calls.length).toBeLessThanOrEqual(100)
  })

  it('lets everything go at once when there is none', async () => {
    const limit = limitOf(null)
    expect(await Promise.all([limit.take(slice, ever), limit.take(gigabyte, ever)])).toEqual([slice, gigabyte])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('saves no more than a quarter of a second while nobody sends', async () => {
    const limit = limitOf(megabyte)
    await pass(60_000)
    const { sent } = takers(limit, 1)
    await pass(1_000)
    expect(sent(59_999)).toBeLessThanOrEqual(1.25 * megabyte)
  })
})

describe('takers', () => {
  it('take turns, each with a small piece', async () => {
    const { grants, between } = takers(limitOf(megabyte), 4)
    await pass(10_000)
    const turns = between(2_000, 9_000).map(({ taker }) => taker)
    expect(new Set(turns.slice(0, 4)).size).toBe(4)
    for (const [index, taker] of turns.slice(4).entries()) expect(taker).toBe(turns[index])
    expect(Math.max(...grants.map(({ bytes }) => bytes))).toBeLessThanOrEqual(megabyte / 10)
  })

  it('get whole bytes, at least one and never more than they asked for', async () => {
    const { grants } = takers(limitOf(1_777), 5, 40)
    await pass(5_000)
    for (const { bytes } of grants) {
      expect(Number.isInteger(bytes)).toBe(true)
      expect(bytes).toBeGreaterThan(0)
      expect(bytes).toBeLessThanOrEqual(40)
    }
  })

  it('who leave get nothing and hold nobody up', async () => {
    const limit = limitOf(kilobyte)
    const leaving = new AbortController()
    const left = limit.take(slice, leaving.signal)
    const stays = limit.take(50, ever)
    leaving.abort(new Error('paused'))
    await expect(left).rejects.toThrow('paused')
    await pass(60)
    expect(await stays).toBe(50)
  })

  it('who all left leave no timer behind', async () => {
    const limit = limitOf(kilobyte)
    const leaving = new AbortController()
    const left = Promise.allSettled([limit.take(slice, leaving.signal), limit.take(slice, leaving.signal)])
    expect(vi.getTimerCount()).toBe(1)
    leaving.abort()
    await left
    expect(vi.getTimerCount()).toBe(0)
  })

  it('who come when it is too late are refused', async () => {
    await expect(limitOf(kilobyte).take(1, AbortSignal.abort(new Error('ended')))).rejects.toThrow('ended')
  })
})

describe('a changed limit', () => {
  it.each([
    ['lower', 50 * megabyte, megabyte],
    ['much lower', gigabyte, 10 * kilobyte],
    ['higher', kilobyte, 10 * megabyte],
  ])('that is %s is felt within a second', async (_, before, after) => {
    const limit = limitOf(before)
    const { sent } = takers(limit, 6)
    await pass(5_000)
    limit.set(after)
    await pass(5_000)
    expect(sent(6_000, 10_000) / (4 * after)).toBeCloseTo(1, 1)
    expect(sent(5_000, 6_000) / after).toBeLessThan(1.3)
  })

  it('that is gone is felt at once by those who wait', async () => {
    const limit = limitOf(kilobyte)
    const waiting = Promise.all([limit.take(slice, ever), limit.take(slice, ever)])
    limit.set(null)
    expect(await waiting).toEqual([slice, slice])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('after none begins without a debt', async () => {
    const limit = limitOf(null)
    await limit.take(gigabyte, ever)
    limit.set(megabyte)
    const { sent } = takers(limit, 2)
    await pass(1_000)
    expect(sent()).toBeGreaterThan(0.85 * megabyte)
  })
})
