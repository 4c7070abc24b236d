import { randomUUID } from 'node:crypto'
import type { Failure } from '../../../shared/failure.ts'
import { beingWritten, type Changes, next, type Transfer, type TransferEvent } from '../transfers/state.ts'
import type { Database } from './database.ts'
import { hotQueries } from './transfer-queries.ts'
import { createTransferReads, type SavedPart } from './transfer-reads.ts'
import { columnOf, transferRowSchema } from './transfer-row.ts'
import type { UploadedFiles } from './uploaded-files.ts'

export type NewTransfer = Pick<
  Transfer,
  'uuid' | 'accountId' | 'purpose' | 'relativePath' | 'sourcePath' | 'size' | 'contentType' | 'modifiedAt' | 'partSize'
> & { readonly sourceId: string | null; readonly state: 'queued' | 'failed' } & Pick<
    Transfer,
    'folderId' | 'replaces' | 'failure' | 'retryAt'
  >

/** A file of a watched folder that was moved: from where and to where in it, and the object that it is. */
export type NotedMove = {
  readonly folderId: number
  readonly key: string
  readonly from: string
  readonly path: string
  readonly sourcePath: string
  readonly sourceId: string
}

export type Transfers = ReturnType<typeof createTransfers>

type TransfersTools = {
  readonly now: () => number
  readonly onChange: (id: number) => void
  readonly uploadedFiles: Pick<UploadedFiles, 'recordTransfer' | 'leave'>
}

/**
 * The rows of the queue. `apply` is the one writer of a transfer's state; `onChange` hears of each row that changed,
 * after its commit.
 */
