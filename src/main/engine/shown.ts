import type { EngineAnnouncements } from '../../shared/ipc.ts'
import type { QueueStatus, TransferView } from '../../shared/transfer.ts'
import type { Folders } from './db/folders.ts'
import type { ListedTransfer } from './db/transfer-reads.ts'
import type { Transfers } from './db/transfers.ts'
import type { Progress } from './transfers/progress.ts'
import type { Scheduler } from './transfers/scheduler.ts'
import { bytesOf, countsOf, viewOf } from './transfers/view.ts'

type ShownTools = {
  readonly transfers: Transfers
  readonly folders: Pick<Folders, 'nameOf'>
  readonly scheduler: Pick<Scheduler, 'running' | 'paused' | 'hold' | 'isHeld'>
  readonly progress: Progress
  readonly announce: EngineAnnouncements
  /** Whose rows are shown; null: nobody is signed in. */
  readonly accountId: () => number | null
}

const nothingMoves = { inFlight: 0, bytesPerSecond: 0, secondsLeft: null }

/** What the window is shown of the rows and of the queue. */
export function createShown({ transfers, folders, scheduler, progress, announce, accountId }: ShownTools) {
  const view = (listed: ListedTransfer): TransferView =>
    viewOf(
      listed,
      progress.activityOf(listed.transfer.id),
      scheduler.isHeld(listed.transfer),
      folders.nameOf(listed.transfer.folderId),
    )

  function status(): QueueStatus {
    const account = accountId()
    const totals = account === null ? new Map() : transfers.totals(account)
    const moving = scheduler.running.filter((id) => {
      const state = transfers.byId(id)?.state
      return state === 'queued' || state === 'completing'
    })
    const { size, acknowledged, remaining } = bytesOf(totals)
    return {
      paused: scheduler.paused,
      hold: scheduler.hold,
      counts: countsOf(totals, moving.length),
      size,
      acknowledged,
      ...(account === null ? nothingMoves : progress.total(remaining)),
    }
  }

  /** What a cause keeps waiting looks otherwise in each row, though no row changed. */
  const holding = () => (scheduler.paused ? 'paused' : (scheduler.hold?.kind ?? null))
  let held = holding()

  return {
    view,
    status,

    /** Announces rows that changed (null: more than can be named), what moves, and the queue. */
    tell({ changed }: { readonly changed: readonly number[] | null }): void {
      const account = accountId()
      const listed = (changed ?? []).map((id) => transfers.listed(id))
      // a row that is not there any more cannot be named
      const stale = changed === null || listed.includes(null) || holding() !== held
      held = holding()
      const rows = listed.flatMap((each) => (each === null || each.transfer.accountId !== account ? [] : [view(each)]))
      if (rows.length > 0 || stale) announce.transfers.changed({ rows, stale })
      announce.transfers.progress(account === null ? [] : progress.all())
      announce.queue.changed(status())
    },
  }
}
