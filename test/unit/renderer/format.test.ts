import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createFormats, percentStored, timeLeft } from '../../../src/renderer/transfers/format.ts'
import { largestObject } from '../../../src/shared/broker-api.ts'

const formats = createFormats('en-GB')
const text = ({ value, unit }: { value: string; unit: string }) => `${value} ${unit}`

describe('the percent that is stored', () => {
  test('is rounded down to two decimals', () => {
    expect(percentStored(30_870_000_000, 48_000_000_000)).toBe(64.31)
    expect(percentStored(6_431_999, 10_000_000)).toBe(64.31)
    expect(percentStored(0, 10)).toBe(0)
  })

  test('is never 100, not even when every byte is acknowledged', () => {
    expect(percentStored(10, 10)).toBe(99.99)
    expect(percentStored(49_999_999_999_999, 50_000_000_000_000)).toBe(99.99)
  })

  test('of an empty file is 0', () => {
    expect(percentStored(0, 0)).toBe(0)
  })

  test('is exact where floating point is not', () => {
    expect(percentStored(29, 100)).toBe(29)
    expect(percentStored(14_500_000_000_000, 50_000_000_000_000)).toBe(29)
  })

  test('never claims more than is so and never goes back while bytes are acknowledged', () => {
    const bytes = fc.integer({ min: 0, max: largestObject })
    fc.assert(
      fc.property(bytes, bytes, fc.integer({ min: 1, max: largestObject }), (one, other, size) => {
        const [less, more] = [Math.min(one, other, size), Math.min(Math.max(one, other), size)]
        const [before, after] = [percentStored(less, size), percentStored(more, size)]
        expect(before).toBeLessThanOrEqual(after)
        expect(after).toBeLessThanOrEqual(99.99)
        expect(BigInt(Math.round(after * 100)) * BigInt(size)).toBeLessThanOrEqual(BigInt(more) * 10_000n)
      }),
    )
  })
})

describe('a size', () => {
  test.each([
    [0, '0 B'],
    [1, '1 B'],
    [999, '999 B'],
    [1_000, '1 kB'],
    [165_400, '165 kB'],
    [999_499, '999 kB'],
    [999_500, '1.0 MB'],
    [412_000_000, '412.0 MB'],
    [999_950_000, '1.00 GB'],
    [3_871_204_608, '3.87 GB'],
    [48_000_000_000, '48.00 GB'],
    [12_345_678_000_000, '12.346 TB'],
    [50_000_000_000_000, '50.000 TB'],
  ])('of %i bytes is %s', (bytes, words) => {
    expect(text(formats.size(bytes))).toBe(words)
  })

  test('in a sentence has no trailing zeros', () => {
    expect(text(formats.sizeSpoken(212_000_000_000))).toBe('212 GB')
    expect(text(formats.sizeSpoken(3_871_204_608))).toBe('3.87 GB')
  })
})

describe('stored of size', () => {
  test('shares the unit of the size', () => {
    expect(formats.storedOf(510_000_000, 1_280_000_000)).toEqual({ stored: '0.51', size: '1.28', unit: 'GB' })
    expect(formats.storedOf(7_654_000_000, 12_345_000_000_000)).toEqual({
      stored: '0.007',
      size: '12.345',
      unit: 'TB',
    })
  })

  test('rounds what is stored down until it is all of it', () => {
    expect(formats.storedOf(2_419_999_999, 2_420_000_000).stored).toBe('2.41')
    expect(formats.storedOf(2_420_000_000, 2_420_000_000).stored).toBe('2.42')
  })

  test('is spoken without trailing zeros', () => {
    expect(formats.storedOfSpoken(30_870_000_000, 48_000_000_000)).toEqual({ stored: '30.87', size: '48', unit: 'GB' })
  })
})

describe('a rate', () => {
  test.each([
    [0, '0 MB'],
    [49_999, '0 MB'],
    [120_000, '0.1 MB'],
    [52_600_000, '52.6 MB'],
    [1_250_000_000, '1.25 GB'],
  ])('of %i bytes a second is %s', (bytesPerSecond, words) => {
    expect(text(formats.rate(bytesPerSecond))).toBe(words)
  })
})

test('A speed in bits has two digits and its unit.', () => {
  expect([1_000, 5_000_000, 150_000_000, 12_500_000_000].map((speed) => text(formats.bitRate(speed)))).toEqual([
    '8 kbit',
    '40 Mbit',
    '1.2 Gbit',
    '100 Gbit',
  ])
})

test('The days of the week are named from Monday.', () => {
  expect([1, 7].map((day) => formats.weekday(day, 'long'))).toEqual(['Monday', 'Sunday'])
  expect(formats.weekday(3, 'short')).toBe('Wed')
  expect(formats.dayTime(new Date(2026, 10, 21, 14, 32).getTime())).toBe('Saturday 14:32')
})

describe('the time left', () => {
  test.each([
    [0, { unit: 'seconds', seconds: 10 }],
    [12, { unit: 'seconds', seconds: 10 }],
    [44, { unit: 'seconds', seconds: 40 }],
    [57, { unit: 'minutes', minutes: 1 }],
    [325, { unit: 'minutes', minutes: 5 }],
    [3_540, { unit: 'minutes', minutes: 59 }],
    [3_599, { unit: 'hours', hours: 1, minutes: 0 }],
    [5_400, { unit: 'hours', hours: 1, minutes: 30 }],
    [5_520, { unit: 'hours', hours: 1, minutes: 30 }],
    [47 * 3_600, { unit: 'hours', hours: 47, minutes: 0 }],
    [48 * 3_600, { unit: 'days', days: 2 }],
    [70 * 3_600, { unit: 'days', days: 3 }],
  ])('of %i s comes in honest steps', (seconds, left) => {
    expect(timeLeft(seconds)).toEqual(left)
  })
})
