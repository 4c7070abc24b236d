import { describe, expect, it } from 'vitest'
import { createSettings } from '../../../../../src/main/engine/db/settings.ts'
import { type Settings, usualSettings } from '../../../../../src/shared/settings.ts'
import { temporaryDatabase } from '../../../../support/temporary-queue.ts'

const chosen: Settings = {
  slots: 12,
  limit: 20_000_000,
  schedule: [{ days: [1, 2], from: '22:00', to: '06:00', limit: 0 }],
  onlyOnMains: true,
}

it('a setting that nobody chose has its usual value', () => {
  const settings = createSettings(temporaryDatabase())
  expect(settings.all()).toEqual(usualSettings)
  expect(settings.get('queuePaused')).toBe(false)
})

it('a setting is what was chosen last', () => {
  const database = temporaryDatabase()
  createSettings(database).set('slots', 3)
  createSettings(database).set('slots', 12)
  createSettings(database).set('queuePaused', true)
  const settings = createSettings(database)
  expect([settings.get('queuePaused'), settings.get('slots')]).toEqual([true, 12])
})

it('a change sets what it names and leaves the rest', () => {
  const database = temporaryDatabase()
  const settings = createSettings(database)
  settings.change(chosen)
  expect(createSettings(database).all()).toEqual(chosen)
  settings.change({ limit: null, slots: undefined })
  expect(createSettings(database).all()).toEqual({ ...chosen, limit: null })
})

it('a change of which one value does not fit changes nothing', () => {
  const settings = createSettings(temporaryDatabase())
  expect(() => settings.change({ slots: 12, limit: -1 })).toThrow('>=1000')
  expect(settings.all()).toEqual(usualSettings)
})

describe('a stored value that does not fit counts as not chosen', () => {
  it.each(['0', '65', '2.5', '"many"', 'null', '{}'])('such as %s slots', (value) => {
    const database = temporaryDatabase()
    database.prepare('INSERT INTO settings VALUES (?, ?)').run('slots', value)
    expect(createSettings(database).get('slots')).toBe(6)
  })

  it.each(['{}', '[{}]', '[{"days":[8],"from":"09:00","to":"18:00","limit":0}]'])(
    'such as the schedule %s',
    (value) => {
      const database = temporaryDatabase()
      database.prepare('INSERT INTO settings VALUES (?, ?)').run('schedule', value)
      expect(createSettings(database).get('schedule')).toEqual([])
    },
  )
})
