import { z } from 'zod'
import type { Database } from './database.ts'

/** Every setting, its meaning in its name, and what it is until someone chose otherwise. */
const schemas = {
  queuePaused: z.boolean().default(false),
  slots: z.int().min(1).max(64).default(6),
} as const

type Name = keyof typeof schemas
export type SettingValue<N extends Name> = z.output<(typeof schemas)[N]>
export type Settings = ReturnType<typeof createSettings>

/** Settings of this profile. A value that does not fit its schema any more counts as not chosen. */
export function createSettings(database: Database) {
  const select = database.prepare('SELECT value FROM settings WHERE name = ?')
  const upsert = database.prepare(
    'INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
  )
  return {
    get<N extends Name>(name: N): SettingValue<N> {
      const row = select.get(name) as { value: string } | undefined
      const parsed = schemas[name].safeParse(row === undefined ? undefined : JSON.parse(row.value))
      return (parsed.success ? parsed.data : schemas[name].parse(undefined)) as SettingValue<N>
    },
    set<N extends Name>(name: N, value: SettingValue<N>): void {
      upsert.run(name, JSON.stringify(schemas[name].parse(value)))
    },
  }
}
