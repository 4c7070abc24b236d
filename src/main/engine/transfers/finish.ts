import type { ConfirmedObject } from '../../../shared/broker-api.ts'
import type { StoredObject, StoreFailure } from '../s3/object-store.ts'
import { combineCrc32 } from './crc32.ts'
import { planParts } from './part-plan.ts'
import { done, failed, type GrantedTransfer, type Outcome, type UploadTools } from './run.ts'
import type { FinishedObject } from './state.ts'

/** Sends Complete for a transfer whose parts are all saved, and settles an answer that is not plain. */
export async function complete(
  transfer: GrantedTransfer & { readonly uploadId: string },
  tools: UploadTools,
): Promise<Outcome> {
  const { id, key, uploadId, size } = transfer
  tools.progress.finishing(id)
  const parts = tools.transfers.parts(id)
  if (sizeOf(parts) !== size) return { kind: 'relist', failure: { kind: 'invalid_part', detail: 'saved' } }
  const crc32 = combineCrc32(parts)
  const completed = await tools.store.completeUpload({ key, uploadId, parts, crc32, size })
  if (completed.ok) {
    if (!isClear(completed.value, crc32)) return askBroker(transfer, crc32, tools, null)
    tools.onAcknowledged()
    tools.transfers.apply(id, { type: 'completed', object: finishedObject(completed.value, crc32) })
    return done
  }
  const { failure } = completed
  switch (failure.kind) {
    case 'invalid_part':
      return { kind: 'relist', failure }
    case 'conflict':
    case 'checksum_mismatch':
      return { kind: 'restart', failure }
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

/** Throws the upload of a canceled transfer away, unless it is finished already: success wins. */
export async function abort(
  transfer: GrantedTransfer & { readonly uploadId: string },
  tools: UploadTools,
): Promise<Outcome> {
  const { id, key, uploadId, size, partSize } = transfer
  const parts = tools.transfers.parts(id)
  if (parts.length === planParts(size, partSize).length) {
    const confirmed = await tools.confirm({ key, size, crc32: combineCrc32(parts) })
    if (!confirmed.ok) return failed(confirmed.failure)
    if (confirmed.value.outcome === 'same') {
      tools.transfers.apply(id, { type: 'completed', object: confirmedObject(confirmed.value, combineCrc32(parts)) })
      return done
    }
  }
  const aborted = await tools.store.abortUpload({ key, uploadId })
  if (!aborted.ok) return failed(aborted.failure)
  tools.transfers.apply(id, { type: 'aborted' })
  return done
}

/**
 * The store did not say plainly what became of the object, so the broker looks. Absent means that the upload is gone
 * only where the store said so (`upload_lost`); after any other answer it may still be there with all its parts, and
 * Complete is sent again.
 */
export async function askBroker(
  transfer: GrantedTransfer,
  crc32: string,
  { transfers, confirm }: UploadTools,
  failure: StoreFailure | null,
): Promise<Outcome> {
  const confirmed = await confirm({ key: transfer.key, size: transfer.size, crc32 })
  if (!confirmed.ok) return failed(confirmed.failure)
  switch (confirmed.value.outcome) {
    case 'same':
      transfers.apply(transfer.id, { type: 'completed', object: confirmedObject(confirmed.value, crc32) })
      return done
    case 'different':
      return failed({ kind: 'exists', detail: null })
    case 'absent':
      if (failure?.kind === 'upload_lost') return { kind: 'restart', failure }
      return failed({ kind: 'server', detail: failure?.detail ?? 'unclear', retryAfter: failure?.retryAfter ?? null })
  }
}

/** Whether the store's answer to a finished write leaves nothing to ask: it names the object, and no other checksum. */
export const isClear = (object: StoredObject, crc32: string): boolean =>
  object.etag !== '' && (object.crc32 === null || object.crc32 === crc32)

export const finishedObject = ({ etag, crc32, versionId }: StoredObject, checksum: string): FinishedObject => ({
  etag,
  checksum,
  verification: crc32 === checksum ? 'checksum' : 'size',
  versionId,
})

const confirmedObject = (
  { etag, crc32, versionId }: Extract<ConfirmedObject, { outcome: 'same' }>,
  checksum: string,
): FinishedObject => finishedObject({ etag, crc32, versionId }, checksum)

export const sizeOf = (parts: readonly { readonly size: number }[]): number =>
  parts.reduce((sum, part) => sum + part.size, 0)
