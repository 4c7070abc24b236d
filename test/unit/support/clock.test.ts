import { afterAll, expect, test } from 'vitest'
import { ahead, fastClock, replaceDate } from '../../support/clock.ts'

const RealDate = Date
afterAll(() => {
  RealDate.prototype.constructor = RealDate
  globalThis.Date = RealDate
})

test('a fast clock starts at the real time, runs its factor as fast and can jump; another takes its setting over', () => {
  let real = 1_000
  const clock = fastClock(720, () => real)
  expect(clock.now()).toBe(1_000)
  real += 60_000
  expect(clock.now()).toBe(1_000 + 12 * 3_600_000)
  clock.jump(-5_000)
  const other = fastClock(1, () => real)
  other.set(clock.setting())
  real += 1
  expect(other.now()).toBe(1_000 + 12 * 3_600_000 - 5_000 + 720)
  other.set(ahead(7, 1, () => real))
  expect(other.now()).toBe(real + 7)
})

test('a replaced Date tells the clock where it would tell the time, and is a Date in all else', () => {
  replaceDate(() => 86_400_000)
  expect(Date.now()).toBe(86_400_000)
  expect(new Date().toISOString()).toBe('1970-01-02T00:00:00.000Z')
  expect(Date()).toBe(new Date(86_400_000).toString())
  expect(new Date(2026, 0).getFullYear()).toBe(2026)
  expect(Date.UTC(1970, 0, 2)).toBe(86_400_000)
  const date = new Date(5)
  expect([date instanceof Date, date.constructor === Date, structuredClone(date).getTime()]).toEqual([true, true, 5])
})
