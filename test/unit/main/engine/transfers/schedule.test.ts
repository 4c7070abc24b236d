import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { limitAt } from '../../../../../src/main/engine/transfers/schedule.ts'
import {
  type Limit,
  type Schedule,
  type ScheduleEntry,
  scheduledLimit,
  stricter,
} from '../../../../../src/shared/settings.ts'

const megabyte = 1_000_000
const minute = 60_000
const hour = 60 * minute
const monday = 1
const sunday = 7
const everyDay = [1, 2, 3, 4, 5, 6, 7]

const entry = (overrides: Partial<ScheduleEntry>): ScheduleEntry => ({
  days: everyDay,
  from: '09:00',
  to: '18:00',
  limit: 0,
  ...overrides,
})
const at = (time: string): number => Date.parse(time)
const read = (schedule: Schedule, time: string, zone: string, general: Limit = null) => {
  const { limit, until } = limitAt(schedule, general, at(time), zone)
  return { limit, until: until === null ? null : new Date(until).toISOString() }
}

describe('without daylight saving', () => {
  const zone = 'Asia/Kolkata'

  it('no entry leaves the general limit for ever', () => {
    expect(read([], '2026-11-22T10:00:00Z', zone)).toEqual({ limit: null, until: null })
    expect(read([], '2026-11-22T10:00:00Z', zone, megabyte)).toEqual({ limit: megabyte, until: null })
  })

  it('an entry begins and ends by the wall clock of a zone that is half an hour off', () => {
    const day = [entry({ limit: megabyte })]
    expect(read(day, '2026-11-22T03:29:59.999Z', zone)).toEqual({ limit: null, until: '2026-11-22T03:30:00.000Z' })
    expect(read(day, '2026-11-22T03:30:00Z', zone)).toEqual({ limit: megabyte, until: '2026-11-22T12:30:00.000Z' })
    expect(read(day, '2026-11-22T12:30:00Z', zone)).toEqual({ limit: null, until: '2026-11-23T03:30:00.000Z' })
  })

  it('only its days count, and the week goes round', () => {
    const sundays = [entry({ days: [sunday] })]
    expect(read(sundays, '2026-11-23T10:00:00Z', zone)).toEqual({ limit: null, until: '2026-11-29T03:30:00.000Z' })
  })

  it('an entry across midnight belongs to the day on which it begins', () => {
    const night = [entry({ days: [sunday], from: '22:00', to: '06:00' })]
    expect(read(night, '2026-11-22T16:30:00Z', zone)).toEqual({ limit: 0, until: '2026-11-23T00:30:00.000Z' })
    expect(read(night, '2026-11-23T00:00:00Z', zone)).toEqual({ limit: 0, until: '2026-11-23T00:30:00.000Z' })
    expect(read(night, '2026-11-21T23:00:00Z', zone)).toEqual({ limit: null, until: '2026-11-22T16:30:00.000Z' })
  })

  it('an entry to midnight and one from midnight are one night', () => {
    const night = [entry({ from: '22:00', to: '00:00' }), entry({ from: '00:00', to: '06:00' })]
    expect(read(night, '2026-11-22T17:00:00Z', zone)).toEqual({ limit: 0, until: '2026-11-23T00:30:00.000Z' })
  })

  it('an entry whose end is its beginning lasts a day, and on every day it lasts for ever', () => {
    const whole = entry({ from: '09:00', to: '09:00' })
    expect(read([whole], '2026-11-22T10:00:00Z', zone)).toEqual({ limit: 0, until: null })
    expect(read([{ ...whole, days: [monday] }], '2026-11-23T10:00:00Z', zone)).toEqual({
      limit: 0,
      until: '2026-11-24T03:30:00.000Z',
    })
  })

  it('where entries overlap the strictest counts, and the general limit is one of them', () => {
    const both = [entry({ limit: 5 * megabyte }), entry({ from: '12:00', to: '13:00', limit: megabyte })]
    expect(read(both, '2026-11-22T05:00:00Z', zone)).toEqual({ limit: 5 * megabyte, until: '2026-11-22T06:30:00.000Z' })
    expect(read(both, '2026-11-22T07:00:00Z', zone).limit).toBe(megabyte)
    expect(read(both, '2026-11-22T05:00:00Z', zone, 2 * megabyte)).toEqual({
      limit: 2 * megabyte,
      until: '2026-11-22T06:30:00.000Z',
    })
    expect(read(both, '2026-11-22T05:00:00Z', zone, megabyte)).toEqual({ limit: megabyte, until: null })
  })
})

describe('when the clocks go forward', () => {
  it.each([
    { zone: 'Europe/Berlin', now: '2026-03-28T23:30:00Z', end: '2026-03-29T02:00:00.000Z' },
    { zone: 'America/New_York', now: '2026-03-08T05:30:00Z', end: '2026-03-08T08:00:00.000Z' },
  ])('in $zone an entry across the change is an hour shorter', ({ zone, now, end }) => {
    expect(read([entry({ from: '00:00', to: '04:00' })], now, zone)).toEqual({ limit: 0, until: end })
  })

  it('an entry that begins before midnight ends by the new time', () => {
    const night = [entry({ from: '22:00', to: '06:00' })]
    expect(read(night, '2026-03-28T21:30:00Z', 'Europe/Berlin')).toEqual({
      limit: 0,
      until: '2026-03-29T04:00:00.000Z',
    })
  })

  it('an entry inside the skipped hour waits for the next week', () => {
    const skipped = [entry({ days: [sunday], from: '02:00', to: '03:00' })]
    expect(read(skipped, '2026-03-22T03:00:00Z', 'Europe/Berlin')).toEqual({
      limit: null,
      until: '2026-04-05T00:00:00.000Z',
    })
  })

  it('an entry that ends inside the skipped hour ends with it, one that begins inside it begins with its end', () => {
    const before = [entry({ days: [sunday], from: '01:00', to: '02:30' })]
    const after = [entry({ days: [sunday], from: '02:30', to: '04:00' })]
    const now = '2026-03-29T00:30:00Z'
    expect(read(before, now, 'Europe/Berlin')).toEqual({ limit: 0, until: '2026-03-29T01:00:00.000Z' })
    expect(read(after, now, 'Europe/Berlin')).toEqual({ limit: null, until: '2026-03-29T01:00:00.000Z' })
  })
})

