import { z } from 'zod'
import { type Settings, type SettingsChange, settingsSchema, usualSettings } from '../../../shared/settings.ts'
import type { Database } from './database.ts'

/** What a person set, and `queuePaused`: "Pause all" was chosen. */
const schemas = { ...settingsSchema.shape, queuePaused: z.boolean() }
const usual = { ...usualSettings, queuePaused: false }

type Values = typeof usual
export type StoredSettings = ReturnType<typeof createSettings>

/** Settings of this profile, a row each. A value that does not fit its schema any more counts as not chosen. */
export function createSettings(database: Database) {
  const select = database.prepare('SELECT value FROM settings WHERE name = ?')
  const upsert = database.prepare(
    'INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
  )
  const names = Object.keys(usualSettings) as (keyof Settings)[]

  function get<Name extends keyof Values>(name: Name): Values[Name] {
    const row = select.get(name) as { value: string } | undefined
    const parsed = schemas[name].safeParse(row === undefined ? undefined : JSON.parse(row.value))
    return (parsed.success ? parsed.data : usual[name]) as Values[Name]
  }
  function set<Name extends keyof Values>(name: Name, value: Values[Name]): void {
    upsert.run(name, JSON.stringify(schemas[name].parse(value)))
  }

  return {
    get,
    set,
    /** All that a person can set. */
    all: (): Settings => Object.fromEntries(names.map((name) => [name, get(name)])) as Settings,
    /** Sets what the change names, in one transaction. */
    change: database.transaction((change: SettingsChange) => {
      for (const name of names) {
        const value = change[name]
        if (value !== undefined) set(name, value)
      }
    }) as (change: SettingsChange) => void,
  }
}
