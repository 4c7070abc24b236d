import type { TransferProgress, TransferView } from '../../shared/transfer.ts'

/** The newest live numbers of each moving transfer, so that only the row they belong to is drawn again. */
export type ProgressStore = {
  readonly get: (id: string) => TransferProgress | undefined
  /** Calls back after each change of this transfer's numbers; returns the end of it. */
  readonly subscribe: (id: string, listener: () => void) => () => void
  readonly apply: (progress: readonly TransferProgress[]) => void
  /** Rows as the engine has them now: the numbers of those that no longer move are dropped. */
  readonly settle: (rows: readonly TransferView[]) => void
}

/** How long an estimate stands before it is replaced, so that it can be read (ms). */
const estimateStands = 5_000

export const createProgressStore = (now: () => number): ProgressStore => {
  const entries = new Map<string, { readonly progress: TransferProgress; readonly estimatedAt: number }>()
  const listeners = new Map<string, Set<() => void>>()
  const tell = (id: string) => {
    for (const listener of listeners.get(id) ?? []) listener()
  }

  return {
    get: (id) => entries.get(id)?.progress,
    subscribe: (id, listener) => {
      const ofId = listeners.get(id) ?? new Set()
      listeners.set(id, ofId)
      ofId.add(listener)
      return () => {
        ofId.delete(listener)
        if (ofId.size === 0 && listeners.get(id) === ofId) listeners.delete(id)
      }
    },
    apply: (progress) => {
      const at = now()
      for (const next of progress) {
        const before = entries.get(next.id)
        const stands =
          before !== undefined && before.progress.secondsLeft !== null && at - before.estimatedAt < estimateStands
        entries.set(
          next.id,
          stands
            ? { progress: { ...next, secondsLeft: before.progress.secondsLeft }, estimatedAt: before.estimatedAt }
            : { progress: next, estimatedAt: at },
        )
        tell(next.id)
      }
    },
    settle: (rows) => {
      for (const { id, activity } of rows) {
        const before = entries.get(id)
        if (!before) continue
        if (activity === 'uploading' || activity === 'finishing')
          entries.set(id, { ...before, progress: { ...before.progress, activity } })
        else entries.delete(id)
        tell(id)
      }
    },
  }
}
