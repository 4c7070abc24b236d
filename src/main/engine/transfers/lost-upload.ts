import type { Failure } from '../../../shared/failure.ts'
import { confirmedObject } from './finish.ts'
import { done, failed, type GrantedTransfer, type Outcome, type UploadTools } from './run.ts'
import { crc32OfSource } from './settle-source.ts'
import type { SourceFile } from './source-file.ts'

/**
 * The upload is gone, and not all of its parts were saved. Mostly it was thrown away; but a database that was restored from
 * a backup knows less than the store, where the object may be whole.
 */
export async function restartUnlessFinished(
  transfer: GrantedTransfer,
  failure: Failure,
  source: SourceFile,
  tools: UploadTools,
  signal: AbortSignal,
): Promise<Outcome> {
  const confirmed = await tools.confirm({ key: transfer.key, size: transfer.size, crc32: null })
  if (!confirmed.ok) return failed(confirmed.failure)
  switch (confirmed.value.outcome) {
    case 'absent':
      return { kind: 'restart', failure }
    case 'different':
      return failed({ kind: 'exists', detail: null })
    case 'same': {
      const stored = confirmed.value.crc32
      if (stored === null) return { kind: 'restart', failure }
      const own = await crc32OfSource(transfer, source, tools, signal)
      if (typeof own !== 'string') return own
      if (own !== stored) return failed({ kind: 'exists', detail: null })
      tools.transfers.apply(transfer.id, {
        type: 'completed',
        object: confirmedObject(confirmed.value, [], own, tools.store),
      })
      return done
    }
  }
}
