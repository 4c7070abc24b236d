import {
  type Limit,
  minuteOf,
  type Schedule,
  type ScheduleEntry,
  scheduledLimit,
  stricter,
} from '../../shared/settings.ts'

/** What each hour of the week allows: seven days from Monday, each with 24 limits; null: full speed, 0: no uploads. */
export type Week = readonly (readonly Limit[])[]

/** How an hour is painted. */
export const levels = ['full', 'limited', 'none'] as const
export type Level = (typeof levels)[number]

/** `day` counts from 0 for Monday, `hour` from 0. */
export type Cell = { readonly day: number; readonly hour: number }

export const daysOfWeek = [0, 1, 2, 3, 4, 5, 6] as const
export const hoursOfDay: readonly number[] = Array.from({ length: 24 }, (_, hour) => hour)

export const levelOf = (limit: Limit): Level => {
  if (limit === null) return 'full'
  return limit === 0 ? 'none' : 'limited'
}

/** What the level means where "limited" means `limited` bytes a second. */
export const limitOf = (level: Level, limited: number): Limit => ({ full: null, limited, none: 0 })[level]

/** The schedule as hours; an hour is as strict as its strictest minute. */
export const weekOf = (schedule: Schedule): Week => {
  const edges = new Set(schedule.flatMap(({ from, to }) => [minuteOf(from), minuteOf(to)]))
  const minutesOf = (hour: number) => [hour * 60, ...[...edges].filter((minute) => Math.floor(minute / 60) === hour)]
  return daysOfWeek.map((day) =>
    hoursOfDay.map((hour) =>
      minutesOf(hour)
        .map((minute) => scheduledLimit(schedule, day + 1, minute))
        .reduce(stricter),
    ),
  )
}

const timeOfDay = (hour: number): string => `${String(hour % 24).padStart(2, '0')}:00`

/** The hours as entries: one for each run of hours, for all days that have it. */
export const scheduleOf = (week: Week): Schedule => {
  const entries = new Map<string, ScheduleEntry>()
  for (const [day, limits] of week.entries()) {
    let from = 0
    for (const hour of [...hoursOfDay.slice(1), 24]) {
      const limit = limits[from] ?? null
      if (hour < 24 && limits[hour] === limit) continue
      if (limit !== null) {
        const key = `${from} ${hour} ${limit}`
        const days = [...(entries.get(key)?.days ?? []), day + 1]
        entries.set(key, { days, from: timeOfDay(from), to: timeOfDay(hour), limit })
      }
      from = hour
    }
  }
  return [...entries.values()]
}

/** Every hour between two corners, painted. */
export const paint = (week: Week, one: Cell, other: Cell, limit: Limit): Week => {
  const between = (value: number, a: number, b: number) => Math.min(a, b) <= value && value <= Math.max(a, b)
  return week.map((limits, day) =>
    between(day, one.day, other.day)
      ? limits.map((before, hour) => (between(hour, one.hour, other.hour) ? limit : before))
      : limits,
  )
}

/** What "limited" means in this week; null where no hour is limited. */
export const limitedSpeed = (week: Week): number | null =>
  week.flat().find((limit): limit is number => levelOf(limit) === 'limited') ?? null

/** All limited hours at another speed. */
export const withLimitedSpeed = (week: Week, limited: number): Week =>
  week.map((limits) => limits.map((limit) => (levelOf(limit) === 'limited' ? limited : limit)))

/** Hours with one limit: from `from` up to, not including, `to`. */
export type Run = { readonly limit: Limit; readonly from: Cell; readonly to: Cell }

const hoursOfWeek = 7 * 24
const indexOf = ({ day, hour }: Cell): number => day * 24 + hour
const cellOf = (index: number): Cell => ({ day: Math.floor(index / 24) % 7, hour: index % 24 })

/** The hours after those that are like `now`'s; null where the whole week is one. */
export const nextRun = (week: Week, now: Cell): Run | null => {
  const limits = week.flat()
  const at = (index: number): Limit => limits[index % hoursOfWeek] ?? null
  const endOf = (start: number): number => {
    let end = start + 1
    while (end < start + hoursOfWeek && at(end) === at(start)) end += 1
    return end
  }
  const from = endOf(indexOf(now))
  if (at(from) === at(indexOf(now))) return null
  return { limit: at(from), from: cellOf(from), to: cellOf(endOf(from)) }
}
