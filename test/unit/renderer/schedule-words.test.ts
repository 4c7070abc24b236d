import { expect, test } from 'vitest'
import { createWords } from '../../../src/renderer/i18n/create-words.ts'
import { nowWords } from '../../../src/renderer/settings/schedule-words.ts'
import { weekOf } from '../../../src/renderer/settings/week.ts'
import { createFormats } from '../../../src/renderer/transfers/format.ts'
import type { Schedule } from '../../../src/shared/settings.ts'

const t = createWords().t
const formats = createFormats('en-GB')
const saturday = new Date(2026, 10, 21, 14, 32).getTime()
const words = (schedule: Schedule, now = saturday) => nowWords(t, formats, weekOf(schedule), now)

test('What is now and next is said with its hours.', () => {
  expect(words([{ days: [7], from: '02:00', to: '06:00', limit: 0 }])).toBe(
    'Now: Saturday 14:32, full speed. Next: no uploads, Sunday 02:00 to 06:00.',
  )
})

test('An end on another day names the day, midnight does not.', () => {
  expect(words([{ days: [6], from: '22:00', to: '06:00', limit: 20_000_000 }])).toBe(
    'Now: Saturday 14:32, full speed. Next: limited to 20.0 MB/s, Saturday 22:00 to Sunday 06:00.',
  )
  expect(words([{ days: [7], from: '18:00', to: '00:00', limit: 0 }])).toBe(
    'Now: Saturday 14:32, full speed. Next: no uploads, Sunday 18:00 to 00:00.',
  )
})

test('What holds all week has nothing next.', () => {
  expect(words([])).toBe('Now: Saturday 14:32, full speed.')
  expect(words([{ days: [1, 2, 3, 4, 5, 6, 7], from: '00:00', to: '00:00', limit: 0 }])).toBe(
    'Now: Saturday 14:32, no uploads.',
  )
})
