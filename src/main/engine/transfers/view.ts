import type { Activity, QueueStatus, TransferCounts, TransferView } from '../../../shared/transfer.ts'
import type { ListedTransfer, Totals } from '../db/transfer-reads.ts'
import { isBeingWritten, type Transfer } from './state.ts'

/**
 * What a row is doing: what its state says, or what its run says where it has one. A row that rests is `waiting` where
 * one cause holds the whole queue, and `retrying` where its own last attempt failed.
 */
export function activityOf(transfer: Transfer, running: Activity | null, held: boolean): Activity {
  switch (transfer.state) {
    case 'completed':
    case 'failed':
    case 'paused':
    case 'canceling':
      return transfer.state
    case 'canceled':
      return 'canceling'
    case 'queued':
    case 'completing':
      if (running !== null) return running
      if (isBeingWritten(transfer)) return 'writing'
      if (held) return 'waiting'
      if (transfer.failure !== null) return 'retrying'
      return transfer.state === 'completing' ? 'finishing' : 'queued'
  }
}

/** A row as the page sees it. */
export function viewOf(
  { transfer, acknowledged }: ListedTransfer,
  running: Activity | null,
  held: boolean,
  watchedFolder: string | null,
): TransferView {
  const folders = transfer.relativePath.split('/')
  const name = folders.pop() ?? ''
  const activity = activityOf(transfer, running, held)
  return {
    id: transfer.uuid,
    name,
    folder: folders.join('/'),
    watchedFolder,
    movedFrom: transfer.movedFrom,
    purpose: transfer.purpose,
    key: transfer.key,
    size: transfer.size,
    state: transfer.state,
    activity,
    acknowledged,
    failure: transfer.failure,
    attempts: transfer.attempts,
    retryAt: activity === 'retrying' ? transfer.retryAt : null,
    abortAt: transfer.abortAt,
    verification: transfer.verification,
    createdAt: transfer.createdAt,
    updatedAt: transfer.updatedAt,
  }
}

const nothing = { count: 0, size: 0, acknowledged: 0 }

/** The counts of the list; `active` rows run, the other unfinished ones wait. */
export function countsOf(totals: Totals, active: number): TransferCounts {
  const count = (state: Transfer['state']) => (totals.get(state) ?? nothing).count
  const unfinished = count('queued') + count('completing') + count('canceling')
  const counts = {
    failed: count('failed'),
    active,
    waiting: unfinished - active,
    paused: count('paused'),
    completed: count('completed'),
  }
  return { all: counts.failed + unfinished + counts.paused + counts.completed, ...counts }
}

/** Bytes of what is done or can go on, how many of them S3 has, and how many the queue will send by itself. */
export function bytesOf(totals: Totals): Pick<QueueStatus, 'size' | 'acknowledged'> & { readonly remaining: number } {
  const of = (states: readonly Transfer['state'][], what: 'size' | 'acknowledged') =>
    states.reduce((sum, state) => sum + (totals.get(state) ?? nothing)[what], 0)
  const shown = ['queued', 'completing', 'paused', 'completed'] as const
  const moving = ['queued', 'completing'] as const
  return {
    size: of(shown, 'size'),
    acknowledged: of(shown, 'acknowledged'),
    remaining: of(moving, 'size') - of(moving, 'acknowledged'),
  }
}
