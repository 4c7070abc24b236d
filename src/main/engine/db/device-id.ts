import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Database } from './database.ts'

/** By what a broker tells this installation from others: a random UUID, kept for as long as the database is. */
export function deviceIdOf(database: Database): string {
  database
    .prepare("INSERT INTO settings (name, value) VALUES ('deviceId', json_quote(?)) ON CONFLICT (name) DO NOTHING")
    .run(randomUUID())
  const row = database.prepare("SELECT value ->> '$' FROM settings WHERE name = 'deviceId'").pluck().get()
  return z.uuid().parse(row)
}
