import type { ConfirmedObject } from '../../../shared/broker-api.ts'
import type { Failure, Result } from '../../../shared/failure.ts'
import type { Transfers } from '../db/transfers.ts'
import type { ObjectFacts, ObjectStore, StoredObject, StoreFailure } from '../s3/object-store.ts'
import { combineCrc32, crc32Of } from './crc32.ts'
import { isSingleRequest, type PlannedPart, planParts } from './part-plan.ts'
import type { Progress } from './progress.ts'
import { reconcile } from './reconcile.ts'
import type { Slot, Slots } from './slots.ts'
import {
  compareSources,
  lookAtSource,
  type OtherSource,
  openSource,
  type SourceFile,
  sourceIdOf,
} from './source-file.ts'
import type { FinishedObject, Transfer } from './state.ts'

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
  /** Asks the broker what is in the bucket under the transfer's key. */
  confirm(object: {
    readonly key: string
    readonly size: number
    readonly crc32: string
  }): Promise<Result<ConfirmedObject>>
  /** The store took bytes: the way to it is open. */
  onAcknowledged(): void
}

/**
 * How a run on a transfer ended. `done`: its row says all that is to say. `restart`: the upload is gone at the store,
 * the key stays. `sourceChanged`: another file is at the path. `relist`: the store's parts are not what the row says.
 */
export type Outcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'sourceChanged' }
  | { readonly kind: 'restart'; readonly failure: Failure }
  | { readonly kind: 'relist'; readonly failure: Failure }
  | { readonly kind: 'failed'; readonly failure: Failure; readonly retryAfter: number | null }

const done: Outcome = { kind: 'done' }
const stopped: Outcome = { kind: 'stopped' }
const sourceChanged: Outcome = { kind: 'sourceChanged' }
const failed = (failure: Failure & { readonly retryAfter?: number | null }): Outcome => ({
  kind: 'failed',
  failure: { kind: failure.kind, detail: failure.detail },
  retryAfter: failure.retryAfter ?? null,
})

/** What another file at the path means. In doubt the row is tried again, and the next run compares what is saved. */
const otherSource = (other: OtherSource): Outcome =>
  other === 'changed' ? sourceChanged : failed({ kind: 'source_changed', detail: null })

/** Of one part: after so many different readings, the file or the memory is not to be trusted. */
const mostReadings = 3

/**
 * Brings a queued transfer on, as far as it can: to completed in the best case. Saves each step before it takes the
 * next. The signal stops it between requests and ends parts on the wire, but never a Create, Complete or PutObject.
 */
export async function upload(transfer: GrantedTransfer, tools: UploadTools, signal: AbortSignal): Promise<Outcome> {
  try {
    const settled = await settleSource(transfer, tools, signal)
    if (typeof settled !== 'string') return settled
    const source = await openSource(transfer.sourcePath, settled)
    if (!source.ok) return failed(source.failure)
    if (typeof source.value === 'string') return otherSource(source.value)
    try {
      return isSingleRequest(transfer.size, transfer.partSize)
        ? await putWhole(transfer, source.value, tools, signal)
        : await sendInParts(transfer, source.value, tools, signal)
    } finally {
      await source.value.close()
    }
  } catch (error) {
    if (signal.aborted) return stopped
    throw error
  }
}

/**
 * The id of the source as it is now, if it holds what the transfer began with. In doubt the saved parts are read again
 * here and compared: nothing acknowledged is thrown away on doubt, and nothing changed slips through.
 */
