import { z } from 'zod'
import { type Failure, failureKindSchema } from '../../../shared/failure.ts'
import { type TransferFilter, transferStates, verifications } from '../../../shared/transfer.ts'
import { type Changes, next, type Transfer, type TransferEvent } from '../transfers/state.ts'
import type { Database } from './database.ts'

/** A part that S3 acknowledged. `checksum` is the CRC32 of its bytes, base64. */
export type SavedPart = {
  readonly partNumber: number
  readonly size: number
  readonly etag: string
  readonly checksum: string
}

export type NewTransfer = Pick<
  Transfer,
  'uuid' | 'accountId' | 'purpose' | 'relativePath' | 'sourcePath' | 'size' | 'contentType' | 'modifiedAt' | 'partSize'
> & { readonly sourceId: string | null; readonly state: 'queued' | 'failed' } & Pick<Transfer, 'failure' | 'retryAt'>

/** What a page of the list asks for; `running` are the row ids that the engine works on. */
export type ListRequest = {
  readonly accountId: number
  readonly filter: TransferFilter
  readonly search: string
  readonly running: readonly number[]
}

/** A row and the bytes of it that S3 acknowledged. */
export type ListedTransfer = { readonly transfer: Transfer; readonly acknowledged: number }

/** Per state: how many rows, their bytes, and the acknowledged bytes of those that are not finished. */
export type Totals = ReadonlyMap<
  Transfer['state'],
  { readonly count: number; readonly size: number; readonly acknowledged: number }
>

/** A `retry_at` further ahead than this (ms) was written under another clock: the row is due. Twice the longest backoff would do as well. */
const furthestRetry = 5 * 60_000

const nullableText = z.string().nullable()
const nullableInteger = z.int().nullable()

const rowSchema = z
  .object({
    id: z.int(),
    uuid: z.string(),
    account_id: z.int(),
    purpose: z.string(),
    folder_id: nullableInteger,
    relative_path: z.string(),
    source_path: z.string(),
    source_id: nullableText,
    size: z.int(),
    content_type: z.string(),
    modified_at: z.int(),
    grant_id: nullableInteger,
    bucket: nullableText,
    key: nullableText,
    part_size: z.int(),
    state: z.enum(transferStates),
    upload_id: nullableText,
    abort_at: nullableInteger,
    attempts: z.int(),
    retry_at: z.int(),
    priority: z.int(),
    failure_kind: failureKindSchema.nullable(),
    failure_detail: nullableText,
    etag: nullableText,
    checksum: nullableText,
    checksum_kind: z.enum(verifications).nullable(),
    version_id: nullableText,
    receipt: nullableText,
    reported_at: nullableInteger,
    created_at: z.int(),
    updated_at: z.int(),
  })
  .transform(
    (row): Transfer => ({
      id: row.id,
      uuid: row.uuid,
      accountId: row.account_id,
      purpose: row.purpose,
      folderId: row.folder_id,
      relativePath: row.relative_path,
      sourcePath: row.source_path,
      sourceId: row.source_id,
      size: row.size,
      contentType: row.content_type,
      modifiedAt: row.modified_at,
      grantId: row.grant_id,
      bucket: row.bucket,
      key: row.key,
      partSize: row.part_size,
      state: row.state,
      uploadId: row.upload_id,
      abortAt: row.abort_at,
      attempts: row.attempts,
      retryAt: row.retry_at,
      priority: row.priority,
      failure: row.failure_kind === null ? null : { kind: row.failure_kind, detail: row.failure_detail },
      etag: row.etag,
      checksum: row.checksum,
      verification: row.checksum_kind,
      versionId: row.version_id,
      receipt: row.receipt,
      reportedAt: row.reported_at,
      createdAt: row.created_at,
      updatedAt: row.updated_at,
    }),
  )

