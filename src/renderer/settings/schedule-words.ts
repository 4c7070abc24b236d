import type { TFunction } from 'i18next'
import type { Limit } from '../../shared/settings.ts'
import type { Formats } from '../transfers/format.ts'
import { rateWords } from '../transfers/measure-words.ts'
import { type Cell, levelOf, nextRun, type Week } from './week.ts'

/** The hour of the week that a clock of this computer shows. */
export const cellAt = (epochMs: number): Cell => {
  const date = new Date(epochMs)
  return { day: (date.getDay() + 6) % 7, hour: date.getHours() }
}

/** The beginning of an hour, "09:00". */
export const hourWords = (formats: Formats, hour: number): string => formats.time(new Date(2024, 0, 1, hour).getTime())

const dayHourWords = (t: TFunction, formats: Formats, { day, hour }: Cell): string =>
  t('settings.schedule.dayTime', { day: formats.weekday(day + 1, 'long'), time: hourWords(formats, hour) })

/** "full speed", "limited to 20.0 MB/s", "no uploads". */
export const limitWords = (t: TFunction, formats: Formats, limit: Limit): string =>
  t(`settings.schedule.within.${levelOf(limit)}`, { speed: rateWords(t, formats, limit ?? 0) })

/** An hour of the week and what it allows. */
export const cellWords = (t: TFunction, formats: Formats, cell: Cell, limit: Limit): string =>
  t('settings.schedule.cell', { time: dayHourWords(t, formats, cell), level: limitWords(t, formats, limit) })

/** What the schedule says now, and what it will say next. */
export const nowWords = (t: TFunction, formats: Formats, week: Week, now: number): string => {
  const cell = cellAt(now)
  const level = limitWords(t, formats, week[cell.day]?.[cell.hour] ?? null)
  const present = t('settings.schedule.now', { time: formats.dayTime(now), level })
  const next = nextRun(week, cell)
  if (next === null) return present
  const { from, to, limit } = next
  const endsThatDay = to.day === from.day ? to.hour > from.hour : to.day === (from.day + 1) % 7 && to.hour === 0
  const future = t('settings.schedule.next', {
    level: limitWords(t, formats, limit),
    from: dayHourWords(t, formats, from),
    to: endsThatDay ? hourWords(formats, to.hour) : dayHourWords(t, formats, to),
  })
  return `${present} ${future}`
}
