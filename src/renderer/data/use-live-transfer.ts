import { useCallback, useSyncExternalStore } from 'react'
import type { TransferProgress, TransferView } from '../../shared/transfer.ts'
import { useServices } from './services.tsx'

/** A transfer with its newest numbers. `live` is null while nothing of it moves. */
export type LiveTransfer = { readonly transfer: TransferView; readonly live: TransferProgress | null }

/** The row as the engine last told it, moved on by its live numbers; draws again with them. */
export const useLiveTransfer = (row: TransferView): LiveTransfer => {
  const { progress } = useServices()
  const entry = useSyncExternalStore(
    useCallback((listener) => progress.subscribe(row.id, listener), [progress, row.id]),
    () => progress.get(row.id),
  )
  const canMove = row.state === 'queued' || row.state === 'completing'
  if (!entry || !canMove) return { transfer: row, live: null }
  return {
    transfer: { ...row, activity: entry.activity, acknowledged: Math.max(row.acknowledged, entry.acknowledged) },
    live: entry,
  }
}