const columnOf: Readonly<Record<Exclude<keyof Changes, 'failure'>, string>> = {
  purpose: 'purpose',
  folderId: 'folder_id',
  relativePath: 'relative_path',
  sourcePath: 'source_path',
  sourceId: 'source_id',
  size: 'size',
  contentType: 'content_type',
  modifiedAt: 'modified_at',
  grantId: 'grant_id',
  bucket: 'bucket',
  key: 'key',
  partSize: 'part_size',
  state: 'state',
  uploadId: 'upload_id',
  abortAt: 'abort_at',
  attempts: 'attempts',
  retryAt: 'retry_at',
  priority: 'priority',
  etag: 'etag',
  checksum: 'checksum',
  verification: 'checksum_kind',
  versionId: 'version_id',
  receipt: 'receipt',
  reportedAt: 'reported_at',
}

const filterSql: Readonly<Record<TransferFilter, string>> = {
  all: 'list_rank < 5',
  failed: 'list_rank = 0',
  active: 'id IN (SELECT value FROM json_each(@running)) AND list_rank IN (1, 2)',
  waiting: 'list_rank IN (1, 2) AND id NOT IN (SELECT value FROM json_each(@running))',
  paused: 'list_rank = 3',
  completed: 'list_rank = 4',
}

/** A page of the list, or how many rows all its pages have. */
const listSql = (filter: TransferFilter, select: 'rows' | 'count'): string => `
  SELECT ${select === 'rows' ? `t.*, ${acknowledgedOf('t')} AS acknowledged` : 'count(*) AS total'} FROM transfers t
  WHERE account_id = @accountId AND ${filterSql[filter]}
    AND (@search = '' OR instr(lower(relative_path), lower(@search)) > 0)
  ${select === 'rows' ? 'ORDER BY list_rank, priority DESC, id LIMIT @limit OFFSET @offset' : ''}`

/** The SQL of the hot queries, here so that a test can hold their plans against the indexes. */
export const hotQueries = {
  runnable: `
    SELECT * FROM transfers INDEXED BY transfers_runnable
    WHERE state IN ('queued', 'completing', 'canceling') AND account_id = @accountId
      AND (retry_at <= @now OR retry_at > @now + ${furthestRetry})
      AND id NOT IN (SELECT value FROM json_each(@running))
    ORDER BY priority DESC, id LIMIT @limit`,
  ungranted: `
    SELECT * FROM transfers INDEXED BY transfers_runnable
    WHERE state IN ('queued', 'completing', 'canceling') AND state = 'queued'
      AND account_id = @accountId AND key IS NULL AND purpose = @purpose
      AND (retry_at <= @now OR retry_at > @now + ${furthestRetry})
    ORDER BY priority DESC, id LIMIT @limit`,
  nextRetry: `
    SELECT min(retry_at) AS retryAt FROM transfers INDEXED BY transfers_due
    WHERE state IN ('queued', 'completing', 'canceling') AND account_id = @accountId AND retry_at > @now`,
  unreported: `
    SELECT * FROM transfers INDEXED BY transfers_unreported
    WHERE state = 'completed' AND reported_at IS NULL AND account_id = @accountId AND id > @after ORDER BY id LIMIT @limit`,
  openBySource: `
    SELECT * FROM transfers
    WHERE account_id = @accountId AND purpose = @purpose AND source_path = @sourcePath
      AND state IN ('queued', 'completing', 'paused', 'failed')`,
  byUuid: `SELECT * FROM transfers WHERE uuid = @uuid AND account_id = @accountId`,
  list: listSql('all', 'rows'),
  parts: `
    SELECT part_number AS partNumber, size, etag, checksum FROM parts WHERE transfer_id = @id ORDER BY part_number`,
} as const

function acknowledgedOf(table: string): string {
  return `CASE ${table}.state WHEN 'completed' THEN ${table}.size
    ELSE (SELECT coalesce(sum(parts.size), 0) FROM parts WHERE parts.transfer_id = ${table}.id) END`
}

export type Transfers = ReturnType<typeof createTransfers>

/**
 * The rows of the queue. `apply` is the one writer of a transfer's state; `onChange` hears of each row that changed,
 * after its commit.
 */
