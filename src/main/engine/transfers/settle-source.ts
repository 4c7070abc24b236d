import { md5Of } from '../s3/proof.ts'
import { combineCrc32, crc32Of } from './crc32.ts'
import { confirmedObject } from './finish.ts'
import { isSingleRequest, planParts } from './part-plan.ts'
import { done, failed, type GrantedTransfer, type Outcome, sourceChanged, stopped, type UploadTools } from './run.ts'
import {
  compareSources,
  lookAtSource,
  modifiedAtOf,
  type OtherSource,
  openSource,
  type SourceFile,
  sourceIdOf,
} from './source-file.ts'
import { isBeingWritten } from './state.ts'

/** What another file at the path means. In doubt the row is tried again, and the next run compares what is saved. */
export const otherSource = (other: OtherSource): Outcome =>
  other === 'changed' ? sourceChanged : failed({ kind: 'source_changed', detail: null })

/**
 * The transfer with its source's identity as it is now, if it holds what the transfer began with. In doubt what may be at
 * the store is compared: nothing acknowledged is thrown away on doubt, and nothing changed slips through. A row of a watched
 * folder then waits once more for its file to be still.
 */
export async function settleSource(
  transfer: GrantedTransfer,
  tools: UploadTools,
  signal: AbortSignal,
): Promise<GrantedTransfer | Outcome> {
  const looked = await lookAtSource(transfer.sourcePath)
  if (!looked.ok) return failed(looked.failure)
  const sourceId = sourceIdOf(looked.value)
  const comparison = compareSources(transfer.sourceId, sourceId)
  if (comparison === 'same') return transfer
  if (comparison === 'changed') return changedSource(transfer, tools)
  const source = await openSource(transfer.sourcePath, sourceId)
  if (!source.ok) return failed(source.failure)
  if (typeof source.value === 'string') return otherSource(source.value)
  try {
    const differs = isSingleRequest(transfer.size, transfer.partSize)
      ? await compareWithStored(transfer, source.value, tools, signal)
      : await compareWithSaved(transfer, source.value, tools, signal)
    if (differs !== null) return differs.kind === 'sourceChanged' ? changedSource(transfer, tools) : differs
  } finally {
    await source.value.close()
  }
  const identity = { sourceId, modifiedAt: modifiedAtOf(looked.value) }
  const confirmed = tools.transfers.apply(transfer.id, { type: 'sourceConfirmed', ...identity })
  return confirmed === null || isBeingWritten(confirmed) ? stopped : { ...transfer, ...identity }
}

/** A PutObject without an answer may have stored what a watched folder's file was before; its next version replaces that. */
async function changedSource(transfer: GrantedTransfer, { confirm }: UploadTools): Promise<Outcome> {
  const { key, size, partSize, folderId } = transfer
  if (folderId === null || !isSingleRequest(size, partSize)) return sourceChanged
  const confirmed = await confirm({ key, size, crc32: null })
  if (!confirmed.ok) return failed(confirmed.failure)
  return { ...sourceChanged, leftObject: confirmed.value.outcome === 'same' }
}

/** The saved parts are read again here and compared. Null: all are as they were sent. */
async function compareWithSaved(
  { id, priority, partSize }: GrantedTransfer,
  source: SourceFile,
  { transfers, slots }: UploadTools,
  signal: AbortSignal,
): Promise<Outcome | null> {
  for (const { partNumber, size, checksum } of transfers.parts(id)) {
    const slot = await slots.take(priority, size, signal)
    try {
      const read = await source.read(slot.buffer, (partNumber - 1) * partSize)
      if (!read.ok) return failed(read.failure)
      if (read.value !== 'same') return otherSource(read.value)
      if (crc32Of(slot.buffer) !== checksum) return sourceChanged
    } finally {
      slot.release()
    }
  }
  return null
}

/** A PutObject may have stored what the file was before, without an answer. Null: nothing is at the store. */
async function compareWithStored(
  { id, key, size, priority }: GrantedTransfer,
  source: SourceFile,
  { slots, confirm, transfers, store }: UploadTools,
  signal: AbortSignal,
): Promise<Outcome | null> {
  const slot = await slots.take(priority, size, signal)
  try {
    const read = await source.read(slot.buffer, 0)
    if (!read.ok) return failed(read.failure)
    if (read.value !== 'same') return otherSource(read.value)
    const crc32 = crc32Of(slot.buffer)
    const confirmed = await confirm({ key, size, crc32 })
    if (!confirmed.ok) return failed(confirmed.failure)
    const stored = confirmed.value
    if (stored.outcome === 'absent') return null
    if (stored.outcome === 'different') return sourceChanged
    // the same size is not enough where the store keeps no checksum
    const isSame = stored.crc32 === crc32 || stored.etag === (await md5Of(slot.buffer)).toString('hex')
    if (!isSame) return sourceChanged
    transfers.apply(id, { type: 'completed', object: confirmedObject(stored, [], crc32, store) })
    return done
  } finally {
    slot.release()
  }
}

/** The CRC32 of the whole file, read part by part; or why it cannot be told. */
export async function crc32OfSource(
  { priority, size, partSize }: GrantedTransfer,
  source: SourceFile,
  { slots }: UploadTools,
  signal: AbortSignal,
): Promise<string | Outcome> {
  const pieces: { checksum: string; size: number }[] = []
  for (const { offset, length } of planParts(size, partSize)) {
    const slot = await slots.take(priority, length, signal)
    try {
      const read = await source.read(slot.buffer, offset)
      if (!read.ok) return failed(read.failure)
      if (read.value !== 'same') return otherSource(read.value)
      pieces.push({ checksum: crc32Of(slot.buffer), size: length })
    } finally {
      slot.release()
    }
  }
  return combineCrc32(pieces)
}