describe('when the clocks go back', () => {
  it.each([
    { zone: 'Europe/Berlin', now: '2026-10-24T22:30:00Z', end: '2026-10-25T03:00:00.000Z' },
    { zone: 'America/New_York', now: '2026-11-01T04:30:00Z', end: '2026-11-01T09:00:00.000Z' },
  ])('in $zone an entry across the change is an hour longer', ({ zone, now, end }) => {
    expect(read([entry({ from: '00:00', to: '04:00' })], now, zone)).toEqual({ limit: 0, until: end })
  })

  it('an entry inside the repeated hour lasts both times', () => {
    const repeated = [entry({ days: [sunday], from: '02:00', to: '03:00' })]
    expect(read(repeated, '2026-10-25T00:30:00Z', 'Europe/Berlin')).toEqual({
      limit: 0,
      until: '2026-10-25T02:00:00.000Z',
    })
  })

  it('an entry inside a part of the repeated hour comes twice', () => {
    const repeated = [entry({ days: [sunday], from: '02:15', to: '02:45' })]
    expect(read(repeated, '2026-10-25T00:20:00Z', 'Europe/Berlin').until).toBe('2026-10-25T00:45:00.000Z')
    expect(read(repeated, '2026-10-25T00:45:00Z', 'Europe/Berlin')).toEqual({
      limit: null,
      until: '2026-10-25T01:15:00.000Z',
    })
  })

  it('half an hour, as on Lord Howe, is half an hour', () => {
    const night = [entry({ from: '00:00', to: '04:00' })]
    expect(read(night, '2026-04-04T13:00:00Z', 'Australia/Lord_Howe').until).toBe('2026-04-04T17:30:00.000Z')
    expect(read(night, '2026-10-03T13:30:00Z', 'Australia/Lord_Howe').until).toBe('2026-10-03T17:00:00.000Z')
  })
})

describe('whatever the schedule, the zone and the time', () => {
  const timeOfDay = fc
    .tuple(fc.integer({ min: 0, max: 23 }), fc.constantFrom(0, 1, 15, 30, 59))
    .map(([hours, minutes]) => `${String(hours).padStart(2, '0')}:${String(minutes).padStart(2, '0')}`)
  const entries = fc.array(
    fc.record({
      days: fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 1 }),
      from: timeOfDay,
      to: timeOfDay,
      limit: fc.constantFrom(0, megabyte, 5 * megabyte),
    }),
    { maxLength: 4 },
  )
  const changes = [
    '2026-03-29T01:00Z',
    '2026-10-25T01:00Z',
    '2026-03-08T07:00Z',
    '2026-11-01T06:00Z',
    '2026-04-04T15:00Z',
  ]
  const now = fc
    .tuple(
      fc.constantFrom(...changes),
      fc.integer({ min: -30 * 60, max: 30 * 60 }),
      fc.integer({ min: 0, max: 59_999 }),
    )
    .map(([change, minutes, rest]) => at(change) + minutes * minute + rest)
  const zones = ['Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe', 'UTC']
  const clocks = new Map(
    zones.map((zone) => {
      const parts = { weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const
      return [zone, new Intl.DateTimeFormat('en-US', { timeZone: zone, ...parts })]
    }),
  )
  const weekdays = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']

  /** What the schedule says for what a clock in the zone shows, minute by minute. */
  const limitBy = (schedule: Schedule, general: Limit, zone: string) => (time: number) => {
    const [weekday = '', hours, minutes] =
      clocks
        .get(zone)
        ?.format(time)
        .split(/[ ,:]+/) ?? []
    const minuteOfDay = Number(hours) * 60 + Number(minutes)
    return stricter(general, scheduledLimit(schedule, weekdays.indexOf(weekday) + 1, minuteOfDay))
  }

  it('the limit stays until the time that was told, and is another one from then on', () => {
    const generals = fc.constantFrom(null, 2 * megabyte)
    fc.assert(
      fc.property(entries, now, fc.constantFrom(...zones), generals, (schedule, start, zone, general) => {
        const limitOf = limitBy(schedule, general, zone)
        const { limit, until } = limitAt(schedule, general, start, zone)
        const end = Math.min(until ?? Number.POSITIVE_INFINITY, start + 9 * 24 * hour)
        for (let time = start; time < end; time += minute) if (limitOf(time) !== limit) expect(time).toBe(end)
        if (until === null) return
        expect(until).toBeGreaterThan(start)
        expect(limitOf(until - 1)).toBe(limit)
        expect(limitOf(until)).not.toBe(limit)
      }),
      { numRuns: 150 },
    )
  })
})
