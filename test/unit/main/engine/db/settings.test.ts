import { expect, it } from 'vitest'
import { createSettings } from '../../../../../src/main/engine/db/settings.ts'
import { temporaryDatabase } from '../../../../support/temporary-queue.ts'

it('a setting that nobody chose has its usual value', () => {
  const settings = createSettings(temporaryDatabase())
  expect([settings.get('queuePaused'), settings.get('slots')]).toEqual([false, 6])
})

it('a setting is what was chosen last', () => {
  const database = temporaryDatabase()
  createSettings(database).set('slots', 3)
  createSettings(database).set('slots', 12)
  createSettings(database).set('queuePaused', true)
  const settings = createSettings(database)
  expect([settings.get('queuePaused'), settings.get('slots')]).toEqual([true, 12])
})

it.each(['0', '65', '2.5', '"many"', 'null', '{}'])(
  'a stored value that does not fit, such as %s, counts as not chosen',
  (value) => {
    const database = temporaryDatabase()
    database.prepare('INSERT INTO settings VALUES (?, ?)').run('slots', value)
    expect(createSettings(database).get('slots')).toBe(6)
  },
)

it('a value that does not fit is not stored', () => {
  const settings = createSettings(temporaryDatabase())
  expect(() => settings.set('slots', 0)).toThrow('>=1')
  expect(settings.get('slots')).toBe(6)
})
