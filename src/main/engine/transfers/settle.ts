import { randomUUID } from 'node:crypto'
import { assertNever } from '../../../shared/assert-never.ts'
import { dispositionOf } from '../../../shared/failure.ts'
import type { Transfers } from '../db/transfers.ts'
import { awayDelay, retryDelay } from './retry.ts'
import type { GrantedTransfer, Outcome } from './run.ts'

/** A source that keeps changing is left alone for so long (ms) before it is sent from the start. */
const stillness = 10_000

export type SettleTools = {
  readonly transfers: Transfers
  readonly now: () => number
  readonly random: () => number
}

type Failed = Extract<Outcome, { kind: 'failed' }>

/** Applies how a run ended as one event. Answers with a failure that keeps more waiting than this row; else null. */
export function settle(transfer: GrantedTransfer, outcome: Outcome, tools: SettleTools): Failed | null {
  const { transfers, now, random } = tools
  const { id } = transfer
  const attempts = transfers.byId(id)?.attempts ?? 0
  const retryAt = (wish?: Pick<Failed, 'retryAfter' | 'from'>) => now() + retryDelay(attempts, random(), wish)
  switch (outcome.kind) {
    case 'done':
    case 'stopped':
      return null
    case 'sourceChanged':
      transfers.replace(id, {
        uuid: randomUUID(),
        failure: { kind: 'source_changed', detail: null },
        retryAt: now() + stillness,
        replaces: outcome.leftObject ?? false,
      })
      return null
    case 'restart':
      transfers.apply(id, { type: 'uploadLost', failure: outcome.failure, retryAt: retryAt() })
      return null
    case 'relist':
      transfers.apply(id, { type: 'partsRefused', failure: outcome.failure, retryAt: retryAt() })
      return null
    case 'failed':
      return settleFailure(transfer, outcome, retryAt(outcome), tools)
    default:
      assertNever(outcome)
  }
}

function settleFailure(
  transfer: GrantedTransfer,
  outcome: Failed,
  retryAt: number,
  { transfers, now, random }: SettleTools,
): Failed | null {
  const { id } = transfer
  const { failure } = outcome
  const disposition = dispositionOf(failure.kind)
  switch (disposition) {
    case 'retry':
    case 'refresh':
      transfers.apply(id, { type: 'retryable', failure, retryAt })
      return null
    case 'restart':
      transfers.apply(id, { type: 'uploadLost', failure, retryAt })
      return null
    case 'hold':
      return outcome
    case 'wait':
      transfers.apply(id, { type: 'sourceAway', failure, retryAt: now() + awayDelay(random()) })
      return null
    case 'ask':
      if (failure.kind === 'deadline_passed' && transfer.state === 'queued')
        transfers.replace(id, { uuid: randomUUID(), failure, retryAt: now(), replaces: false })
      else transfers.apply(id, { type: 'failed', failure })
      return null
    default:
      assertNever(disposition)
  }
}