export function createTransfers(
  database: Database,
  { now, onChange }: { now: () => number; onChange: (id: number) => void },
) {
  const insertRow = database.prepare(`
    INSERT INTO transfers (uuid, account_id, purpose, relative_path, source_path, source_id, size, content_type,
      modified_at, part_size, state, failure_kind, failure_detail, retry_at, created_at, updated_at)
    VALUES (@uuid, @accountId, @purpose, @relativePath, @sourcePath, @sourceId, @size, @contentType,
      @modifiedAt, @partSize, @state, @failureKind, @failureDetail, @retryAt, @now, @now)`)
  const selectById = database.prepare('SELECT * FROM transfers WHERE id = ?')
  const selectByUuid = database.prepare(hotQueries.byUuid)
  const selectOpenBySource = database.prepare(hotQueries.openBySource)
  const selectRunnable = database.prepare(hotQueries.runnable)
  const selectUngranted = database.prepare(hotQueries.ungranted)
  const selectNextRetry = database.prepare(hotQueries.nextRetry)
  const selectUnreported = database.prepare(hotQueries.unreported)
  const selectParts = database.prepare(hotQueries.parts)
  const selectListed = database.prepare(
    `SELECT t.*, ${acknowledgedOf('t')} AS acknowledged FROM transfers t WHERE t.id = ?`,
  )
  const deleteParts = database.prepare('DELETE FROM parts WHERE transfer_id = ?')
  const deletePart = database.prepare('DELETE FROM parts WHERE transfer_id = ? AND part_number = ?')
  const insertPart = database.prepare(`
    INSERT OR REPLACE INTO parts (transfer_id, part_number, size, etag, checksum)
    SELECT id, @partNumber, @size, @etag, @checksum FROM transfers WHERE id = @id AND upload_id = @uploadId`)
  const resetAttempts = database.prepare(`
    UPDATE transfers SET attempts = 0, retry_at = 0,
      failure_kind = CASE state WHEN 'queued' THEN NULL ELSE failure_kind END,
      failure_detail = CASE state WHEN 'queued' THEN NULL ELSE failure_detail END
    WHERE id = ? AND attempts > 0 AND state IN ('queued', 'paused')`)

  const read = (row: unknown): Transfer => rowSchema.parse(row)
  const readListed = (row: unknown): ListedTransfer => ({
    transfer: read(row),
    acknowledged: z.object({ acknowledged: z.int() }).parse(row).acknowledged,
  })

  function write(id: number, changes: Changes): void {
    const { failure, ...columns } = changes
    const assignments: string[] = ['updated_at = @updated_at']
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
    database.prepare(`UPDATE transfers SET ${assignments.join(', ')} WHERE id = @id`).run(values)
  }

  function applyInside(id: number, event: TransferEvent): Transfer | null {
    const row = selectById.get(id)
    if (row === undefined) return null
    const transition = next(read(row), event)
    if (transition === null) return null
    write(id, transition.changes)
    if (transition.dropParts) deleteParts.run(id)
    return read(selectById.get(id))
  }

  function insertInside(transfer: NewTransfer): number {
    const { uuid, accountId, purpose, relativePath, sourcePath, sourceId, size, contentType, modifiedAt } = transfer
    const { partSize, state, failure, retryAt } = transfer
    const result = insertRow.run({
      ...{ uuid, accountId, purpose, relativePath, sourcePath, sourceId, size, contentType, modifiedAt },
      ...{ partSize, state, retryAt },
      failureKind: failure?.kind ?? null,
      failureDetail: failure?.detail ?? null,
      now: now(),
    })
    return Number(result.lastInsertRowid)
  }

  const inTransaction = <Value>(work: () => Value): Value => database.transaction(work)()

  return {
    /** Applies an event in one transaction; null where the row's state refuses it. */
    apply(id: number, event: TransferEvent): Transfer | null {
      const changed = inTransaction(() => applyInside(id, event))
      if (changed !== null) onChange(id)
      return changed
    },

    /**
     * Starts the same path anew: the old row is canceled and a new one queued in one transaction, which says why.
     */
    replace(id: number, uuid: string, failure: Failure, retryAt: number): void {
      const ids = inTransaction(() => {
        const canceled = applyInside(id, { type: 'sourceChanged' })
        return canceled === null ? [] : [id, insertInside({ ...canceled, uuid, state: 'queued', failure, retryAt })]
      })
      ids.forEach(onChange)
    },

    /** Inserts rows and applies events to rows that are there already, all in one transaction. */
    insertAndApply(
      added: readonly NewTransfer[],
      events: readonly { readonly id: number; readonly event: TransferEvent }[],
    ): void {
      const ids = inTransaction(() => [
        ...added.map(insertInside),
        ...events.flatMap(({ id, event }) => (applyInside(id, event) === null ? [] : [id])),
      ])
      ids.forEach(onChange)
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

    parts(id: number): readonly SavedPart[] {
      return selectParts.all({ id }) as SavedPart[]
    },

    byId(id: number): Transfer | null {
      const row = selectById.get(id)
      return row === undefined ? null : read(row)
    },

    byUuid(accountId: number, uuid: string): Transfer | null {
      const row = selectByUuid.get({ accountId, uuid })
      return row === undefined ? null : read(row)
    },

    openBySource(accountId: number, purpose: string, sourcePath: string): Transfer | null {
      const row = selectOpenBySource.get({ accountId, purpose, sourcePath })
      return row === undefined ? null : read(row)
    },

    /** Rows of one account that are due, best first, without those that run already. */
    runnable(accountId: number, running: readonly number[], limit: number): readonly Transfer[] {
      return selectRunnable.all({ accountId, now: now(), running: JSON.stringify(running), limit }).map(read)
    },

    /** Due rows that no grant covers yet. */
    ungranted(accountId: number, purpose: string, limit: number): readonly Transfer[] {
      return selectUngranted.all({ accountId, now: now(), purpose, limit }).map(read)
    },

    /** When the next row that is not due yet will be (epoch ms); null if none waits. */
    nextRetryAt(accountId: number): number | null {
      return (selectNextRetry.get({ accountId, now: now() }) as { retryAt: number | null }).retryAt
    },

    /** Completed rows that the broker was not told of yet, after row `after`. */
    unreported(accountId: number, after: number, limit: number): readonly Transfer[] {
      return selectUnreported.all({ accountId, after, limit }).map(read)
    },

    /** The uuids of all rows that are in one of the states. */
    inStates(accountId: number, states: readonly Transfer['state'][]): readonly Transfer[] {
      return database
        .prepare('SELECT * FROM transfers WHERE account_id = ? AND state IN (SELECT value FROM json_each(?))')
        .all(accountId, JSON.stringify(states))
        .map(read)
    },

    listed(id: number): ListedTransfer | null {
      const row = selectListed.get(id)
      return row === undefined ? null : readListed(row)
    },

    page(
      request: ListRequest,
      offset: number,
      limit: number,
    ): { readonly rows: readonly ListedTransfer[]; readonly total: number } {
      const values = {
        accountId: request.accountId,
        search: request.search,
        running: JSON.stringify(request.running),
      }
      const rows = database.prepare(listSql(request.filter, 'rows')).all({ ...values, limit, offset })
      const { total } = database.prepare(listSql(request.filter, 'count')).get(values) as { total: number }
      return { rows: rows.map(readListed), total }
    },

    totals(accountId: number): Totals {
      const rows = database
        .prepare(`
          SELECT state, count(*) AS count, sum(size) AS size, sum(${acknowledgedOf('t')}) AS acknowledged
          FROM transfers t WHERE account_id = ? GROUP BY state`)
        .all(accountId)
      const schema = z.object({
        state: z.enum(transferStates),
        count: z.int(),
        size: z.int(),
        acknowledged: z.int(),
      })
      return new Map(
        rows.map((row) => {
          const { state, ...total } = schema.parse(row)
          return [state, total]
        }),
      )
    },
  }
}
