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
  /** Which one it was, by device and inode, when it was looked through last; null: it never was. */
  readonly identity: string | null
  /** Files that are recorded as uploaded, without those that were left as they are. */
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
    identity: z.string().nullable(),
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
      identity: row.identity,
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

const removedSchema = z.array(z.object({ id: z.int(), forgotten: z.int().transform((value) => value === 1) }))

const countsSchema = z.array(z.object({ state: z.string(), count: z.int() }))

export type Folders = ReturnType<typeof createFolders>

/** More than there are of anything. */
const everything = Number.MAX_SAFE_INTEGER

/** The watched folders of this profile. */
export function createFolders(database: Database, now: () => number) {
  const selectOfAccount = database.prepare(
    'SELECT * FROM folders WHERE account_id = ? AND removed_at IS NULL ORDER BY created_at, id',
  )
  const selectRemoved = database.prepare(
    'SELECT id, forgotten FROM folders WHERE account_id = ? AND removed_at IS NOT NULL',
  )
  const selectById = database.prepare('SELECT * FROM folders WHERE id = ?')
  const selectUuid = database.prepare('SELECT uuid FROM folders WHERE id = ?').pluck()
  const selectPath = database.prepare('SELECT path FROM folders WHERE id = ?').pluck()
  const selectByPath = database.prepare('SELECT * FROM folders WHERE account_id = ? AND path = ? AND NOT forgotten')
  const selectForgotten = database
    .prepare('SELECT id FROM folders WHERE account_id = ? AND path = ? AND forgotten')
    .pluck()
  const selectIsForgotten = database.prepare('SELECT forgotten FROM folders WHERE id = ?').pluck()
  const upsert = database
    .prepare(`
    INSERT INTO folders (account_id, purpose, path, uuid, options, created_at, removed_at)
    VALUES (@accountId, @purpose, @path, @uuid, @options, @now, @now)
    ON CONFLICT (account_id, path) DO UPDATE
    SET purpose = excluded.purpose, options = excluded.options RETURNING id`)
    .pluck()
  const updateBegun = database.prepare(
    'UPDATE folders SET removed_at = NULL, paused_at = NULL WHERE id = ? RETURNING *',
  )
  const updateOptions = database.prepare('UPDATE folders SET options = ? WHERE id = ?')
  const updatePaused = database.prepare('UPDATE folders SET paused_at = ? WHERE id = ?')
  const updateIdentity = database.prepare('UPDATE folders SET identity = ? WHERE id = ?')
  const updateRemoved = database.prepare('UPDATE folders SET removed_at = @now, forgotten = @forgotten WHERE id = @id')
  const selectCounts = database.prepare(`
    SELECT state, count(*) AS count FROM transfers INDEXED BY transfers_of_folder
    WHERE folder_id = ? AND state IN ('queued', 'completing', 'paused', 'failed') GROUP BY state`)
  const selectBeingWritten = database
    .prepare(`
      SELECT count(*) FROM transfers INDEXED BY transfers_being_written
      WHERE folder_id = ? AND state = 'queued' AND failure_kind = 'being_written'`)
    .pluck()
  const selectCompletedSince = database.prepare(`
    SELECT count(*) AS count FROM transfers INDEXED BY transfers_of_folder
    WHERE folder_id = ? AND state = 'completed' AND updated_at >= ?`)
  const selectOpen = database.prepare(`
    SELECT id FROM transfers INDEXED BY transfers_of_folder
    WHERE folder_id = ? AND state IN ('queued', 'completing', 'paused', 'failed')`)
  const leaveTransfers = database.prepare('UPDATE transfers SET folder_id = NULL WHERE folder_id = ?')
  const deleteFinished = database
    .prepare(`
      DELETE FROM transfers WHERE id IN (
        SELECT id FROM transfers INDEXED BY transfers_of_folder
        WHERE folder_id = ? AND (state = 'completed' OR state = 'canceled' AND key IS NULL) LIMIT ?
      ) RETURNING id`)
    .pluck()
  const deleteRecords = database.prepare(`
    DELETE FROM uploaded_files WHERE folder_id = @id AND relative_path IN (
      SELECT relative_path FROM uploaded_files WHERE folder_id = @id LIMIT @limit)`)
  const deleteFolder = database.prepare('DELETE FROM folders WHERE id = ?')

  const read = (row: unknown): Folder => rowSchema.parse(row)

  /**
   * Forgets so many of the files and rows of a folder that is to be forgotten, and the folder with the last of them. Rows that may still have to be
   * ended at the store stay, as of no folder: the answer to a Create may be on its way. Answers with the rows that are gone.
   */
  function forget(id: number, limit: number): { readonly rows: readonly number[]; readonly isAll: boolean } {
    return database.transaction(() => {
      if (selectIsForgotten.get(id) !== 1) return { rows: [], isAll: true }
      const rows = deleteFinished.all(id, limit) as number[]
      const isAll = rows.length < limit && deleteRecords.run({ id, limit }).changes < limit
      if (isAll) {
        leaveTransfers.run(id)
        deleteFolder.run(id)
      }
      return { rows, isAll }
    })()
  }

  return {
    /** Those that are watched, the oldest first. */
    ofAccount: (accountId: number): readonly Folder[] => selectOfAccount.all(accountId).map(read),

    /** Those that are not watched any more; `forgotten`: their history is not to be kept. */
    removedOf: (accountId: number): readonly { readonly id: number; readonly forgotten: boolean }[] =>
      removedSchema.parse(selectRemoved.all(accountId)),

    byId(id: number): Folder | null {
      const row = selectById.get(id)
      return row === undefined ? null : read(row)
    },

    /** A folder's name at the broker; null for one that was forgotten. */
    uuidOf: (id: number): string | null => (selectUuid.get(id) as string | undefined) ?? null,

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

    /** A path that will be watched from `begin` on. One that was watched before keeps its name and its records. */
    prepare(folder: Pick<Folder, 'accountId' | 'purpose' | 'path' | 'options'>): number {
      const { accountId, purpose, path, options } = folder
      const values = { accountId, purpose, path, options: JSON.stringify(options) }
      const forgotten = selectForgotten.get(accountId, path) as number | undefined
      if (forgotten !== undefined) forget(forgotten, everything)
      return upsert.get({ ...values, uuid: randomUUID(), now: now() }) as number
    },

    begin: (id: number): Folder => read(updateBegun.get(id)),

    setOptions(id: number, options: FolderOptions): void {
      updateOptions.run(JSON.stringify(options), id)
    },

    setPaused(id: number, at: number | null): void {
      updatePaused.run(at, id)
    },

    setIdentity(id: number, identity: string): void {
      updateIdentity.run(identity, id)
    },

    /** Row ids of its transfers that are not finished. */
    openTransfers: (id: number): readonly number[] => selectOpen.all(id).map((row) => (row as { id: number }).id),

    /** Ends the watch. What was uploaded is kept for a later one of the same path, or to be forgotten by `forget`. */
    remove(id: number, history: 'keep' | 'forget'): void {
      updateRemoved.run({ id, now: now(), forgotten: history === 'forget' ? 1 : 0 })
    },

    forget,

    /** Rows that are not finished, by state; `beingWritten` of the queued ones wait for their files to be still. */
    openCounts(id: number): { readonly byState: ReadonlyMap<string, number>; readonly beingWritten: number } {
      const rows = countsSchema.parse(selectCounts.all(id))
      return {
        byState: new Map(rows.map(({ state, count }) => [state, count])),
        beingWritten: selectBeingWritten.get(id) as number,
      }
    },

    completedSince: (id: number, since: number): number =>
      (selectCompletedSince.get(id, since) as { count: number }).count,
  }
}
