import { z } from 'zod'

/** Slower than this, parts on the wire would be silent for so long that stores close them. */
export const slowest = 1_000
export const fastest = 1_000_000_000_000
export const mostSlots = 64

/** A speed limit in bytes a second. */
export const speedSchema = z.int().min(slowest).max(fastest)

const timeOfDaySchema = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/)

/**
 * A rule of the weekly schedule, by the clock on the wall of this computer: on each of `days` (ISO: 1 is Monday), from
 * `from` to `to` ("HH:MM"); where `to` is not after `from`, to that time of the day after. `limit` in bytes a second; 0: no uploads.
 */
export const scheduleEntrySchema = z.strictObject({
  days: z.array(z.int().min(1).max(7)).min(1).max(7),
  from: timeOfDaySchema,
  to: timeOfDaySchema,
  limit: speedSchema.or(z.literal(0)),
})
export type ScheduleEntry = Readonly<z.infer<typeof scheduleEntrySchema>>
export type Schedule = readonly ScheduleEntry[]

/** What a person can set, each with its meaning. */
export const settingsSchema = z.strictObject({
  /** Parts on the wire at once, over all transfers. */
  slots: z.int().min(1).max(mostSlots),
  /** For all transfers together, in bytes a second; null: none. */
  limit: speedSchema.nullable(),
  /** On top of the limit; at most an entry for each hour of the week. */
  schedule: z.array(scheduleEntrySchema).max(168).readonly(),
  /** Nothing is sent while the computer runs on its battery. */
  onlyOnMains: z.boolean(),
})
export type Settings = Readonly<z.infer<typeof settingsSchema>>

/** What is so until someone chose otherwise. */
export const usualSettings: Settings = { slots: 6, limit: null, schedule: [], onlyOnMains: false }

/** The settings that a person changes; what is left out stays. */
export const settingsChangeSchema = settingsSchema.partial()
export type SettingsChange = z.infer<typeof settingsChangeSchema>

/** A limit in bytes a second; null: none, 0: nothing may be sent. */
export type Limit = number | null

export const stricter = (one: Limit, other: Limit): Limit => {
  if (one === null || other === null) return one ?? other
  return Math.min(one, other)
}

/**
 * What the schedule says for a minute of the week by the clock on the wall: the strictest of its entries, null where none covers it.
 * `day` is ISO (1 is Monday), `minute` counts from midnight.
 */
export const scheduledLimit = (schedule: Schedule, day: number, minute: number): Limit =>
  schedule
    .filter((entry) => covers(entry, day, minute))
    .reduce<Limit>((limit, entry) => stricter(limit, entry.limit), null)

/** "HH:MM" in minutes after midnight. */
export const minuteOf = (timeOfDay: string): number => Number(timeOfDay.slice(0, 2)) * 60 + Number(timeOfDay.slice(3))

function covers({ days, from, to }: ScheduleEntry, day: number, minute: number): boolean {
  const begin = minuteOf(from)
  const end = minuteOf(to)
  if (begin < end) return days.includes(day) && begin <= minute && minute < end
  const dayBefore = day === 1 ? 7 : day - 1
  return (days.includes(day) && begin <= minute) || (days.includes(dayBefore) && minute < end)
}
