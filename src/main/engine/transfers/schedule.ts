import { type Limit, minuteOf, type Schedule, scheduledLimit, stricter } from '../../../shared/settings.ts'

/** The limit that applies, and when another one will (epoch ms); null: not in the next two weeks. */
export type CurrentLimit = { readonly limit: Limit; readonly until: number | null }

const minute = 60_000
const day = 24 * 60 * minute
/** An entry in the hour that the clocks skip may not come this week, but the next. */
const farthest = 15 * day

/**
 * What may be sent at `now` (epoch ms) by the general limit and the schedule together, the stricter of both. The schedule
 * follows the clock on the wall of `zone` (an IANA name): in an hour that the clocks skip it never applies, in one that they repeat twice.
 */
export function limitAt(schedule: Schedule, generalLimit: Limit, now: number, zone: string): CurrentLimit {
  if (schedule.length === 0) return { limit: generalLimit, until: null }
  const wallClock = wallClockOf(zone)
  const limitOf = (wall: number): Limit => {
    const date = new Date(wall)
    const minuteOfDay = date.getUTCHours() * 60 + date.getUTCMinutes()
    return stricter(generalLimit, scheduledLimit(schedule, date.getUTCDay() || 7, minuteOfDay))
  }
  const edges = [...new Set(schedule.flatMap(({ from, to }) => [minuteOf(from), minuteOf(to)]))]

  const limit = limitOf(wallClock(now))
  for (let at = now; at < now + farthest; ) {
    const wall = wallClock(at)
    const next = at + nextEdge(edges, wall) - wall
    at = wallClock(next) - next === wall - at ? next : changeOfOffset(wallClock, at, next)
    if (limitOf(wallClock(at)) !== limit) return { limit, until: at }
  }
  return { limit, until: null }
}

/** The first time after `wall` at which an entry may begin or end, both as the wall clock tells them. */
function nextEdge(edges: readonly number[], wall: number): number {
  const midnight = wall - (wall % day)
  return Math.min(...edges.map((edge) => midnight + edge * minute).map((edge) => (edge > wall ? edge : edge + day)))
}

/** When between `from` and `to` the clocks are set forward or back, to the minute. */
function changeOfOffset(wallClock: (epoch: number) => number, from: number, to: number): number {
  const before = wallClock(from) - from
  let last = Math.floor(from / minute)
  let first = Math.ceil(to / minute)
  while (first - last > 1) {
    const middle = Math.floor((last + first) / 2)
    if (wallClock(middle * minute) - middle * minute === before) last = middle
    else first = middle
  }
  return first * minute
}

/** What the clock on the wall shows at an epoch time: the epoch time at which a clock in UTC shows the same. */
function wallClockOf(zone: string): (epoch: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    calendar: 'iso8601',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  return (epoch) => {
    const parts = Object.fromEntries(format.formatToParts(epoch).map(({ type, value }) => [type, Number(value)]))
    const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0 } = parts
    return Date.UTC(year, month - 1, day, hour, minute, second) + (epoch % 1_000)
  }
}
