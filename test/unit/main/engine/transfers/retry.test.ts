import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { awayDelay, holdDelay, retryDelay } from '../../../../../src/main/engine/transfers/retry.ts'

const minute = 60_000
const almostOne = 1 - Number.EPSILON
const attempts = fc.nat({ max: 1_000_000 })
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

describe('the wait before another attempt', () => {
  it('has a ceiling that doubles from 1 s to 5 min', () => {
    const ceilings = [0, 1, 2, 3, 8, 9, 10, 1_000].map((count) => retryDelay(count, almostOne))
    expect(ceilings).toEqual([1_000, 2_000, 4_000, 8_000, 256_000, 5 * minute, 5 * minute, 5 * minute])
  })

  it('is anywhere below its ceiling, so that many clients do not come back at once', () => {
    expect(retryDelay(3, 0)).toBe(0)
    expect(retryDelay(3, 0.25)).toBe(2_000)
    expect(retryDelay(3, 0.5)).toBe(4_000)
  })

  it('is a whole number of ms from 0 to 5 min, whatever happened', () => {
    fc.assert(
      fc.property(attempts, random, fc.option(fc.nat()), (count, chance, retryAfter) => {
        const delay = retryDelay(count, chance, { retryAfter })
        return Number.isInteger(delay) && delay >= 0 && delay <= 5 * minute
      }),
    )
  })

  it('is never shorter than the store asked for, up to 5 min', () => {
    fc.assert(
      fc.property(attempts, random, fc.nat({ max: 5 * minute }), (count, chance, retryAfter) => {
        return retryDelay(count, chance, { retryAfter }) >= retryAfter
      }),
    )
    expect(retryDelay(0, 0, { retryAfter: 10 * minute })).toBe(5 * minute)
  })

  it('is not shortened by a store that asks for less', () => {
    expect(retryDelay(5, 0.5, { retryAfter: 1_000 })).toBe(16_000)
  })
})

it('where the way broke, the wait is over within 5 s of the network’s return, however long that took', () => {
  const ceilings = [0, 2, 3, 1_000].map((count) => retryDelay(count, almostOne, { from: 'way' }))
  expect(ceilings).toEqual([1_000, 4_000, 4_500, 4_500])
})

describe('the wait of what is held', () => {
  it('is over within 5 s of the end of its cause, but not at once', () => {
    fc.assert(fc.property(random, (chance) => holdDelay(chance) >= 2_000 && holdDelay(chance) < 5_000))
  })

  it('is never shorter than the other side asked for, nor longer than 5 min', () => {
    fc.assert(
      fc.property(random, fc.option(fc.nat()), (chance, retryAfter) => {
        const delay = holdDelay(chance, retryAfter)
        return delay >= Math.min(retryAfter ?? 0, 5 * minute) && delay <= 5 * minute
      }),
    )
  })

  it('is not shortened by a side that asks for less', () => {
    expect(holdDelay(0.5, 1)).toBe(holdDelay(0.5))
  })
})

it('a row whose source is away runs by itself within 5 min: a wait that a changed clock did not write', () => {
  fc.assert(
    fc.property(random, (chance) => {
      const delay = awayDelay(chance)
      return Number.isInteger(delay) && delay >= 4 * minute && delay <= 5 * minute
    }),
  )
})
