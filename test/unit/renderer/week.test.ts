import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  hoursOfDay,
  limitedSpeed,
  nextRun,
  paint,
  scheduleOf,
  type Week,
  weekOf,
  withLimitedSpeed,
} from '../../../src/renderer/settings/week.ts'
import { type Schedule, settingsSchema } from '../../../src/shared/settings.ts'

const megabyte = 1_000_000
const free = weekOf([])

describe('a schedule as hours', () => {
  test('is full speed where nothing is said', () => {
    expect(free).toEqual(Array.from({ length: 7 }, () => hoursOfDay.map(() => null)))
  })

  test('has an entry on its days, from its first hour up to its end', () => {
    const week = weekOf([{ days: [1, 7], from: '09:00', to: '18:00', limit: megabyte }])
    expect(week).toEqual(
      free.map((hours, day) =>
        hours.map((_, hour) => ((day === 0 || day === 6) && hour >= 9 && hour < 18 ? megabyte : null)),
      ),
    )
  })

  test('has an entry across midnight on the day after too, also from Sunday to Monday', () => {
    const week = weekOf([{ days: [7], from: '22:00', to: '02:00', limit: 0 }])
    expect(week[6]?.map((limit) => limit === 0).lastIndexOf(false)).toBe(21)
    expect(week[0]?.filter((limit) => limit === 0)).toHaveLength(2)
  })

  test('is as strict as the strictest minute of each hour', () => {
    const week = weekOf([{ days: [1], from: '09:30', to: '10:10', limit: 0 }])
    expect(week[0]?.slice(8, 12)).toEqual([null, 0, 0, null])
  })
})

describe('hours as a schedule', () => {
  test('are one entry for all days that have the same hours', () => {
    const entries: Schedule = [
      { days: [1, 2, 3, 4, 5], from: '09:00', to: '18:00', limit: 20 * megabyte },
      { days: [3], from: '18:00', to: '20:00', limit: 0 },
      { days: [7], from: '02:00', to: '06:00', limit: 0 },
    ]
    expect(scheduleOf(weekOf(entries))).toEqual(entries)
  })

  test('to the end of a day end at midnight', () => {
    const week = paint(free, { day: 5, hour: 20 }, { day: 5, hour: 23 }, 0)
    expect(scheduleOf(week)).toEqual([{ days: [6], from: '20:00', to: '00:00', limit: 0 }])
  })

  test('that are all painted are a whole week, and none are no entry', () => {
    const week = paint(free, { day: 0, hour: 0 }, { day: 6, hour: 23 }, 0)
    expect(scheduleOf(week)).toEqual([{ days: [1, 2, 3, 4, 5, 6, 7], from: '00:00', to: '00:00', limit: 0 }])
    expect(scheduleOf(free)).toEqual([])
  })

  const hour = fc.constantFrom(null, null, 0, megabyte, 5 * megabyte)
  const weeks = fc.array(fc.array(hour, { minLength: 24, maxLength: 24 }), { minLength: 7, maxLength: 7 })
  test('are the same hours again, whatever is painted, and the engine takes them', () => {
    fc.assert(
      fc.property(weeks, (week: Week) => {
        const schedule = scheduleOf(week)
        expect(weekOf(schedule)).toEqual(week)
        expect(settingsSchema.shape.schedule.parse(schedule)).toEqual(schedule)
      }),
      { numRuns: 50 },
    )
  })
})

describe('painting', () => {
  test('paints all hours between two corners, whichever comes first, and no other', () => {
    const week = paint(free, { day: 4, hour: 17 }, { day: 1, hour: 9 }, 0)
    expect(week).toEqual(paint(free, { day: 1, hour: 9 }, { day: 4, hour: 17 }, 0))
    expect(scheduleOf(week)).toEqual([{ days: [2, 3, 4, 5], from: '09:00', to: '18:00', limit: 0 }])
  })

  test('another speed for "limited" changes the limited hours only', () => {
    const schedule: Schedule = [
      { days: [1], from: '09:00', to: '18:00', limit: megabyte },
      { days: [2], from: '09:00', to: '18:00', limit: 0 },
    ]
    const week = withLimitedSpeed(weekOf(schedule), 2 * megabyte)
    expect(limitedSpeed(week)).toBe(2 * megabyte)
    expect(scheduleOf(week)).toEqual([{ ...schedule[0], limit: 2 * megabyte }, schedule[1]])
    expect(limitedSpeed(free)).toBeNull()
  })
})

describe('what comes next', () => {
  const week = weekOf([
    { days: [1, 2, 3, 4, 5], from: '09:00', to: '18:00', limit: megabyte },
    { days: [7], from: '22:00', to: '06:00', limit: 0 },
  ])

  test('is the next hours that allow something else', () => {
    expect(nextRun(week, { day: 0, hour: 7 })).toEqual({
      limit: megabyte,
      from: { day: 0, hour: 9 },
      to: { day: 0, hour: 18 },
    })
  })

  test('goes on over the end of the week', () => {
    expect(nextRun(week, { day: 5, hour: 3 })).toEqual({
      limit: 0,
      from: { day: 6, hour: 22 },
      to: { day: 0, hour: 6 },
    })
    expect(nextRun(week, { day: 6, hour: 23 })).toEqual({
      limit: null,
      from: { day: 0, hour: 6 },
      to: { day: 0, hour: 9 },
    })
  })

  test('is nothing where the week is all one', () => {
    expect(nextRun(free, { day: 3, hour: 3 })).toBeNull()
  })
})
