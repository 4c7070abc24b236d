import { z } from 'zod'
import type { Database } from './database.ts'

/** Whose rows these are: a person at a broker. */
export function createAccounts(database: Database) {
  const upsert = database.prepare(`
    INSERT INTO accounts (broker_url, subject, label) VALUES (@brokerUrl, @subject, @label)
    ON CONFLICT (broker_url, subject) DO UPDATE SET label = excluded.label
    RETURNING id`)
  return {
    /** The account's id; made at the first sign-in. */
    idOf(account: { readonly brokerUrl: string; readonly subject: string; readonly label: string }): number {
      const { brokerUrl, subject, label } = account
      return z.object({ id: z.int() }).parse(upsert.get({ brokerUrl, subject, label })).id
    },
  }
}
