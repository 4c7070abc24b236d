import { combineCrc32, crc32Of } from './crc32.ts'
import { askBroker, complete, sizeOf } from './finish.ts'
import { restartUnlessFinished } from './lost-upload.ts'
import { objectFacts } from './object-facts.ts'
import { isSingleRequest, type PlannedPart, planParts } from './part-plan.ts'
import { reconcile } from './reconcile.ts'
import { done, failed, type GrantedTransfer, type Outcome, stopped, type UploadTools } from './run.ts'
import { otherSource, settleSource } from './settle-source.ts'
import type { Slot } from './slots.ts'
import { openSource, type SourceFile } from './source-file.ts'

/** Of one part or small file: after so many different readings, the file or the memory is not to be trusted. */
const mostReadings = 3

/**
 * Brings a queued transfer on, as far as it can: to completed in the best case. Saves each step before it takes the
 * next. The signal stops it between requests and ends parts on the wire, but never a Create, Complete or PutObject; it
 * rejects with the signal's reason then.
 */
export async function upload(transfer: GrantedTransfer, tools: UploadTools, signal: AbortSignal): Promise<Outcome> {
  const settled = await settleSource(transfer, tools, signal)
  if ('kind' in settled) return settled
  const source = await openSource(settled.sourcePath, settled.sourceId)
  if (!source.ok) return failed(source.failure)
  if (typeof source.value === 'string') return otherSource(source.value)
  try {
    return isSingleRequest(settled.size, settled.partSize)
      ? await putWhole(settled, source.value, tools, signal)
      : await sendInParts(settled, source.value, tools, signal)
  } finally {
    await source.value.close()
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
    for (let reading = 1; ; reading += 1) {
      const read = await source.read(bytes, 0)
      if (!read.ok) return failed(read.failure)
      if (read.value !== 'same') return otherSource(read.value)
      progress.read(transfer.id, 1, bytes.length)
      const crc32 = crc32Of(bytes)
      if (transfer.failure?.kind === 'exists') {
        // the key was taken at the last try, and the broker could not say by what
        return await askBroker(transfer, crc32, tools, { ...transfer.failure, unclear: false, retryAfter: null })
      }
      const onSent = (sent: number) => progress.sent(transfer.id, 1, sent)
      const put = await store.putObject(objectFacts(transfer), { bytes, crc32, onSent })
      if (put.ok) {
        transfers.apply(transfer.id, { type: 'completed', object: { ...put.value, checksum: crc32 } })
        progress.acknowledged(transfer.id, 1, bytes.length)
        tools.onSaved()
        return done
      }
      if (put.failure.kind === 'exists') {
        transfers.apply(transfer.id, { type: 'keyTaken', failure: put.failure })
        return await askBroker(transfer, crc32, tools, put.failure)
      }
      if (put.failure.kind !== 'checksum_mismatch') return failed(put.failure)
      if (reading === mostReadings) return failed({ kind: 'source_unstable', detail: null })
      signal.throwIfAborted()
    }
  } finally {
    progress.lost(transfer.id, 1)
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
    const created = await store.createUpload(objectFacts(transfer), transfer.size)
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
        : await restartUnlessFinished(transfer, listed.failure, source, tools, signal)
    }
    const { parts, abortAt } = listed.value
    if (abortAt !== null && abortAt !== transfer.abortAt)
      transfers.apply(transfer.id, { type: 'deadlineTold', abortAt })
    const reconciled = reconcile(planned, saved, parts)
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
  { transfers, store, progress, onSaved }: UploadTools,
  signal: AbortSignal,
): Promise<Outcome | null> {
  for (let reading = 1; ; reading += 1) {
    const read = await source.read(buffer, offset)
    if (!read.ok) return failed(read.failure)
    if (read.value !== 'same') return otherSource(read.value)
    signal.throwIfAborted()
    progress.read(id, partNumber, buffer.length)
    const crc32 = crc32Of(buffer)
    const onSent = (bytes: number) => progress.sent(id, partNumber, bytes)
    try {
      const sent = await store.uploadPart({ key, uploadId, partNumber }, { bytes: buffer, crc32, onSent }, signal)
      if (sent.ok) {
        transfers.savePart(id, uploadId, { partNumber, size: buffer.length, checksum: crc32, ...sent.value })
        progress.acknowledged(id, partNumber, buffer.length)
        onSaved()
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
