import { z } from 'zod'
import { type Proof, type TransferFilter, transferStates } from '../../../shared/transfer.ts'
import type { Transfer } from '../transfers/state.ts'
import type { Database } from './database.ts'
import { acknowledgedOf, hotQueries, listSql } from './transfer-queries.ts'
import { transferRowSchema } from './transfer-row.ts'

/** A part that S3 acknowledged. `checksum` is the CRC32 of its bytes, base64. */
export type SavedPart = {
  readonly partNumber: number
  readonly size: number
  readonly etag: string
  readonly checksum: string
  readonly proof: Proof
}

/** What a page of the list asks for; `running` are the row ids that the engine works on. */
export type ListRequest = {
  readonly accountId: number
  readonly filter: TransferFilter
  readonly search: string
  readonly running: readonly number[]
}

/** Which due rows can be worked on. */
export type RunnableRequest = {
  readonly accountId: number
  /** Row ids that are worked on already. */
  readonly running: readonly number[]
  /** The only row ids that are asked for, best first; null: all. */
  readonly among: readonly number[] | null
  /** Addresses of stores whose rows are left out, or the only ones whose rows are asked for. */
  readonly stores: { readonly except: readonly string[] } | { readonly only: readonly string[] }
  /** Whether rows without a grant are asked for. */
  readonly ungranted: boolean
  /** Grants whose rows are left out, or the only ones whose rows are asked for. */
  readonly grants: { readonly except: readonly number[] } | { readonly only: readonly number[] }
  readonly limit: number
}

/** Rows that one grant can cover. */
export type UngrantedRequest = Pick<Transfer, 'accountId' | 'purpose' | 'folderId'>

/** A row and the bytes of it that S3 acknowledged. */
export type ListedTransfer = { readonly transfer: Transfer; readonly acknowledged: number }

/** Per state: how many rows, their bytes, and the acknowledged bytes of those that are not finished. */
export type Totals = ReadonlyMap<
  Transfer['state'],
  { readonly count: number; readonly size: number; readonly acknowledged: number }
>

/** What is asked of the rows of the queue; nothing here changes them. */
export function createTransferReads(database: Database, now: () => number) {
  const selectById = database.prepare('SELECT * FROM transfers WHERE id = ?')
  const selectByUuid = database.prepare(hotQueries.byUuid)
  const selectOpenBySource = database.prepare(hotQueries.openBySource)
  const selectRunnable = database.prepare(hotQueries.runnable)
  const selectRunnableAmong = database.prepare(hotQueries.runnableAmong)
  const selectAway = database.prepare(hotQueries.away)
  const selectUngranted = database.prepare(hotQueries.ungranted)
  const selectBeingWritten = database.prepare(hotQueries.beingWritten)
  const selectNewsOfFolders = database.prepare(hotQueries.newsOfFolders)
  const selectNextRetry = database.prepare(hotQueries.nextRetry)
  const selectUnreported = database.prepare(hotQueries.unreported)
  const selectTotals = database.prepare(hotQueries.totals)
  const selectParts = database.prepare(hotQueries.parts)
  const selectListed = database.prepare(
    `SELECT t.*, ${acknowledgedOf('t')} AS acknowledged FROM transfers t WHERE t.id = ?`,
  )

  const read = (row: unknown): Transfer => transferRowSchema.parse(row)
  const readListed = (row: unknown): ListedTransfer => ({
    transfer: read(row),
    acknowledged: z.object({ acknowledged: z.int() }).parse(row).acknowledged,
  })

  return {
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

    /** Rows of one account that are due, best first. */
    runnable({ accountId, running, among, stores, ungranted, grants, limit }: RunnableRequest): readonly Transfer[] {
      const values = {
        ...{ accountId, limit, now: now(), running: JSON.stringify(running), ungranted: ungranted ? 1 : 0 },
        ...{ onlyStores: 'only' in stores ? 1 : 0, onlyGrants: 'only' in grants ? 1 : 0 },
        stores: JSON.stringify('only' in stores ? stores.only : stores.except),
        grants: JSON.stringify('only' in grants ? grants.only : grants.except),
      }
      const rows =
        among === null
          ? selectRunnable.all(values)
          : selectRunnableAmong.all({ ...values, among: JSON.stringify(among) })
      return rows.map(read)
    },

    /** Rows after row `after` that wait for their source to come back. */
    away(accountId: number, after: number, limit: number): readonly Transfer[] {
      return selectAway.all({ accountId, after, limit }).map(read)
    },

    /** Due rows of one purpose, and of one watched folder or of none, that no grant covers yet. */
    ungranted({ accountId, purpose, folderId }: UngrantedRequest, limit: number): readonly Transfer[] {
      return selectUngranted.all({ accountId, now: now(), purpose, folderId, limit }).map(read)
    },

    /** Rows of a watched folder, after row `after`, whose files other programs write. */
    beingWritten(folderId: number, after: number, limit: number): readonly Transfer[] {
      return selectBeingWritten.all({ folderId, after, limit }).map(read)
    },

    /** Those of the rows that concern the watched folder that they are of: completed, their files gone, or their keys taken. */
    newsOfFolders(ids: readonly number[]): readonly Transfer[] {
      return selectNewsOfFolders.all({ ids: JSON.stringify(ids) }).map(read)
    },

    /** When the next row that is not due yet will be (epoch ms); null if none waits. */
    nextRetryAt(accountId: number): number | null {
      return (selectNextRetry.get({ accountId, now: now() }) as { retryAt: number | null }).retryAt
    },

    /** Completed rows that the broker was not told of yet, after row `after`. */
    unreported(accountId: number, after: number, limit: number): readonly Transfer[] {
      return selectUnreported.all({ accountId, after, limit }).map(read)
    },

    /** All rows that are in one of the states. */
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
      const rows = selectTotals.all({ accountId })
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