export function createTransfers(database: Database, { now, onChange, uploadedFiles }: TransfersTools) {
  /** An id is given once while the engine runs: who waited for an answer may still name a row that is gone. */
  let lastId = database.prepare('SELECT coalesce(max(id), 0) FROM transfers').pluck().get() as number
  const newId = 'max(@lastId, coalesce((SELECT max(id) FROM transfers), 0)) + 1'
  const insertRow = database.prepare(`
    INSERT INTO transfers (id, uuid, account_id, purpose, folder_id, replaces, relative_path, source_path, source_id, size, content_type,
      modified_at, part_size, state, failure_kind, failure_detail, retry_at, created_at, updated_at)
    VALUES (${newId}, @uuid, @accountId, @purpose, @folderId, @replaces, @relativePath, @sourcePath, @sourceId, @size, @contentType,
      @modifiedAt, @partSize, @state, @failureKind, @failureDetail, @retryAt, @now, @now)`)
  const selectById = database.prepare('SELECT * FROM transfers WHERE id = ?')
  const selectIsRemoved = database.prepare('SELECT removed_at IS NOT NULL FROM folders WHERE id = ?').pluck()
  const updateDue = database.prepare(hotQueries.becomeDue)
  const selectSent = database.prepare(
    "SELECT * FROM transfers WHERE folder_id = ? AND state = 'completed' AND key = ? ORDER BY id DESC LIMIT 1",
  )
  const insertMoved = database.prepare(`
    INSERT INTO transfers (id, uuid, account_id, purpose, folder_id, moved_from, relative_path, source_path, source_id, size,
      content_type, modified_at, grant_id, bucket, key, part_size, state, etag, checksum, checksum_kind, version_id, receipt,
      reported_at, created_at, updated_at)
    SELECT ${newId}, @uuid, account_id, purpose, folder_id, @from, @path, @sourcePath, @sourceId, size,
      content_type, modified_at, grant_id, bucket, key, part_size, state, etag, checksum, checksum_kind, version_id, receipt,
      coalesce(reported_at, @now), @now, @now
    FROM transfers WHERE id = @id`)
  const deleteUngranted = database.prepare("DELETE FROM transfers WHERE id = ? AND state = 'queued' AND key IS NULL")
  const deleteParts = database.prepare('DELETE FROM parts WHERE transfer_id = ?')
  const deletePart = database.prepare('DELETE FROM parts WHERE transfer_id = ? AND part_number = ?')
  const insertPart = database.prepare(`
    INSERT OR REPLACE INTO parts (transfer_id, part_number, size, etag, checksum, proof)
    SELECT id, @partNumber, @size, @etag, @checksum, @proof FROM transfers WHERE id = @id AND upload_id = @uploadId`)
  const resetAttempts = database.prepare(`
    UPDATE transfers SET attempts = 0, retry_at = 0,
      failure_kind = CASE state WHEN 'queued' THEN NULL ELSE failure_kind END,
      failure_detail = CASE state WHEN 'queued' THEN NULL ELSE failure_detail END
    WHERE id = ? AND attempts > 0 AND state IN ('queued', 'paused')`)

  const read = (row: unknown): Transfer => transferRowSchema.parse(row)
  /** Few sets of columns ever change together, so each statement is prepared once. */
  const updates = new Map<string, ReturnType<Database['prepare']>>()
  function updateOf(assignments: string) {
    const update = updates.get(assignments) ?? database.prepare(`UPDATE transfers SET ${assignments} WHERE id = @id`)
    updates.set(assignments, update)
    return update
  }

  function write(id: number, changes: Changes): void {
    const { failure, ...columns } = changes
    // that the broker knows of a row too is no news of the row
    const assignments = columns.reportedAt === undefined ? ['updated_at = @updated_at'] : []
    const values: Record<string, unknown> = { id, updated_at: now() }
    for (const [name, value] of Object.entries(columns)) {
      const column = columnOf[name as keyof typeof columnOf]
      assignments.push(`${column} = @${column}`)
      values[column] = value
    }
    if (failure !== undefined) {
      assignments.push('failure_kind = @failure_kind', 'failure_detail = @failure_detail')
      values.failure_kind = failure?.kind ?? null
      values.failure_detail = failure?.detail ?? null
    }
    updateOf(assignments.join(', ')).run(values)
  }

  const isOfRemovedFolder = ({ folderId }: Transfer): boolean =>
    folderId !== null && selectIsRemoved.get(folderId) === 1

  /** Whether the row took the event. One whose folder was removed meanwhile does not begin anew. */
  function applyInside(id: number, event: TransferEvent): boolean {
    const row = selectById.get(id)
    const transition = row === undefined ? null : next(read(row), event)
    if (transition === null) return false
    write(id, transition.changes)
    if (transition.dropParts) deleteParts.run(id)
    const { state } = transition.changes
    if (state === 'completed') uploadedFiles.recordTransfer(read(selectById.get(id)))
    if (state === 'queued' && isOfRemovedFolder(read(selectById.get(id)))) applyInside(id, { type: 'cancel' })
    return true
  }

  function insertInside(transfer: NewTransfer): number {
    const { uuid, accountId, purpose, relativePath, sourcePath, sourceId, size, contentType, modifiedAt } = transfer
    const { partSize, state, failure, retryAt, folderId, replaces } = transfer
    const result = insertRow.run({
      ...{ uuid, accountId, purpose, relativePath, sourcePath, sourceId, size, contentType, modifiedAt },
      ...{ partSize, state, retryAt, folderId, replaces: replaces ? 1 : 0 },
      failureKind: failure?.kind ?? null,
      failureDetail: failure?.detail ?? null,
      ...{ lastId, now: now() },
    })
    lastId = Number(result.lastInsertRowid)
    return lastId
  }

  const inTransaction = <Value>(work: () => Value): Value => database.transaction(work)()

  return {
    ...createTransferReads(database, now),

    /** Applies an event in one transaction; null where the row's state refuses it. */
    apply(id: number, event: TransferEvent): Transfer | null {
      const changed = inTransaction(() => (applyInside(id, event) ? read(selectById.get(id)) : null))
      if (changed !== null) onChange(id)
      return changed
    },

    /**
     * Starts the same path anew: the old row is canceled and a new one queued in one transaction, which says why; but none for
     * a folder that was removed. `replaces`: it may write over the object that has the old one's key.
     */
    replace(
      id: number,
      anew: Pick<NewTransfer, 'uuid' | 'retryAt' | 'replaces'> & { readonly failure: Failure },
    ): void {
      const ids = inTransaction(() => {
        if (!applyInside(id, { type: 'sourceChanged' })) return []
        const canceled = read(selectById.get(id))
        if (isOfRemovedFolder(canceled)) return [id]
        const replaces = canceled.replaces || anew.replaces
        // its folder says when the file is still
        const why = canceled.folderId !== null && anew.failure.kind === 'source_changed' ? beingWritten : anew.failure
        return [id, insertInside({ ...canceled, ...anew, replaces, state: 'queued', failure: why })]
      })
      ids.forEach(onChange)
    },

    /**
     * Applies events to rows that are there already and then inserts rows, all in one transaction. Answers with the rows that
     * took theirs.
     */
    insertAndApply(
      added: readonly NewTransfer[],
      events: readonly { readonly id: number; readonly event: TransferEvent }[],
    ): readonly number[] {
      const { inserted, applied } = inTransaction(() => ({
        applied: events.flatMap(({ id, event }) => (applyInside(id, event) ? [id] : [])),
        inserted: added.map(insertInside),
      }))
      for (const id of [...inserted, ...applied]) onChange(id)
      return applied
    },

    /** A person cancels rows; what of them is in watched folders is then not to be found anew. Answers as `insertAndApply`. */
    cancel(ids: readonly number[]): readonly number[] {
      const canceled = inTransaction(() => {
        const taken = ids.filter((id) => applyInside(id, { type: 'cancel' }))
        for (const id of taken) uploadedFiles.leave(read(selectById.get(id)))
        return taken
      })
      for (const id of canceled) onChange(id)
      return canceled
    },

    /**
     * Saves an acknowledged part and, as it is progress, sets the attempts back. A part of an upload that the row has
     * left is ignored.
     */
    savePart(id: number, uploadId: string, part: SavedPart): void {
      inTransaction(() => {
        if (insertPart.run({ ...part, id, uploadId }).changes > 0) resetAttempts.run(id)
      })
      onChange(id)
    },

    deleteParts(id: number, partNumbers: readonly number[]): void {
      if (partNumbers.length === 0) return
      inTransaction(() => {
        for (const partNumber of partNumbers) deletePart.run(id, partNumber)
      })
      onChange(id)
    },

    /** Lets rows whose last try failed on the way to the store, or at it, try at once instead of at their time. */
    tryNow(accountId: number): void {
      updateDue.run({ accountId, now: now() })
    },

    /**
     * Notes that a file of a watched folder has another path by now: a completed row that says so, like the one that sent it,
     * if that is still there.
     */
    noteMove({ folderId, key, from, ...to }: NotedMove): void {
      const sent = selectSent.get(folderId, key)
      if (sent === undefined) return
      const { id } = read(sent)
      const result = insertMoved.run({ id, from, ...to, uuid: randomUUID(), lastId, now: now() })
      lastId = Number(result.lastInsertRowid)
      onChange(lastId)
    },

    /** Takes rows out that no grant covers, as if they had never been there. */
    forget(ids: readonly number[]): void {
      const forgotten = inTransaction(() => ids.filter((id) => deleteUngranted.run(id).changes > 0))
      for (const id of forgotten) onChange(id)
    },
  }
}
