import { relative, sep } from 'node:path'
import { z } from 'zod'
import type { Transfer } from '../transfers/state.ts'
import type { Database } from './database.ts'

/** What was last uploaded from a path in a watched folder. `checksum`: CRC32, base64; empty where it was never read. */
export type UploadedFile = {
  readonly path: string
  readonly sourceId: string
  readonly size: number
  readonly checksum: string
  readonly key: string
  readonly etag: string
}

const rowSchema = z
  .object({
    relative_path: z.string(),
    source_id: z.string(),
    size: z.int(),
    checksum: z.string(),
    key: z.string(),
    etag: z.string(),
  })
  .transform(
    ({ relative_path, source_id, ...row }): UploadedFile => ({ path: relative_path, sourceId: source_id, ...row }),
  )

/** A path below a folder as the thread and the records name it, with `/`. */
export const pathBelow = (folder: string, path: string): string => relative(folder, path).split(sep).join('/')

/** What counts as uploaded though it was never read, and is nowhere at the store. */
export const leftAsItIs = ({
  path,
  sourceId,
  size,
}: Pick<UploadedFile, 'path' | 'sourceId' | 'size'>): UploadedFile => ({
  ...{ path, sourceId, size },
  ...{ checksum: '', key: '', etag: '' },
})

export type UploadedFiles = ReturnType<typeof createUploadedFiles>

/** The records of what watched folders have uploaded: a file that its record names is not read again. */
export function createUploadedFiles(database: Database, now: () => number) {
  const select = database.prepare('SELECT * FROM uploaded_files WHERE folder_id = ? AND relative_path = ?')
  const selectSize = database.prepare(
    "SELECT 1 FROM uploaded_files WHERE folder_id = ? AND size = ? AND checksum <> '' LIMIT 1",
  )
  const selectOfContent = database.prepare(
    'SELECT * FROM uploaded_files WHERE folder_id = ? AND size = ? AND checksum = ? LIMIT ?',
  )
  const upsert = database.prepare(`
    INSERT INTO uploaded_files (folder_id, relative_path, source_id, size, checksum, key, etag, uploaded_at)
    VALUES (@folderId, @path, @sourceId, @size, @checksum, @key, @etag, @now)
    ON CONFLICT (folder_id, relative_path) DO UPDATE SET source_id = excluded.source_id, size = excluded.size,
      checksum = excluded.checksum, key = excluded.key, etag = excluded.etag, uploaded_at = excluded.uploaded_at`)
  const updateSource = database.prepare(
    'UPDATE uploaded_files SET source_id = ? WHERE folder_id = ? AND relative_path = ?',
  )
  const selectLast = database
    .prepare(`
      SELECT max(relative_path) FROM (
        SELECT relative_path FROM uploaded_files WHERE folder_id = ? AND relative_path > ?
        ORDER BY relative_path LIMIT ?)`)
    .pluck()
  const deleteLeft = database.prepare(
    "DELETE FROM uploaded_files WHERE folder_id = ? AND relative_path > ? AND relative_path <= ? AND checksum = ''",
  )
  const selectAny = database.prepare('SELECT 1 FROM uploaded_files WHERE folder_id = ? LIMIT 1')
  const deleteRow = database.prepare('DELETE FROM uploaded_files WHERE folder_id = ? AND relative_path = ?')
  const selectFolderPath = database.prepare('SELECT path FROM folders WHERE id = ?').pluck()

  const write = (folderId: number, { path, sourceId, size, checksum, key, etag }: UploadedFile): void => {
    upsert.run({ folderId, path, sourceId, size, checksum, key, etag, now: now() })
  }

  return {
    of(folderId: number, path: string): UploadedFile | null {
      const row = select.get(folderId, path)
      return row === undefined ? null : rowSchema.parse(row)
    },

    /** Whether there is one of a size whose content is known. */
    hasSize: (folderId: number, size: number): boolean => selectSize.get(folderId, size) !== undefined,

    /** Some of those that have a content. `checksum`: CRC32, base64. */
    ofContent: (folderId: number, size: number, checksum: string, limit: number): readonly UploadedFile[] =>
      selectOfContent.all(folderId, size, checksum, limit).map((row) => rowSchema.parse(row)),

    /** Records files in one transaction. */
    record: database.transaction((folderId: number, files: readonly UploadedFile[]) => {
      for (const file of files) write(folderId, file)
    }) as (folderId: number, files: readonly UploadedFile[]) => void,

    /** Records a completed transfer of a watched folder, inside its transaction. */
    recordTransfer({ folderId, sourcePath, sourceId, size, checksum, key, etag }: Transfer): void {
      if (folderId === null || sourceId === null || checksum === null || key === null || etag === null) return
      const path = pathBelow(selectFolderPath.get(folderId) as string, sourcePath)
      write(folderId, { path, sourceId, size, checksum, key, etag })
    },

    /** A person does not want the file of a transfer to be sent, as it is: it counts as uploaded. */
    leave({ folderId, sourcePath, sourceId, size }: Transfer): void {
      if (folderId === null || sourceId === null) return
      const path = pathBelow(selectFolderPath.get(folderId) as string, sourcePath)
      write(folderId, leftAsItIs({ path, sourceId, size }))
    },

    /**
     * What was left as it is does not count as uploaded any more, of so many records after a path. Answers with the path to
     * go on after; null: that was all.
     */
    takeBack(folderId: number, after: string, limit: number): string | null {
      const last = selectLast.get(folderId, after, limit) as string | null
      if (last !== null) deleteLeft.run(folderId, after, last)
      return last
    },

    /** Whether anything counts as uploaded. */
    hasAny: (folderId: number): boolean => selectAny.get(folderId) !== undefined,

    /** The same content has another identity by now. */
    renew(folderId: number, path: string, sourceId: string): void {
      updateSource.run(sourceId, folderId, path)
    },

    /** The same content has another path by now, and keeps its object. */
    moved: database.transaction((folderId: number, from: UploadedFile, to: Pick<UploadedFile, 'path' | 'sourceId'>) => {
      deleteRow.run(folderId, from.path)
      write(folderId, { ...from, ...to })
    }) as (folderId: number, from: UploadedFile, to: Pick<UploadedFile, 'path' | 'sourceId'>) => void,
  }
}
