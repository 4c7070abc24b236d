import { randomUUID } from 'node:crypto'
import { basename } from 'node:path'
import { z } from 'zod'
import { type FolderOptions, folderOptionsSchema, usualFolderOptions } from '../../../shared/folder.ts'
import type { Database } from './database.ts'

/** A watched folder. Times are epoch ms. */
export type Folder = {
  readonly id: number
  /** Its name at the broker and in the page. */
  readonly uuid: string
  readonly accountId: number
  readonly purpose: string
  readonly path: string
  readonly options: FolderOptions
  readonly pausedAt: number | null
  /** Files that are recorded as uploaded. */
  readonly uploaded: number
  readonly createdAt: number
}

const rowSchema = z
  .object({
    id: z.int(),
    uuid: z.string(),
    account_id: z.int(),
    purpose: z.string(),
    path: z.string(),
    options: z.string(),
    paused_at: z.int().nullable(),
    uploaded: z.int(),
    created_at: z.int(),
  })
  .transform(
    (row): Folder => ({
      id: row.id,
      uuid: row.uuid,
      accountId: row.account_id,
      purpose: row.purpose,
      path: row.path,
      options: optionsOf(row.options),
      pausedAt: row.paused_at,
      uploaded: row.uploaded,
      createdAt: row.created_at,
    }),
  )

/** An option that another version wrote, and this one does not know, counts as not chosen. */
function optionsOf(text: string): FolderOptions {
  const stored: unknown = JSON.parse(text)
  const chosen = Object.entries(folderOptionsSchema.shape).flatMap(([name, schema]) => {
    const parsed = schema.safeParse((stored as Record<string, unknown>)[name])
    return parsed.success ? [[name, parsed.data]] : []
  })
  return { ...usualFolderOptions, ...Object.fromEntries(chosen) }
}

const countsSchema = z.array(z.object({ state: z.string(), written: z.int(), count: z.int() }))

export type Folders = ReturnType<typeof createFolders>

/** The watched folders of this profile. */
export function createFolders(database: Database, now: () => number) {
  const selectOfAccount = database.prepare(
    'SELECT * FROM folders WHERE account_id = ? AND removed_at IS NULL ORDER BY created_at, id',
  )
  const selectById = database.prepare('SELECT * FROM folders WHERE id = ?')
  const selectPath = database.prepare('SELECT path FROM folders WHERE id = ?').pluck()
  const selectByPath = database.prepare('SELECT * FROM folders WHERE account_id = ? AND path = ?')
  const upsert = database.prepare(`
    INSERT INTO folders (account_id, purpose, path, uuid, options, created_at)
    VALUES (@accountId, @purpose, @path, @uuid, @options, @now)
    ON CONFLICT (account_id, path) DO UPDATE
    SET purpose = excluded.purpose, options = excluded.options, removed_at = NULL, paused_at = NULL RETURNING *`)
  const updateOptions = database.prepare('UPDATE folders SET options = ? WHERE id = ?')
  const updatePaused = database.prepare('UPDATE folders SET paused_at = ? WHERE id = ?')
  const updateRemoved = database.prepare('UPDATE folders SET removed_at = ? WHERE id = ?')
  const selectCounts = database.prepare(`
    SELECT state, failure_kind IS 'being_written' AS written, count(*) AS count FROM transfers INDEXED BY transfers_of_folder
    WHERE folder_id = ? AND state IN ('queued', 'completing', 'paused', 'failed') GROUP BY 1, 2`)
  const selectCompletedSince = database.prepare(`
    SELECT count(*) AS count FROM transfers INDEXED BY transfers_of_folder
    WHERE folder_id = ? AND state = 'completed' AND updated_at >= ?`)
  const selectOpen = database.prepare(`
    SELECT id FROM transfers INDEXED BY transfers_of_folder
    WHERE folder_id = ? AND state IN ('queued', 'completing', 'paused', 'failed')`)
  const leaveTransfers = database.prepare('UPDATE transfers SET folder_id = NULL WHERE folder_id = ?')
  const deleteCompleted = database.prepare(
    "DELETE FROM transfers WHERE folder_id = ? AND state IN ('completed', 'canceled')",
  )
  const deleteFolder = database.prepare('DELETE FROM folders WHERE id = ?')

  const read = (row: unknown): Folder => rowSchema.parse(row)

  return {
    /** Those that are watched, the oldest first. */
    ofAccount: (accountId: number): readonly Folder[] => selectOfAccount.all(accountId).map(read),

    byId(id: number): Folder | null {
      const row = selectById.get(id)
      return row === undefined ? null : read(row)
    },

    /** A folder's name at the broker. */
    uuidOf(id: number): string {
      const folder = selectById.get(id)
      if (folder === undefined) throw new Error('a row names a folder that is not there')
      return read(folder).uuid
    },

    /** What the folder of a row is called: the last part of its path; null for a row of none. */
    nameOf(id: number | null): string | null {
      const path = id === null ? undefined : (selectPath.get(id) as string | undefined)
      return path === undefined ? null : basename(path) || path
    },

    /** Also one that is not watched any more, of which the history was kept. */
    byPath(accountId: number, path: string): Folder | null {
      const row = selectByPath.get(accountId, path)
      return row === undefined ? null : read(row)
    },

    /** Begins to watch a path. One that was watched before keeps its name and its records. */
    add(folder: Pick<Folder, 'accountId' | 'purpose' | 'path' | 'options'>): Folder {
      const { accountId, purpose, path, options } = folder
      const values = { accountId, purpose, path, options: JSON.stringify(options) }
      return read(upsert.get({ ...values, uuid: randomUUID(), now: now() }))
    },

    setOptions(id: number, options: FolderOptions): void {
      updateOptions.run(JSON.stringify(options), id)
    },

    setPaused(id: number, at: number | null): void {
      updatePaused.run(at, id)
    },

    /** Row ids of its transfers that are not finished. */
    openTransfers: (id: number): readonly number[] => selectOpen.all(id).map((row) => (row as { id: number }).id),

    /** Ends the watch but keeps the records: a later one of the same path goes on from them. */
    remove(id: number): void {
      updateRemoved.run(now(), id)
    },

    /** Ends the watch and forgets what was uploaded; transfers that still have to be ended stay, as of no folder. */
    forget(id: number): void {
      database.transaction(() => {
        deleteCompleted.run(id)
        leaveTransfers.run(id)
        deleteFolder.run(id)
      })()
    },

    /** Rows that are not finished, by state; those whose file is being written count apart. */
    openCounts(id: number): readonly { readonly state: string; readonly written: number; readonly count: number }[] {
      return countsSchema.parse(selectCounts.all(id))
    },

    completedSince: (id: number, since: number): number =>
      (selectCompletedSince.get(id, since) as { count: number }).count,
  }
}
