import type { RunnableRequest } from '../db/transfer-reads.ts'
import type { Transfers } from '../db/transfers.ts'
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
  /** Row ids for which the broker was asked last in vain, the one that waits longest first. */
  readonly brokerless: readonly number[]
  /** A grant is being asked for. */
  readonly isGranting: boolean
}

type Request = Pick<RunnableRequest, 'stores' | 'ungranted' | 'grants'> & {
  readonly limit?: number
  /** Row ids that are left out besides those that are worked on, and the only ones that are asked for, best first. */
  readonly except?: readonly number[]
  readonly among?: readonly number[]
}

const all = { except: [] } as const

/** Due rows that no cause keeps waiting, best first, as many as there are free slots. */
export function unheldRows(situation: Situation): readonly Transfer[] {
  const { holds } = situation
  return runnable(situation, {
    stores: { except: holds.stores },
    ungranted: !holds.has('broker'),
    ...withoutBroker(situation),
  })
}

/**
 * Due rows that a cause keeps waiting, but that it is time to try again: for a store at most half of the slots, so that rows
 * of another store find some, and for the broker one row at a time.
 */
export function rowsToTry(situation: Situation): readonly Transfer[] {
  const { holds, slots, runs } = situation
  const overdue = holds.stores.filter((address) => holds.waitOf(storeScope(address)) === 0)
  const trying = [...runs.values()].filter(({ address }) => holds.has(storeScope(address))).length
  const atStores = runnable(situation, {
    stores: { only: overdue },
    ungranted: false,
    limit: Math.ceil(slots / 2) - trying,
    ...withoutBroker(situation),
  })
  if (!holds.has('broker') || holds.waitOf('broker') > 0) return atStores
  const limit = 1 - runsAtBroker(situation)
  return [...atStores, ...rowsAtBroker(situation, { except: holds.stores }, limit)]
}

/** The addresses of held stores for which no row is due and none is worked on. */
export function storesWithoutRows({ transfers, account, holds, runs }: Situation): readonly string[] {
  const busy = new Set([...runs.values()].map(({ address }) => address))
  return holds.stores.filter((address) => {
    if (busy.has(address)) return false
    const rows = {
      accountId: account.id,
      running: [],
      among: null,
      stores: { only: [address] },
      ungranted: false,
      grants: all,
    }
    return transfers.runnable({ ...rows, limit: 1 }).length === 0
  })
}

/** Whether no due row needs the broker, and none that does is worked on. */
export function brokerHasNoRows(situation: Situation): boolean {
  if (situation.isGranting || runsAtBroker(situation) > 0) return false
  const anyway = { ...situation, runs: new Map(), slots: 1 }
  return rowsAtBroker(anyway, all, 1).length === 0
}

/** While the broker is held: only rows that can go on without it. */
function withoutBroker({ account, holds, brokerless }: Situation): Pick<Request, 'grants' | 'except'> {
  return holds.has('broker') ? { grants: { only: account.permissions.ready }, except: brokerless } : { grants: all }
}

/**
 * Due rows without a grant, or whose credentials ended, or that have to ask what became of their object. Each in its turn:
 * what the broker fails at may be the one row.
 */
function rowsAtBroker(situation: Situation, stores: Request['stores'], limit: number): readonly Transfer[] {
  const { account, brokerless } = situation
  const unready = { except: account.permissions.ready }
  const rows = runnable(situation, { stores, ungranted: true, grants: unready, except: brokerless, limit })
  if (rows.length > 0) return rows
  return runnable(situation, { stores, ungranted: true, grants: all, among: brokerless, limit })
}

function runsAtBroker({ account, runs, brokerless }: Situation): number {
  return [...runs].filter(([id, { grantId }]) => brokerless.includes(id) || !account.permissions.isReady(grantId))
    .length
}

function runnable({ transfers, account, slots, runs, isGranting }: Situation, request: Request): readonly Transfer[] {
  const { stores, grants, except = [], among = null } = request
  const limit = Math.min(slots - runs.size, request.limit ?? slots)
  if (limit <= 0) return []
  const ungranted = request.ungranted && !isGranting
  return transfers.runnable({
    accountId: account.id,
    stores,
    grants,
    ungranted,
    limit,
    among,
    running: [...runs.keys(), ...except],
  })
}
