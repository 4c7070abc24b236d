import { combineCrc32 } from './crc32.ts'
import { confirmedObject } from './finish.ts'
import { planParts } from './part-plan.ts'
import { done, failed, type GrantedTransfer, type Outcome, type UploadTools } from './run.ts'
import { crc32OfSource } from './settle-source.ts'
import { lookAtSource, openSource, sourceIdOf } from './source-file.ts'

/**
 * Ends a canceled transfer at the store, unless it is finished there already: success wins. What the row knows is not asked:
 * the answer to a PutObject may have been lost with the engine that waited for it, and a restored database knows less.
 */
export async function abandon(transfer: GrantedTransfer, tools: UploadTools, signal: AbortSignal): Promise<Outcome> {
  const { id, key, size, partSize, uploadId } = transfer
  const parts = tools.transfers.parts(id)
  const isWhole = parts.length > 0 && parts.length === planParts(size, partSize).length
  const crc32 = isWhole ? combineCrc32(parts) : null
  const confirmed = await tools.confirm({ key, size, crc32 })
  if (!confirmed.ok) return failed(confirmed.failure)
  if (confirmed.value.outcome === 'same') {
    const own = crc32 ?? (await ownCrc32(transfer, tools, signal))
    if (own !== null && isOurs(confirmed.value.crc32, own)) {
      tools.transfers.apply(id, {
        type: 'completed',
        object: confirmedObject(confirmed.value, parts, own, tools.store),
      })
      return done
    }
  }
  if (uploadId !== null) {
    const aborted = await tools.store.abortUpload({ key, uploadId })
    if (!aborted.ok) return failed(aborted.failure)
  }
  tools.transfers.apply(id, { type: 'aborted' })
  return done
}

const isOurs = (stored: string | null, own: string): boolean => stored === null || stored === own

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
