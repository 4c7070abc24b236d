import { mostFilesPerGrant } from '../../../shared/broker-api.ts'
import { dispositionOf, type Failure, type FailureKind } from '../../../shared/failure.ts'
import type { Transfers } from '../db/transfers.ts'
import { lookAt } from './enqueue.ts'
import type { Account } from './permissions.ts'
import { retryDelay } from './retry.ts'
import type { SourceFacts, Transfer } from './state.ts'

type GrantTools = {
  readonly transfers: Transfers
  readonly now: () => number
  readonly random: () => number
  /** Whether the account is still the signed-in one; where it is not, nothing is written any more. */
  readonly isCurrent: () => boolean
}

/**
 * Gets a grant for the due rows of a purpose that have none, after a last look at their sources, and gives each row its
 * key. What the broker refuses fails; the answer is the cause that the whole queue must wait for, or null.
 */
export async function obtainGrant(account: Account, purpose: string, tools: GrantTools): Promise<FailureKind | null> {
  const rows = tools.transfers.ungranted(account.id, purpose, mostFilesPerGrant)
  const ready: Transfer[] = []
  for (const row of rows) {
    const looked = await lookAt({ path: row.sourcePath, relativePath: row.relativePath })
    if (!tools.isCurrent()) return null
    const settled = takeSourceAsItIs(row, looked, tools.transfers)
    if (settled !== null) ready.push(settled)
  }
  return ready.length === 0 ? null : askFor(account, purpose, ready, tools)
}

/** The row with its source's facts as they are now; null where it cannot be sent. */
function takeSourceAsItIs(transfer: Transfer, looked: SourceFacts | Failure, transfers: Transfers): Transfer | null {
  if ('kind' in looked) {
    transfers.apply(transfer.id, { type: 'failed', failure: looked })
    return null
  }
  if (looked.sourceId === transfer.sourceId) return transfer
  return transfers.apply(transfer.id, { type: 'sourceFound', source: looked })
}

async function askFor(
  account: Account,
  purpose: string,
  rows: readonly Transfer[],
  tools: GrantTools,
): Promise<FailureKind | null> {
  const granted = await account.permissions.ask(purpose, rows)
  const { transfers, now, random, isCurrent } = tools
  if (!isCurrent()) return null
  if (granted.ok) {
    const { grantId, bucket, keys } = granted.value
    const events = rows.flatMap(({ id, uuid }) => {
      const key = keys.get(uuid)
      return key === undefined ? [] : [{ id, event: { type: 'granted', grantId, bucket, key } as const }]
    })
    transfers.insertAndApply([], events)
    return null
  }
  const { failure } = granted
  switch (dispositionOf(failure.kind)) {
    case 'hold':
      return failure.kind
    case 'ask': {
      if (rows.length > 1 && concernsSingleFiles(failure)) {
        const half = Math.ceil(rows.length / 2)
        const held = await askFor(account, purpose, rows.slice(0, half), tools)
        return held ?? askFor(account, purpose, rows.slice(half), tools)
      }
      const event = { type: 'failed', failure } as const
      transfers.insertAndApply(
        [],
        rows.map(({ id }) => ({ id, event })),
      )
      return null
    }
    case 'retry':
    case 'refresh':
    case 'restart': {
      const event = (row: Transfer) =>
        ({ type: 'retryable', failure, retryAt: now() + retryDelay(row.attempts, random()) }) as const
      transfers.insertAndApply(
        [],
        rows.map((row) => ({ id: row.id, event: event(row) })),
      )
      return null
    }
  }
}

/** Refusals that concern single files: the others of a request may still get a grant. */
const concernsSingleFiles = ({ kind }: Failure): boolean => kind === 'too_large' || kind === 'request_invalid'
