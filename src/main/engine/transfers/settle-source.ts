import { combineCrc32, crc32Of } from './crc32.ts'
import { planParts } from './part-plan.ts'
import { failed, type GrantedTransfer, type Outcome, sourceChanged, stopped, type UploadTools } from './run.ts'
import {
  compareSources,
  lookAtSource,
  modifiedAtOf,
  type OtherSource,
  openSource,
  type SourceFile,
  sourceIdOf,
} from './source-file.ts'

/** What another file at the path means. In doubt the row is tried again, and the next run compares what is saved. */
export const otherSource = (other: OtherSource): Outcome =>
  other === 'changed' ? sourceChanged : failed({ kind: 'source_changed', detail: null })

/**
 * The transfer with its source's identity as it is now, if it holds what the transfer began with. In doubt the saved
 * parts are read again here and compared: nothing acknowledged is thrown away on doubt, and nothing changed slips
 * through.
 */
export async function settleSource(
  transfer: GrantedTransfer,
  { transfers, slots }: UploadTools,
  signal: AbortSignal,
): Promise<GrantedTransfer | Outcome> {
  const looked = await lookAtSource(transfer.sourcePath)
  if (!looked.ok) return failed(looked.failure)
  const sourceId = sourceIdOf(looked.value)
  switch (compareSources(transfer.sourceId, sourceId)) {
    case 'same':
      return transfer
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
      const identity = { sourceId, modifiedAt: modifiedAtOf(looked.value) }
      const confirmed = transfers.apply(transfer.id, { type: 'sourceConfirmed', ...identity })
      return confirmed === null ? stopped : { ...transfer, ...identity }
    }
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