async function settleSource(
  transfer: GrantedTransfer,
  { transfers, slots }: UploadTools,
  signal: AbortSignal,
): Promise<string | Outcome> {
  const looked = await lookAtSource(transfer.sourcePath)
  if (!looked.ok) return failed(looked.failure)
  const sourceId = sourceIdOf(looked.value)
  switch (compareSources(transfer.sourceId, sourceId)) {
    case 'same':
      return sourceId
    case 'changed':
      return sourceChanged
    case 'doubt': {
      const source = await openSource(transfer.sourcePath, sourceId)
      if (!source.ok) return failed(source.failure)
      if (typeof source.value === 'string') return otherSource(source.value)
      try {
        for (const part of transfers.parts(transfer.id)) {
          const slot = await slots.take(transfer.priority, part.size, signal)
          try {
            const read = await source.value.read(slot.buffer, (part.partNumber - 1) * transfer.partSize)
            if (!read.ok) return failed(read.failure)
            if (read.value !== 'same') return otherSource(read.value)
            if (crc32Of(slot.buffer) !== part.checksum) return sourceChanged
          } finally {
            slot.release()
          }
        }
      } finally {
        await source.value.close()
      }
      transfers.apply(transfer.id, { type: 'sourceConfirmed', sourceId })
      return sourceId
    }
  }
}

async function putWhole(
  transfer: GrantedTransfer,
  source: SourceFile,
  tools: UploadTools,
  signal: AbortSignal,
): Promise<Outcome> {
  const { transfers, store, slots, progress } = tools
  const slot = await slots.take(transfer.priority, transfer.size, signal)
  try {
    progress.uploading(transfer.id, 0)
    const bytes = slot.buffer
    const read = await source.read(bytes, 0)
    if (!read.ok) return failed(read.failure)
    if (read.value !== 'same') return otherSource(read.value)
    const crc32 = crc32Of(bytes)
    const onSent = (sent: number) => progress.sent(transfer.id, 1, sent)
    const put = await store.putObject(objectFacts(transfer), { bytes, crc32, onSent })
    if (put.ok && isClear(put.value, crc32)) {
      progress.acknowledged(transfer.id, 1, bytes.length)
      tools.onAcknowledged()
      transfers.apply(transfer.id, { type: 'completed', object: finishedObject(put.value, crc32) })
      return done
    }
    progress.lost(transfer.id, 1)
    if (put.ok || put.failure.kind === 'exists') return await askBroker(transfer, crc32, tools, null)
    return failed(put.failure)
  } finally {
    slot.release()
  }
}

async function sendInParts(
  transfer: GrantedTransfer,
  source: SourceFile,
  tools: UploadTools,
  signal: AbortSignal,
): Promise<Outcome> {
  const { transfers, store, progress } = tools
  const planned = planParts(transfer.size, transfer.partSize)
  let uploadId = transfer.uploadId
  let missing = planned
  if (uploadId === null) {
    signal.throwIfAborted()
    const created = await store.createUpload(objectFacts(transfer))
    if (!created.ok) return failed(created.failure)
    uploadId = created.value.uploadId
    transfers.apply(transfer.id, { type: 'uploadCreated', ...created.value })
    signal.throwIfAborted()
    progress.uploading(transfer.id, 0)
  } else {
    const saved = transfers.parts(transfer.id)
    const listed = await store.listParts({ key: transfer.key, uploadId }, signal)
    if (!listed.ok) {
      if (listed.failure.kind !== 'upload_lost') return failed(listed.failure)
      return saved.length === planned.length
        ? await askBroker(transfer, combineCrc32(saved), tools, listed.failure)
        : { kind: 'restart', failure: listed.failure }
    }
    const reconciled = reconcile(planned, saved, listed.value)
    transfers.deleteParts(transfer.id, reconciled.dropped)
    missing = reconciled.missing
    progress.uploading(transfer.id, sizeOf(reconciled.kept))
  }

  const problem = await sendParts({ ...transfer, uploadId }, missing, source, tools, signal)
  if (problem !== null) return problem
  const compared = await source.compare()
  if (!compared.ok) return failed(compared.failure)
  if (compared.value !== 'same') return otherSource(compared.value)
  const finishing = transfers.apply(transfer.id, { type: 'partsDone' })
  if (finishing === null) return stopped
  return complete({ ...transfer, uploadId }, tools)
}

