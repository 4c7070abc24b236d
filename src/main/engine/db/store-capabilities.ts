import { z } from 'zod'
import type { Database } from './database.ts'

const day = 86_400_000
/** What was learned longer ago counts as not known: stores are upgraded. */
const forgotten = 7 * day
/** What is seen again is dated anew at most so often. */
const renewed = day

const rowSchema = z.object({ supported: z.int(), learned_at: z.int() })

/** What the store at each address was seen to do, and when. */
export function createStoreCapabilities(database: Database, now: () => number) {
  const select = database.prepare(
    'SELECT supported, learned_at FROM store_capabilities WHERE address = ? AND capability = ?',
  )
  const upsert = database.prepare(`
    INSERT INTO store_capabilities (address, capability, supported, learned_at) VALUES (?, ?, ?, ?)
    ON CONFLICT (address, capability) DO UPDATE SET supported = excluded.supported, learned_at = excluded.learned_at`)

  /** Null: never learned. */
  const read = (address: string, capability: string) => {
    const row = select.get(address, capability)
    return row === undefined ? null : rowSchema.parse(row)
  }
  /** A date ahead of the clock was written under another one. */
  const isWithin = (learnedAt: number, ms: number) => Math.abs(now() - learnedAt) < ms

  return {
    known(address: string, capability: string): boolean | null {
      const row = read(address, capability)
      return row !== null && isWithin(row.learned_at, forgotten) ? row.supported === 1 : null
    },

    learned(address: string, capability: string, supported: boolean): void {
      const row = read(address, capability)
      if (row !== null && (row.supported === 1) === supported && isWithin(row.learned_at, renewed)) return
      upsert.run(address, capability, supported ? 1 : 0, now())
    },
  }
}
