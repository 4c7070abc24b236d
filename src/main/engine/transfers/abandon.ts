import { combineCrc32 } from './crc32.ts'
import { confirmedObject } from './finish.ts'
import { planParts } from './part-plan.ts'
import { done, failed, type GrantedTransfer, type Outcome, type UploadTools } from './run.ts'
import { crc32OfSource } from './settle-source.ts'
import { lookAtSource, openSource, sourceIdOf } from './source-file.ts'

/** Ends a canceled transfer at the store, unless it is finished there already: success wins. */
export async function abandon(transfer: GrantedTransfer, tools: UploadTools, signal: AbortSignal): Promise<Outcome> {
  const { uploadId } = transfer
  return uploadId === null ? abandonRequest(transfer, tools, signal) : abandonUpload({ ...transfer, uploadId }, tools)
}

/** A PutObject may have been sent, its answer lost with the engine that waited for it. */
async function abandonRequest(transfer: GrantedTransfer, tools: UploadTools, signal: AbortSignal): Promise<Outcome> {
  const { id, key, size } = transfer
  const confirmed = await tools.confirm({ key, size, crc32: null })
  if (!confirmed.ok) return failed(confirmed.failure)
  if (confirmed.value.outcome === 'same') {
    const own = await ownCrc32(transfer, tools, signal)
    const stored = confirmed.value.crc32
    if (own !== null && (stored === null || stored === own)) {
      tools.transfers.apply(id, { type: 'completed', object: confirmedObject(confirmed.value, [], own) })
      return done
    }
  }
  tools.transfers.apply(id, { type: 'aborted' })
  return done
}

/** The CRC32 of what is at the path now; null where nothing of the transfer's size is. */
async function ownCrc32(transfer: GrantedTransfer, tools: UploadTools, signal: AbortSignal): Promise<string | null> {
  const looked = await lookAtSource(transfer.sourcePath)
  if (!looked.ok || Number(looked.value.size) !== transfer.size) return null
  const source = await openSource(transfer.sourcePath, sourceIdOf(looked.value))
  if (!source.ok || typeof source.value === 'string') return null
  try {
    const crc32 = await crc32OfSource(transfer, source.value, tools, signal)
    return typeof crc32 === 'string' ? crc32 : null
  } finally {
    await source.value.close()
  }
}

async function abandonUpload(
  transfer: GrantedTransfer & { readonly uploadId: string },
  tools: UploadTools,
): Promise<Outcome> {
  const { id, key, uploadId, size, partSize } = transfer
  const parts = tools.transfers.parts(id)
  if (parts.length === planParts(size, partSize).length) {
    const crc32 = combineCrc32(parts)
    const confirmed = await tools.confirm({ key, size, crc32 })
    if (!confirmed.ok) return failed(confirmed.failure)
    if (confirmed.value.outcome === 'same') {
      tools.transfers.apply(id, { type: 'completed', object: confirmedObject(confirmed.value, parts, crc32) })
      return done
    }
  }
  const aborted = await tools.store.abortUpload({ key, uploadId })
  if (!aborted.ok) return failed(aborted.failure)
  tools.transfers.apply(id, { type: 'aborted' })
  return done
}