/** Sends parts through the slots and saves each as it is acknowledged. Null: all are. */
async function sendParts(
  transfer: GrantedTransfer & { readonly uploadId: string },
  missing: readonly PlannedPart[],
  source: SourceFile,
  tools: UploadTools,
  signal: AbortSignal,
): Promise<Outcome | null> {
  const onTheWire = new Set<Promise<void>>()
  let problem: Outcome | null = null
  let thrown: { readonly error: unknown } | null = null
  try {
    for (const part of missing) {
      const slot = await tools.slots.take(transfer.priority, part.length, signal)
      if (problem !== null || thrown !== null) {
        slot.release()
        break
      }
      const sending = sendPart(transfer, part, slot, source, tools, signal)
        .then(
          (outcome) => {
            problem ??= outcome
          },
          (error: unknown) => {
            thrown ??= { error }
          },
        )
        .finally(() => {
          slot.release()
          onTheWire.delete(sending)
        })
      onTheWire.add(sending)
    }
  } finally {
    await Promise.all(onTheWire)
  }
  if (thrown !== null) throw (thrown as { readonly error: unknown }).error
  return problem
}

/** Null: the part is acknowledged and saved. */
async function sendPart(
  { id, key, uploadId }: GrantedTransfer & { readonly uploadId: string },
  { partNumber, offset }: PlannedPart,
  { buffer }: Slot,
  source: SourceFile,
  { transfers, store, progress, onAcknowledged }: UploadTools,
  signal: AbortSignal,
): Promise<Outcome | null> {
  for (let reading = 1; ; reading += 1) {
    const read = await source.read(buffer, offset)
    if (!read.ok) return failed(read.failure)
    if (read.value !== 'same') return otherSource(read.value)
    signal.throwIfAborted()
    const crc32 = crc32Of(buffer)
    const onSent = (bytes: number) => progress.sent(id, partNumber, bytes)
    try {
      const sent = await store.uploadPart({ key, uploadId, partNumber }, { bytes: buffer, crc32, onSent }, signal)
      if (sent.ok) {
        transfers.savePart(id, uploadId, { partNumber, size: buffer.length, etag: sent.value.etag, checksum: crc32 })
        progress.acknowledged(id, partNumber, buffer.length)
        onAcknowledged()
        return null
      }
      if (sent.failure.kind === 'upload_lost') return { kind: 'restart', failure: sent.failure }
      if (sent.failure.kind !== 'checksum_mismatch') return failed(sent.failure)
      if (reading === mostReadings) return failed({ kind: 'source_unstable', detail: String(partNumber) })
    } finally {
      progress.lost(id, partNumber)
    }
  }
}

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
async function askBroker(
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
const isClear = (object: StoredObject, crc32: string): boolean =>
  object.etag !== '' && (object.crc32 === null || object.crc32 === crc32)

const finishedObject = ({ etag, crc32, versionId }: StoredObject, checksum: string): FinishedObject => ({
  etag,
  checksum,
  verification: crc32 === checksum ? 'checksum' : 'size',
  versionId,
})

const confirmedObject = (
  { etag, crc32, versionId }: Extract<ConfirmedObject, { outcome: 'same' }>,
  checksum: string,
): FinishedObject => finishedObject({ etag, crc32, versionId }, checksum)

const sizeOf = (parts: readonly { readonly size: number }[]): number => parts.reduce((sum, part) => sum + part.size, 0)

/** The original name is percent-encoded, as metadata is ASCII; the time is the file's own, in ISO 8601. */
const objectFacts = ({ key, contentType, relativePath, modifiedAt }: GrantedTransfer): ObjectFacts => ({
  key,
  contentType,
  metadata: {
    'original-name': encodeURIComponent((relativePath.split('/').at(-1) ?? '').toWellFormed()),
    'modified-at': new Date(modifiedAt).toISOString(),
  },
})
