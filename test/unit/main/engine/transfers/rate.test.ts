import { describe, expect, it } from 'vitest'
import { Rate } from '../../../../../src/main/engine/transfers/rate.ts'

/** A rate that got `bytes` each second for `seconds`, from 0 on. */
function steady(bytes: number, seconds: number): Rate {
  const rate = new Rate(0)
  for (let second = 1; second <= seconds; second += 1) rate.add(second * 1_000, bytes)
  return rate
}

describe('the speed', () => {
  it('is the mean of the last 10 s', () => {
    expect(steady(100, 30).bytesPerSecond(30_000)).toBe(100)
  })

  it('is the mean since the beginning where that is shorter', () => {
    expect(steady(100, 4).bytesPerSecond(4_000)).toBe(100)
  })

  it('is not blown up by a first part that comes at once', () => {
    const rate = new Rate(0)
    rate.add(1, 500)
    expect(rate.bytesPerSecond(1)).toBe(500)
  })

  it('falls to nothing within 10 s of the last byte', () => {
    const rate = steady(100, 20)
    expect(rate.bytesPerSecond(25_000)).toBe(50)
    expect(rate.bytesPerSecond(30_000)).toBe(0)
  })
})

describe('a clock that was set back', () => {
  it('begins anew instead of counting a whole past as now', () => {
    const rate = steady(100, 10)
    for (const clock of [5_000, -3_600_000]) {
      rate.add(clock, 100)
      rate.add(clock + 1_000, 100)
      expect(rate.bytesPerSecond(clock + 2_000)).toBe(100)
    }
  })
})

describe('the time left', () => {
  it('is not known in the first 3 s, nor before the first byte', () => {
    expect(steady(100, 2).secondsLeft(2_999, 1_000)).toBeNull()
    expect(new Rate(0).secondsLeft(10_000, 1_000)).toBeNull()
  })

  it('is what remains at the present speed, rounded up', () => {
    expect(steady(100, 10).secondsLeft(10_000, 1_050)).toBe(11)
    expect(steady(100, 10).secondsLeft(10_000, 0)).toBe(0)
  })

  it('does not jump when the bytes stall for some seconds, as the speed does', () => {
    const rate = new Rate(0)
    for (let second = 1; second <= 45; second += 1) {
      if (second <= 40) rate.add(second * 1_000, 100)
      rate.secondsLeft(second * 1_000, 10_000)
    }
    expect(rate.bytesPerSecond(45_000)).toBe(50)
    expect(rate.secondsLeft(45_000, 10_000)).toBe(100)
  })

  it('is not known after a minute without a byte', () => {
    const rate = steady(100, 10)
    for (let second = 10; second <= 90; second += 1) rate.secondsLeft(second * 1_000, 1_000)
    expect(rate.secondsLeft(90_000, 1_000)).toBeNull()
  })
})
