import { expect, it } from 'vitest'
import { settingsChangeSchema } from '../../../src/shared/settings.ts'

const entry = { days: [1, 5], from: '09:00', to: '18:00', limit: 5_000_000 }

it.each([
  {},
  { slots: 1 },
  { slots: 64, limit: 1_000 },
  { limit: null, onlyOnMains: true },
  { schedule: [] },
  { schedule: [entry, { ...entry, from: '22:00', to: '06:00', limit: 0 }, { ...entry, to: '00:00' }] },
])('the change %j is understood', (change) => {
  expect(settingsChangeSchema.parse(change)).toEqual(change)
})

it.each([
  { slot: 3 },
  { slots: 0 },
  { slots: 65 },
  { slots: null },
  { limit: 0 },
  { limit: 999 },
  { limit: 1_000.5 },
  { schedule: [{ ...entry, days: [] }] },
  { schedule: [{ ...entry, days: [0] }] },
  { schedule: [{ ...entry, days: [8] }] },
  { schedule: [{ ...entry, from: '24:00' }] },
  { schedule: [{ ...entry, to: '9:00' }] },
  { schedule: [{ ...entry, limit: 500 }] },
  { schedule: [{ ...entry, limit: null }] },
  { schedule: [{ ...entry, zone: 'UTC' }] },
  { schedule: Array.from({ length: 169 }, () => entry) },
  { onlyOnMains: 1 },
])('the change %j is refused', (change) => {
  expect(settingsChangeSchema.safeParse(change).success).toBe(false)
})
