import { mostFilesPerGrant } from '../../../shared/broker-api.ts'
import { dispositionOf, type Failure, type ServerFailure } from '../../../shared/failure.ts'
import type { UngrantedRequest } from '../db/transfer-reads.ts'
import type { Transfers } from '../db/transfers.ts'
import { lookAt } from './enqueue.ts'
import type { Account } from './permissions.ts'
import { awayDelay, retryDelay } from './retry.ts'
import type { SourceFacts, Transfer } from './state.ts'

/** Sources looked at at once: on a network drive each look is a round trip. */
const looksAtOnce = 4

type GrantTools = {
  readonly transfers: Transfers
  readonly now: () => number
  readonly random: () => number
  /** Whether the account is still the signed-in one; where it is not, nothing is written any more. */
  readonly isCurrent: () => boolean
}

/**
 * Gets a grant for the due rows of a purpose, and of one watched folder or of none, that have none, after a last look at their sources, and gives each row its
 * key. What the broker refuses fails; the answer is why all that needs the broker must wait, or null.
 */
export async function obtainGrant(
  account: Account,
  request: UngrantedRequest,
  tools: GrantTools,
): Promise<ServerFailure | null> {
  const rows = tools.transfers.ungranted(request, mostFilesPerGrant)
  const looks: { readonly row: Transfer; readonly looked: SourceFacts | Failure }[] = []
  for (let first = 0; first < rows.length; first += looksAtOnce) {
    const looking = rows.slice(first, first + looksAtOnce).map(async (row) => ({
      row,
      looked: await lookAt({ path: row.sourcePath, relativePath: row.relativePath }),
    }))
    looks.push(...(await Promise.all(looking)))
    if (!tools.isCurrent()) return null
  }
  for (const { looked } of looks) if ('kind' in looked && dispositionOf(looked.kind) === 'hold') return looked
  const ready = looks.flatMap(({ row, looked }) => takeSourceAsItIs(row, looked, tools) ?? [])
  return ready.length === 0 ? null : askFor(account, request, ready, tools)
}

/** The row with its source's facts as they are now; null where it cannot be sent. */
function takeSourceAsItIs(
  transfer: Transfer,
  looked: SourceFacts | Failure,
  { transfers, now, random }: GrantTools,
): Transfer | null {
  if ('kind' in looked) {
    const isAway = dispositionOf(looked.kind) === 'wait'
    const retryAt = now() + awayDelay(random())
    transfers.apply(
      transfer.id,
      isAway ? { type: 'sourceAway', failure: looked, retryAt } : { type: 'failed', failure: looked },
    )
    return null
  }
  if (looked.sourceId === transfer.sourceId) return transfer
  if (transfer.folderId !== null) {
    // its folder says when the file is still again
    transfers.apply(transfer.id, { type: 'sourceWritten', source: looked })
    return null
  }
  return transfers.apply(transfer.id, { type: 'sourceFound', source: looked })
}

async function askFor(
  account: Account,
  request: UngrantedRequest,
  asked: readonly Transfer[],
  tools: GrantTools,
): Promise<ServerFailure | null> {
  // a person may have ended them meanwhile, or removed their folder
  const rows = asked.filter(({ id }) => tools.transfers.byId(id)?.state === 'queued')
  if (rows.length === 0) return null
  const granted = await account.permissions.ask(request, rows)
  const { transfers, now, random, isCurrent } = tools
  if (!isCurrent()) return null
  if (granted.ok) {
    const { keys, ...place } = granted.value
    const events = rows.flatMap(({ id, uuid }) => {
      const key = keys.get(uuid)
      return key === undefined ? [] : [{ id, event: { type: 'granted', key, ...place } as const }]
    })
    transfers.insertAndApply([], events)
    return null
  }
  const { failure } = granted
  switch (dispositionOf(failure.kind)) {
    case 'hold':
      return failure
    case 'ask': {
      if (rows.length > 1 && concernsSingleFiles(failure)) {
        const half = Math.ceil(rows.length / 2)
        const held = await askFor(account, request, rows.slice(0, half), tools)
        return held ?? askFor(account, request, rows.slice(half), tools)
      }
      const event = { type: 'failed', failure } as const
      transfers.insertAndApply(
        [],
        rows.map(({ id }) => ({ id, event })),
      )
      return null
    }
    case 'wait':
      return askForWhatFits(account, request, rows, failure, tools)
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

/** There is room for some of the rows at most: the first ones that fit are asked for, the others wait. */
async function askForWhatFits(
  account: Account,
  request: UngrantedRequest,
  rows: readonly Transfer[],
  failure: Failure,
  tools: GrantTools,
): Promise<ServerFailure | null> {
  const { transfers, now, random, isCurrent } = tools
  const half = rows.slice(0, Math.floor(rows.length / 2))
  const others = rows.slice(half.length)
  const held = half.length === 0 ? null : await askFor(account, request, half, tools)
  if (held !== null || !isCurrent()) return held
  if (half.length > 0 && half.every(({ id }) => transfers.byId(id)?.grantId !== null)) {
    return askFor(account, request, others, tools)
  }
  const retryAt = now() + awayDelay(random())
  const { kind, detail } = failure
  const event = { type: 'sourceAway', failure: { kind, detail }, retryAt } as const
  transfers.insertAndApply(
    [],
    others.map(({ id }) => ({ id, event })),
  )
  return null
}

/** Refusals that concern single files: the others of a request may still get a grant. */
const concernsSingleFiles = ({ kind }: Failure): boolean =>
  kind === 'too_large' || kind === 'type_not_allowed' || kind === 'request_invalid'
