import type { TransferFilter } from '../../../shared/transfer.ts'

/** A `retry_at` further ahead than this (ms) was written under another clock: the row is due. Twice the longest backoff would do as well. */
const furthestRetry = 5 * 60_000

const filterSql: Readonly<Record<TransferFilter, string>> = {
  all: 'list_rank < 5',
  failed: 'list_rank = 0',
  active: `state IN ('queued', 'completing') AND id IN (SELECT value FROM json_each(@running))`,
  waiting: `(state = 'canceling' OR state IN ('queued', 'completing') AND id NOT IN (SELECT value FROM json_each(@running)))`,
  paused: 'list_rank = 3',
  completed: 'list_rank = 4',
}

/** A page of the list, or how many rows all its pages have. */
export const listSql = (filter: TransferFilter, select: 'rows' | 'count'): string => `
  SELECT ${select === 'rows' ? `t.*, ${acknowledgedOf('t')} AS acknowledged` : 'count(*) AS total'} FROM transfers t
  WHERE account_id = @accountId AND ${filterSql[filter]}
    AND (@search = '' OR instr(lower(relative_path), lower(@search)) > 0)
  ${select === 'rows' ? 'ORDER BY list_rank, priority DESC, id LIMIT @limit OFFSET @offset' : ''}`

/** What makes a row runnable, but for its index. */
const isRunnable = `
    state IN ('queued', 'completing', 'canceling') AND account_id = @accountId
      AND (retry_at <= @now OR retry_at > @now + ${furthestRetry})
      AND failure_kind IS NOT 'being_written'
      AND transfers.id NOT IN (SELECT value FROM json_each(@running))
      AND CASE WHEN grant_id IS NULL THEN @ungranted ELSE
        (grant_id IN (SELECT value FROM json_each(@grants))) = @onlyGrants
        AND ((SELECT address FROM grants WHERE grants.id = grant_id) IN (SELECT value FROM json_each(@stores))) = @onlyStores
        END`

/** The SQL of the hot queries, here so that a test can hold their plans against the indexes. */
export const hotQueries = {
  runnable: `
    SELECT * FROM transfers INDEXED BY transfers_runnable
    WHERE ${isRunnable}
    ORDER BY priority DESC, id LIMIT @limit`,
  runnableAmong: `
    SELECT transfers.* FROM json_each(@among) CROSS JOIN transfers ON transfers.id = json_each.value
    WHERE ${isRunnable}
    ORDER BY json_each.rowid LIMIT @limit`,
  away: `
    SELECT * FROM transfers INDEXED BY transfers_away
    WHERE state = 'queued' AND failure_kind = 'source_missing' AND account_id = @accountId AND id > @after
    ORDER BY id LIMIT @limit`,
  becomeDue: `
    UPDATE transfers INDEXED BY transfers_due SET retry_at = 0
    WHERE state IN ('queued', 'completing', 'canceling') AND account_id = @accountId AND retry_at > @now
      AND failure_kind IN ('offline', 'timeout', 'server', 'source_missing')`,
  ungranted: `
    SELECT * FROM transfers INDEXED BY transfers_runnable
    WHERE state IN ('queued', 'completing', 'canceling') AND state = 'queued'
      AND account_id = @accountId AND key IS NULL AND purpose = @purpose AND folder_id IS @folderId
      AND failure_kind IS NOT 'being_written'
      AND (retry_at <= @now OR retry_at > @now + ${furthestRetry})
    ORDER BY priority DESC, id LIMIT @limit`,
  beingWritten: `
    SELECT * FROM transfers INDEXED BY transfers_being_written
    WHERE state = 'queued' AND failure_kind = 'being_written' AND folder_id = @folderId AND id > @after
    ORDER BY id LIMIT @limit`,
  newsOfFolders: `
    SELECT transfers.* FROM json_each(@ids) CROSS JOIN transfers ON transfers.id = json_each.value
    WHERE folder_id IS NOT NULL AND (state = 'completed' OR failure_kind IN ('source_missing', 'exists'))`,
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
  totals: `
    SELECT state, count(*) AS count, sum(size) AS size, sum(${acknowledgedOf('t')}) AS acknowledged
    FROM transfers t INDEXED BY transfers_totals WHERE account_id = @accountId GROUP BY state`,
  parts: `
    SELECT part_number AS partNumber, size, etag, checksum, proof FROM parts WHERE transfer_id = @id ORDER BY part_number`,
} as const

/** The bytes of a row that S3 acknowledged, as SQL. */
export function acknowledgedOf(table: string): string {
  return `CASE ${table}.state WHEN 'completed' THEN ${table}.size
    ELSE (SELECT coalesce(sum(parts.size), 0) FROM parts WHERE parts.transfer_id = ${table}.id) END`
}
