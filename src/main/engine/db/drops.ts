import { z } from 'zod'
import type { Database } from './database.ts'

/** A path to take into the queue, and its name in the list. */
export type DroppedPath = { readonly path: string; readonly relativePath: string }

/** A path that was dropped, or a folder found below one, whose files are not rows yet. */
export type Drop = DroppedPath & { readonly id: number; readonly accountId: number; readonly purpose: string }

const rowSchema = z
  .object({ id: z.int(), account_id: z.int(), purpose: z.string(), path: z.string(), relative_path: z.string() })
  .transform(
    ({ id, account_id, purpose, path, relative_path }): Drop => ({
      id,
      accountId: account_id,
      purpose,
      path,
      relativePath: relative_path,
    }),
  )

export type Drops = ReturnType<typeof createDrops>

/** What was dropped and is not taken in yet: a drop outlives an engine that ends while it reads a folder. */
export function createDrops(database: Database) {
  const insertRow = database.prepare(`
    INSERT INTO drops (account_id, purpose, path, relative_path)
    VALUES (@accountId, @purpose, @path, @relativePath)`)
  const selectPending = database.prepare('SELECT * FROM drops WHERE account_id = ? ORDER BY id')
  const deleteRow = database.prepare('DELETE FROM drops WHERE id = ?')

  const insertInside = (drops: readonly Omit<Drop, 'id'>[]): readonly Drop[] =>
    drops.map((drop) => ({ ...drop, id: Number(insertRow.run(drop).lastInsertRowid) }))

  return {
    insert: (drops: readonly Omit<Drop, 'id'>[]): readonly Drop[] => database.transaction(() => insertInside(drops))(),

    /** Of one account, the oldest first. */
    pending: (accountId: number): readonly Drop[] => selectPending.all(accountId).map((row) => rowSchema.parse(row)),

    /** In one transaction: `becomeRows` runs, the drops are done, and the folders found in them are dropped instead. */
    settle: (done: readonly Drop[], folders: readonly Omit<Drop, 'id'>[], becomeRows: () => void): readonly Drop[] =>
      database.transaction(() => {
        becomeRows()
        for (const { id } of done) deleteRow.run(id)
        return insertInside(folders)
      })(),
  }
}
