import { expect, test } from 'vitest'
import { type Arrival, rateBetween, timeToRate } from '../../../../scripts/bench/rates.ts'

/** A piece each 10 ms, at so many bytes a second, from `from` until before `to`. */
const stream = (from: number, to: number, rate: number): Arrival[] =>
  Array.from({ length: (to - from) / 10 }, (_, index) => ({ at: from + index * 10, bytes: rate / 100 }))

const asked = { from: 1_000, to: 3_000, rate: 500, tolerance: 0.1 }

test('a rate counts the bytes of its time and no others', () => {
  const arrivals = [...stream(0, 1_000, 2_000), ...stream(1_000, 2_000, 500)]
  expect(rateBetween(arrivals, 0, 1_000)).toBe(2_000)
  expect(rateBetween(arrivals, 500, 1_500)).toBe(1_250)
})

test('a new rate is felt at the end of the first 250 ms that are at it', () => {
  const old = stream(0, 1_400, 2_000)
  expect(timeToRate([...old, ...stream(1_400, 3_000, 500)], asked)).toBe(650)
  expect(timeToRate([...stream(0, 1_000, 2_000), ...stream(1_000, 3_000, 500)], asked)).toBe(250)
})

test('a rate that is left again at once was not yet felt', () => {
  const arrivals = [...stream(1_000, 1_300, 500), ...stream(1_300, 1_800, 2_000), ...stream(1_800, 3_000, 500)]
  expect(timeToRate(arrivals, asked)).toBe(1_050)
  expect(timeToRate([...stream(1_000, 1_900, 500), ...stream(1_900, 3_000, 2_000)], asked)).toBeNull()
})
