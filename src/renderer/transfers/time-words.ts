import type { TFunction } from 'i18next'
import { type Formats, timeLeft } from './format.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

/** How long ago a moment was, coarse. */
export const agoWords = (t: TFunction, formats: Formats, then: number, now: number): string => {
  const passed = now - then
  if (passed < minute) return t('units.ago.now')
  if (passed < hour) return t('units.ago.minutes', { minutes: Math.floor(passed / minute) })
  if (passed < day) return t('units.ago.hours', { hours: Math.floor(passed / hour) })
  return t('units.ago.on', { day: formats.day(then) })
}

const startOfDay = (epochMs: number): number => new Date(epochMs).setHours(0, 0, 0, 0)

/** A moment as day and time of day, the day by its name where it is near. */
export const atWords = (t: TFunction, formats: Formats, then: number, now: number): string => {
  const time = formats.time(then)
  const today = startOfDay(now)
  if (then >= today) return t('units.at.today', { time })
  if (then >= startOfDay(today - 1)) return t('units.at.yesterday', { time })
  return t('units.at.day', { day: formats.day(then), time })
}

/** An estimate of the time left; a dash where nothing is known. */
export const timeLeftWords = (t: TFunction, seconds: number | null): string => {
  if (seconds === null) return t('header.unknown')
  const left = timeLeft(seconds)
  switch (left.unit) {
    case 'seconds':
      return t('units.timeLeft.seconds', { seconds: left.seconds })
    case 'minutes':
      return t('units.timeLeft.minutes', { minutes: left.minutes })
    case 'hours':
      return left.minutes === 0
        ? t('units.timeLeft.hours', { hours: left.hours })
        : t('units.timeLeft.hoursMinutes', { hours: left.hours, minutes: left.minutes })
    case 'days':
      return t('units.timeLeft.days', { count: left.days })
  }
}
