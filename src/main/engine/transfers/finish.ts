import type { ConfirmedObject } from '../../../shared/broker-api.ts'
import type { CompletedPart, ObjectStore, StoreFailure } from '../s3/object-store.ts'
import { verificationOfParts } from '../s3/proof.ts'
import { combineCrc32 } from './crc32.ts'
import { done, failed, type GrantedTransfer, type Outcome, type UploadTools } from './run.ts'
import type { FinishedObject } from './state.ts'

/** Sends Complete for a transfer whose parts are all saved, and settles an answer that is not plain. */
export async function complete(
  transfer: GrantedTransfer & { readonly uploadId: string },
  tools: UploadTools,
): Promise<Outcome> {
  const { id, key, uploadId, size, replaces } = transfer
  tools.progress.finishing(id)
  const parts = tools.transfers.parts(id)
  if (sizeOf(parts) !== size) return { kind: 'relist', failure: { kind: 'invalid_part', detail: 'saved' } }
  const crc32 = combineCrc32(parts)
  const completed = await tools.store.completeUpload({ key, uploadId, parts, crc32, size, replaces })
  if (completed.ok) {
    tools.transfers.apply(id, { type: 'completed', object: { ...completed.value, checksum: crc32 } })
    tools.onSaved()
    return done
  }
  const { failure } = completed
  switch (failure.kind) {
    case 'invalid_part':
      // refused again although the parts were listed since and agreed: this upload cannot be finished
      return transfer.failure?.kind === 'invalid_part' ? giveUp(transfer, failure, tools) : { kind: 'relist', failure }
    case 'checksum_mismatch':
      return giveUp(transfer, failure, tools)
    case 'conflict':
    case 'exists':
    case 'upload_lost':
      return askBroker(transfer, crc32, tools, failure)
    case 'server':
    case 'timeout':
      return failure.unclear ? askBroker(transfer, crc32, tools, failure) : failed(failure)
    default:
      return failed(failure)
  }
}

/** Begins anew, without the upload that the store will not finish; if the Abort does not reach it, the lifecycle rule takes it. */
async function giveUp(
  { key, uploadId }: GrantedTransfer & { readonly uploadId: string },
  failure: StoreFailure,
  { store }: UploadTools,
): Promise<Outcome> {
  await store.abortUpload({ key, uploadId })
  return { kind: 'restart', failure }
}

/**
 * The store did not say plainly what became of the object, so the broker looks. Absent means that the upload is gone
 * only where the store said so (`upload_lost`, `conflict`); after any other answer it may still be there with all its
 * parts, and Complete is sent again.
 */
export async function askBroker(
  transfer: GrantedTransfer,
  crc32: string,
  { transfers, store, confirm }: UploadTools,
  failure: StoreFailure,
): Promise<Outcome> {
  const { key, size, uploadId } = transfer
  const confirmed = await confirm({ key, size, crc32 })
  if (!confirmed.ok) return failed(confirmed.failure)
  switch (confirmed.value.outcome) {
    case 'same':
      // a key that was taken leaves the upload behind; if this does not reach the store, the lifecycle rule takes it
      if (failure.kind === 'exists' && uploadId !== null) await store.abortUpload({ key, uploadId })
      transfers.apply(transfer.id, {
        type: 'completed',
        object: confirmedObject(confirmed.value, transfers.parts(transfer.id), crc32, store),
      })
      return done
    case 'different':
      return failed({ kind: 'exists', detail: null })
    case 'absent':
      if (failure.kind === 'upload_lost' || failure.kind === 'conflict') return { kind: 'restart', failure }
      return failed({ ...failure, kind: 'server' })
  }
}

/** What the broker saw in the bucket of a store, as the row keeps it; `parts` are those that the object was joined from. */
export const confirmedObject = (
  { etag, crc32, versionId }: Extract<ConfirmedObject, { outcome: 'same' }>,
  parts: readonly CompletedPart[],
  checksum: string,
  { etagsAreMd5 }: Pick<ObjectStore, 'etagsAreMd5'>,
): FinishedObject => ({
  etag,
  checksum,
  verification: verificationOfParts({ etag, crc32 }, parts, checksum, etagsAreMd5) ?? 'size',
  versionId,
})

export const sizeOf = (parts: readonly { readonly size: number }[]): number =>
  parts.reduce((sum, part) => sum + part.size, 0)
