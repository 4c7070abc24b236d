import type { ConfirmedObject } from '../../../shared/broker-api.ts'
import type { Failure, Result, ServerFailure } from '../../../shared/failure.ts'
import type { Transfers } from '../db/transfers.ts'
import type { ObjectStore } from '../s3/object-store.ts'
import type { Progress } from './progress.ts'
import type { Slots } from './slots.ts'
import type { Transfer } from './state.ts'

/** A transfer that the broker gave a place. */
export type GrantedTransfer = Transfer & {
  readonly grantId: number
  readonly bucket: string
  readonly key: string
  readonly sourceId: string
}

/** What the work on one transfer needs; the store and `confirm` are those of its grant. */
export type UploadTools = {
  readonly transfers: Transfers
  readonly store: ObjectStore
  readonly slots: Slots
  readonly progress: Progress
  /**
   * Asks the broker what is in the bucket under the transfer's key; with a CRC32 of null it compares the sizes. To a transfer
   * that replaces, another object is none: it is what will be replaced.
   */
  confirm(object: {
    readonly key: string
    readonly size: number
    readonly crc32: string | null
  }): Promise<Result<ConfirmedObject, ServerFailure>>
  /** The store took bytes, and that is saved. */
  onSaved(): void
}

/**
 * How a run on a transfer ended. `done`: its row says all that is to say. `restart`: the upload is gone at the store,
 * the key stays. `sourceChanged`: another file is at the path; `leftObject`: what seems to be its former content is at the
 * store under the row's key. `relist`: the store's parts are not what the row says.
 */
export type Outcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'sourceChanged'; readonly leftObject?: boolean }
  | { readonly kind: 'restart'; readonly failure: Failure }
  | { readonly kind: 'relist'; readonly failure: Failure }
  | {
      readonly kind: 'failed'
      readonly failure: Failure
      readonly retryAfter: number | null
      /** Whose failure it was; the way: it broke before an answer came. */
      readonly from: 'broker' | 'store' | 'way'
    }

export const done: Outcome = { kind: 'done' }
export const stopped: Outcome = { kind: 'stopped' }
export const sourceChanged = { kind: 'sourceChanged' } as const satisfies Outcome
export const failed = ({
  kind,
  detail,
  retryAfter = null,
  from = 'store',
}: Failure & { readonly retryAfter?: number | null; readonly from?: 'broker' | 'store' | 'way' }): Outcome => ({
  kind: 'failed',
  failure: { kind, detail },
  retryAfter,
  from,
})
