import { describe, expect, it } from 'vitest'
import { batching } from '../../../../../src/main/engine/s3/batching.ts'

const ever = new AbortController().signal

/** Doubles numbers, in calls that a test ends one by one. */
function harness(most = 100) {
  const calls: { items: readonly number[]; end(): void; fail(error: Error): void }[] = []
  let called = Promise.withResolvers<void>()
  const double = batching<number, number>((items) => {
    const { promise, resolve, reject } = Promise.withResolvers<(item: number) => number>()
    calls.push({ items, end: () => resolve((item) => item * 2), fail: reject })
    called.resolve()
    return promise
  }, most)
  /** Settles when the call of this number has begun. */
  const begun = async (count: number) => {
    while (calls.length < count) {
      called = Promise.withResolvers()
      await called.promise
    }
    return calls[count - 1] as (typeof calls)[number]
  }
  return { double, calls, begun }
}

describe('a call that serves many', () => {
  it('serves all that is asked for in one moment, each with its own answer', async () => {
    const { double, begun } = harness()
    const answers = Promise.all([1, 2, 3].map((item) => double(item, ever)))
    const call = await begun(1)
    call.end()
    expect([await answers, call.items]).toEqual([
      [2, 4, 6],
      [1, 2, 3],
    ])
  })

  it('serves what was asked for while another was on its way together in the next', async () => {
    const { double, begun, calls } = harness()
    const first = double(1, ever)
    const call = await begun(1)
    const others = Promise.all([2, 3, 4].map((item) => double(item, ever)))
    call.end()
    expect(await first).toBe(2)
    ;(await begun(2)).end()
    expect([await others, calls.map(({ items }) => items)]).toEqual([
      [4, 6, 8],
      [[1], [2, 3, 4]],
    ])
  })

  it('serves no more at once than it can, and then the rest', async () => {
    const { double, begun, calls } = harness(2)
    const answers = Promise.all([1, 2, 3, 4, 5].map((item) => double(item, ever)))
    for (const count of [1, 2, 3]) (await begun(count)).end()
    expect([await answers, calls.map(({ items }) => items)]).toEqual([
      [2, 4, 6, 8, 10],
      [[1, 2], [3, 4], [5]],
    ])
  })

  it('that fails fails for those whom it served, and the next goes on', async () => {
    const { double, begun } = harness()
    const failing = expect(double(1, ever)).rejects.toThrow('broken')
    const call = await begun(1)
    const next = double(2, ever)
    call.fail(new Error('broken'))
    await failing
    ;(await begun(2)).end()
    expect(await next).toBe(4)
  })

  it('is left at once by who does not want it any more, and is not asked for them', async () => {
    const { double, begun, calls } = harness()
    const first = double(1, ever)
    const call = await begun(1)
    const leaving = new AbortController()
    const left = expect(double(2, leaving.signal)).rejects.toMatchObject({ name: 'AbortError' })
    const third = double(3, ever)
    leaving.abort()
    await left
    call.end()
    await first
    ;(await begun(2)).end()
    expect([await third, calls.map(({ items }) => items)]).toEqual([6, [[1], [3]]])
  })
})
