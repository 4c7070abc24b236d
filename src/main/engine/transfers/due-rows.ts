import type { RunnableRequest, Transfers } from '../db/transfers.ts'
import { type Holds, storeScope } from './hold.ts'
import type { Account } from './permissions.ts'
import type { Transfer } from './state.ts'

/** What decides which rows can be begun. */
export type Situation = {
  readonly transfers: Transfers
  readonly account: Account
  readonly holds: Holds
  readonly slots: number
  /** Row ids that are worked on, each with its grant and the address of its store. */
  readonly runs: ReadonlyMap<number, { readonly address: string; readonly grantId: number }>
  /** A grant is being asked for. */
  readonly isGranting: boolean
}

/** Due rows that no cause keeps waiting, best first, as many as there are free slots. */
export function unheldRows(situation: Situation): readonly Transfer[] {
  const { account, holds } = situation
  const brokerIsHeld = holds.has('broker')
  return runnable(situation, {
    stores: { except: holds.stores },
    ungranted: !brokerIsHeld,
    grants: brokerIsHeld ? account.permissions.ready : null,
  })
}

/**
 * Due rows that a cause keeps waiting, but that it is time to try again: for a store at most half of the slots, so that rows
 * of another store find some, and for the broker one row at a time.
 */
export function rowsToTry(situation: Situation): readonly Transfer[] {
  const { account, holds, slots, runs } = situation
  const overdue = holds.stores.filter((address) => holds.waitOf(storeScope(address)) === 0)
  const trying = [...runs.values()].filter(({ address }) => holds.has(storeScope(address))).length
  const brokerIsHeld = holds.has('broker')
  const atStores = runnable(situation, {
    stores: { only: overdue },
    ungranted: false,
    grants: brokerIsHeld ? account.permissions.ready : null,
    limit: Math.ceil(slots / 2) - trying,
  })
  if (!brokerIsHeld || holds.waitOf('broker') > 0) return atStores
  const asking = [...runs.values()].filter(({ grantId }) => !account.permissions.isReady(grantId)).length
  const atBroker = runnable(situation, {
    stores: { except: holds.stores },
    ungranted: true,
    grants: null,
    limit: 1 - asking,
  })
  return [...atStores, ...atBroker]
}

/** The addresses of held stores for which no row is due and none is worked on. */
export function storesWithoutRows({ transfers, account, holds, runs }: Situation): readonly string[] {
  const busy = new Set([...runs.values()].map(({ address }) => address))
  return holds.stores.filter((address) => {
    if (busy.has(address)) return false
    const rows = { accountId: account.id, running: [], stores: { only: [address] }, ungranted: false, grants: null }
    return transfers.runnable({ ...rows, limit: 1 }).length === 0
  })
}

function runnable(
  { transfers, account, slots, runs, isGranting }: Situation,
  request: Pick<RunnableRequest, 'stores' | 'ungranted' | 'grants'> & { readonly limit?: number },
): readonly Transfer[] {
  const limit = Math.min(slots - runs.size, request.limit ?? slots)
  if (limit <= 0) return []
  const ungranted = request.ungranted && !isGranting
  return transfers.runnable({ ...request, accountId: account.id, ungranted, limit, running: [...runs.keys()] })
}
