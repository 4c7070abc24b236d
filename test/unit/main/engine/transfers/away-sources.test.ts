import { mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { AwaySources } from '../../../../../src/main/engine/transfers/away-sources.ts'
import type { Transfer, TransferEvent } from '../../../../../src/main/engine/transfers/state.ts'
import { temporaryFolder } from '../../../../support/temporary-folder.ts'
import { temporaryQueue } from '../../../../support/temporary-queue.ts'
import { until } from '../../../../support/until.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
})
afterEach(() => {
  vi.useRealTimers()
})

const away: TransferEvent = {
  type: 'sourceAway',
  failure: { kind: 'source_missing', detail: 'ENOENT' },
  retryAt: 2_000_000,
}

/** The look for what is away in a real queue of real files; `round` lets 5 s pass and waits for the look to end. */
function harness() {
  const queue = temporaryQueue()
  const back: number[] = []
  const fatal: unknown[] = []
  const awaySources = new AwaySources({
    transfers: queue.transfers,
    accountId: queue.accountId,
    onBack: () => back.push(queue.clock.now),
    onFatal: (error) => fatal.push(error),
  })
  /** A row that waits for its file. */
  async function missing(): Promise<Transfer> {
    const transfer = await queue.addFile('content', away)
    renameSync(transfer.sourcePath, `${transfer.sourcePath}-away`)
    return transfer
  }
  const comeBack = ({ sourcePath }: Transfer) => renameSync(`${sourcePath}-away`, sourcePath)
  async function round(): Promise<void> {
    vi.advanceTimersByTime(5_000)
    await until(() => vi.getTimerCount() > 0 || fatal.length > 0)
  }
  const isWaiting = ({ id }: Transfer) => queue.row(id).failure !== null
  return { ...queue, awaySources, back, fatal, missing, comeBack, round, isWaiting }
}

describe('a row whose source is away', () => {
  it('goes on within 5 s of its return, and as if nothing had been', async () => {
    const { awaySources, back, missing, comeBack, round, row } = harness()
    const transfer = await missing()
    awaySources.wake()
    await round()
    await round()
    expect([row(transfer.id), back]).toEqual([transfer, []])
    comeBack(transfer)
    await round()
    expect(row(transfer.id)).toEqual({ ...transfer, failure: null, retryAt: 0 })
    expect(back.length).toBe(1)
  })

  it('is told by its next run what else is wrong with the path', async () => {
    const { awaySources, missing, round, isWaiting } = harness()
    const transfer = await missing()
    mkdirSync(transfer.sourcePath)
    awaySources.wake()
    await round()
    expect(isWaiting(transfer)).toBe(false)
  })

  it('does not wait for the others that are away', async () => {
    const { awaySources, missing, comeBack, round, isWaiting } = harness()
    const [one, two, three] = [await missing(), await missing(), await missing()]
    awaySources.wake()
    comeBack(two)
    await round()
    expect([one, two, three].map(isWaiting)).toEqual([true, false, true])
  })
})

describe('many rows whose sources are away', () => {
  /** So many rows of which none but the last has a file to come back. */
  async function many(count: number) {
    const tools = harness()
    const folder = temporaryFolder()
    for (let others = count - 1; others > 0; others -= 1) tools.add({ sourcePath: join(folder, `${others}`) }, away)
    return { ...tools, last: await tools.missing() }
  }

  it.each([200, 201, 400])('are looked at in turn, over and over: the last of %i', async (count) => {
    const { awaySources, comeBack, round, isWaiting, last } = await many(count)
    awaySources.wake()
    for (const _ of [1, 2, 3]) await round()
    comeBack(last)
    for (const _ of [1, 2, 3]) if (isWaiting(last)) await round()
    expect(isWaiting(last)).toBe(false)
  })

  it('come back with their drive: a round that found some is followed by the next without a pause', async () => {
    const { awaySources, comeBack, round, isWaiting, last, accountId, transfers } = await many(201)
    const [first] = transfers.away(accountId, 0, 1)
    if (first === undefined) throw new Error('a row waits')
    mkdirSync(first.sourcePath)
    comeBack(last)
    awaySources.wake()
    await round()
    expect([isWaiting(first), isWaiting(last)]).toEqual([false, true])
    vi.advanceTimersByTime(0)
    await until(() => !isWaiting(last))
  })
})

describe('the look', () => {
  it('rests where nothing is away, until it is woken', async () => {
    const { awaySources, missing, comeBack, round, isWaiting } = harness()
    awaySources.wake()
    vi.advanceTimersByTime(5_000)
    await setImmediate()
    expect(vi.getTimerCount()).toBe(0)
    const transfer = await missing()
    comeBack(transfer)
    awaySources.wake()
    awaySources.wake()
    await round()
    expect(isWaiting(transfer)).toBe(false)
  })

  it('leaves the rows of another account alone', async () => {
    const { add, otherAccountId, awaySources, missing, round, row } = harness()
    const theirs = add({ accountId: otherAccountId, sourcePath: '/' }, away)
    await missing()
    awaySources.wake()
    await round()
    expect(row(theirs.id)).toEqual(theirs)
  })

  it('writes nothing once it has ended, though a file is just being looked at', async () => {
    const { awaySources, missing, comeBack, isWaiting, fatal } = harness()
    const transfer = await missing()
    comeBack(transfer)
    awaySources.wake()
    vi.advanceTimersByTime(5_000)
    awaySources.end()
    awaySources.wake()
    for (const _ of Array.from({ length: 50 })) await setImmediate()
    expect([isWaiting(transfer), vi.getTimerCount(), fatal]).toEqual([true, 0, []])
  })

  it('hands an error that is no look’s on', async () => {
    const { awaySources, database, fatal, missing, round } = harness()
    rmSync(`${(await missing()).sourcePath}-away`)
    awaySources.wake()
    database.close()
    await round()
    expect(fatal).toEqual([expect.any(TypeError)])
  })
})
