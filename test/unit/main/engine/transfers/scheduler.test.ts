import { rmSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Transfer } from '../../../../../src/main/engine/transfers/state.ts'
import { failure } from '../../../../support/builders.ts'
import { until } from '../../../../support/until.ts'
import { gate, here, refusal, schedulerHarness, step, there } from './scheduler-harness.ts'

/** As long as what is held waits (ms). */
const holdWait = 4_500

describe('the scheduler', () => {
  it('gets a place for a new row, sends it, and has nothing left to do', async () => {
    const { scheduler, aRow, areCompleted, begin, at, row } = schedulerHarness()
    const transfer = await aRow()
    begin()
    await until(() => areCompleted(transfer) && scheduler.running.length === 0)
    expect(
      at(here)
        .objects.get(row(transfer.id).key ?? '')
        ?.toString(),
    ).toBe('one, two, three')
    expect(scheduler.hold).toBeNull()
  })

  it('runs as many rows as there are slots, the first ones first', async () => {
    const { scheduler, rows, areCompleted, begin, interfere } = schedulerHarness({ slots: 2 })
    const transfers = await rows(5, here)
    const wire = gate()
    const most = { count: 0 }
    interfere.set(here, () => {
      most.count = Math.max(most.count, scheduler.running.length)
      return wire.passed
    })
    begin()
    expect(scheduler.running).toEqual(transfers.slice(0, 2).map(({ id }) => id))
    wire.open()
    await until(() => areCompleted(...transfers))
    expect(most.count).toBe(2)
  })

  it('begins a row by itself when its time has come', async () => {
    const { aRow, areCompleted, begin, clock, pass, scheduler, transfers } = schedulerHarness()
    const transfer = await aRow(here)
    transfers.apply(transfer.id, { type: 'retryable', failure: failure(), retryAt: clock.now + 60_000 })
    begin()
    await pass(59_999)
    expect(scheduler.running).toEqual([])
    await pass(1)
    await until(() => areCompleted(transfer))
  })

  it('does nothing for the rows of another person', async () => {
    const { aRow, begin, otherAccountId, pass, row, scheduler } = schedulerHarness()
    const transfer = await aRow(here)
    begin(otherAccountId)
    await pass(60_000)
    expect([scheduler.running, row(transfer.id)]).toEqual([[], transfer])
  })

  it('stops what the person canceled, and throws its parts away', async () => {
    const { aRow, inParts, begin, interfere, row, scheduler, transfers, at } = schedulerHarness()
    const transfer = await aRow(here)
    inParts(transfer)
    const wire = gate()
    interfere.set(here, (call) => (call === 'part' ? wire.passed : undefined))
    begin()
    await until(() => at(here).calls.includes('part 1'))
    transfers.apply(transfer.id, { type: 'cancel' })
    scheduler.interrupt([transfer.id])
    wire.open()
    await until(() => row(transfer.id).state === 'canceled')
    expect([at(here).uploads.size, at(here).calls.includes('part 3')]).toEqual([0, false])
  })

  it('hands an error that is nobody’s answer on', async () => {
    const { aRow, begin, fatal, interfere } = schedulerHarness()
    await aRow(here)
    const defect = new Error('a defect')
    interfere.set(here, () => {
      throw defect
    })
    begin()
    await until(() => fatal.length > 0)
    expect(fatal[0]).toBe(defect)
  })

  it('saves the answer that is on the wire when it ends, and begins nothing more', async () => {
    const { rows, begin, interfere, row, scheduler, states, at } = schedulerHarness({ slots: 1 })
    const transfers = await rows(2, here)
    const wire = gate()
    interfere.set(here, () => wire.passed)
    begin()
    await until(() => at(here).calls.length > 0)
    const ended = scheduler.end()
    wire.open()
    await ended
    scheduler.wake()
    expect([states(transfers), scheduler.running]).toEqual([['completed', 'queued'], []])
    expect(row(transfers[1]?.id ?? 0)).toEqual(transfers[1])
  })
})

describe('a store that is away', () => {
  it('keeps its own rows waiting, which lose no attempt, and not those of another store', async () => {
    const { rows, begin, areCompleted, interfere, row, scheduler, clock } = schedulerHarness({ slots: 2 })
    const [dead, alive] = [await rows(4, here), await rows(4, there)]
    interfere.set(here, () => refusal('offline'))
    begin()
    await until(() => areCompleted(...alive))
    expect(dead.map(({ id }) => row(id))).toEqual(dead)
    expect(scheduler.hold).toEqual({ kind: 'offline', since: clock.now, until: null })
    expect(dead.map((transfer) => scheduler.isHeld(transfer))).toEqual([true, true, true, true])
    expect(alive.some((transfer) => scheduler.isHeld(transfer))).toBe(false)
  })

  it('is tried again within 5 s, and everything goes on as soon as it answers', async () => {
    const { rows, begin, areCompleted, interfere, scheduler, pass, at } = schedulerHarness({ slots: 2 })
    const dead = await rows(4, here)
    interfere.set(here, () => refusal('offline'))
    begin()
    await until(() => scheduler.hold !== null && scheduler.running.length === 0)
    await pass(holdWait)
    await until(() => scheduler.running.length === 0)
    expect(scheduler.hold).not.toBeNull()
    const calls = at(here).calls.length
    await pass(1_000)
    expect(at(here).calls.length).toBe(calls)
    interfere.delete(here)
    await pass(holdWait)
    await until(() => areCompleted(...dead))
    expect(scheduler.hold).toBeNull()
  })

  it('is tried with half of the slots at most: the others are for what can be sent', async () => {
    const { rows, begin, areCompleted, interfere, scheduler, pass } = schedulerHarness({ slots: 4 })
    const dead = await rows(6, here)
    interfere.set(here, () => refusal('offline'))
    begin()
    await until(() => scheduler.hold !== null && scheduler.running.length === 0)
    const silence = gate()
    interfere.set(here, () => silence.passed)
    await pass(holdWait)
    const tried = dead.slice(0, 2).map(({ id }) => id)
    expect(scheduler.running).toEqual(tried)
    const alive = await rows(4, there)
    scheduler.wake()
    expect(scheduler.running).toEqual([...tried, ...alive.slice(0, 2).map(({ id }) => id)])
    await until(() => areCompleted(...alive) && scheduler.running.length === 2)
    expect(scheduler.running).toEqual(tried)
  })

  it('stays away while no slot is free to try it', async () => {
    const { aRow, rows, begin, interfere, scheduler, pass } = schedulerHarness({ slots: 2 })
    const dead = await aRow(here)
    await rows(2, there)
    const wire = gate()
    interfere.set(here, () => refusal('offline'))
    interfere.set(there, () => wire.passed)
    begin()
    await until(() => scheduler.hold !== null && scheduler.running.length === 2)
    await pass(holdWait)
    expect([scheduler.isHeld(dead), scheduler.hold?.kind]).toEqual([true, 'offline'])
  })

  it('is forgotten when nothing is left that would go there', async () => {
    const { aRow, begin, interfere, scheduler, transfers, pass } = schedulerHarness()
    const dead = await aRow(here)
    interfere.set(here, () => refusal('offline'))
    begin()
    await until(() => scheduler.hold !== null && scheduler.running.length === 0)
    transfers.apply(dead.id, { type: 'cancel' })
    scheduler.wake()
    expect(scheduler.hold?.kind).toBe('offline')
    await pass(holdWait)
    expect(scheduler.hold).toBeNull()
  })
})

describe('a broker that is away', () => {
  const away = { kind: 'broker_unreachable', detail: '503' } as const

  it('keeps waiting what needs it; what has good credentials goes on', async () => {
    const { aRow, begin, areCompleted, broker, scheduler, unready, row } = schedulerHarness({ slots: 4 })
    const [ungranted, ready, over] = [await aRow(), await aRow(here), await aRow(there)]
    broker.failure = away
    unready.add(there)
    begin()
    await until(() => scheduler.hold !== null && areCompleted(ready))
    const later = await aRow(here)
    scheduler.wake()
    expect([ungranted, later, over].map((transfer) => scheduler.isHeld(transfer))).toEqual([true, false, true])
    await until(() => areCompleted(later))
    expect([row(ungranted.id), row(over.id)]).toEqual([ungranted, over])
    expect(scheduler.hold?.kind).toBe('broker_unreachable')
  })

  it('is asked again within 5 s, and everything goes on as soon as it answers', async () => {
    const { aRow, begin, areCompleted, broker, scheduler, pass, unready } = schedulerHarness()
    const [ungranted, over] = [await aRow(), await aRow(there)]
    broker.failure = away
    unready.add(there)
    begin()
    await until(() => scheduler.hold !== null && scheduler.running.length === 0)
    broker.failure = null
    await pass(holdWait)
    await until(() => areCompleted(ungranted, over))
    expect(scheduler.hold).toBeNull()
  })

  it('is tried with one row at a time: the slots are for what does not need it', async () => {
    const { aRow, rows, begin, areCompleted, broker, scheduler, pass, unready } = schedulerHarness({ slots: 3 })
    const [first, over] = [await aRow(here), await rows(3, there)]
    broker.failure = away
    unready.add(there)
    begin()
    await until(() => areCompleted(first) && scheduler.hold !== null && scheduler.running.length === 0)
    broker.silence = gate().passed
    await pass(holdWait)
    const alive = await rows(3, here)
    scheduler.wake()
    await until(() => areCompleted(...alive))
    expect(over.filter(({ id }) => scheduler.running.includes(id))).toHaveLength(1)
  })

  it('is tried with each row in turn, so that one at which it always fails keeps no other waiting', async () => {
    const { rows, begin, areCompleted, interfere, scheduler, pass, states, unready } = schedulerHarness()
    const [failing, good] = [await rows(3, here), await rows(3, there)]
    interfere.set(here, () => ({
      ok: false,
      failure: { ...away, from: 'broker', unclear: false, retryAfter: null },
    }))
    interfere.set(there, () => {
      scheduler.brokerAnswered()
      return undefined
    })
    for (const address of [here, there]) unready.add(address)
    begin()
    await until(() => scheduler.hold !== null && scheduler.running.length === 0)
    for (const _ of [...failing, ...good]) {
      await pass(holdWait)
      await until(() => scheduler.running.length === 0)
    }
    await until(() => areCompleted(...good))
    expect(states(failing)).toEqual(['queued', 'queued', 'queued'])
  })

  it('is tried with a place that was given, where it gives no other', async () => {
    const { aRow, begin, areCompleted, broker, scheduler, pass, unready, row } = schedulerHarness({ slots: 1 })
    const [ungranted, granted] = [await aRow(), await aRow(there)]
    broker.placeFailure = away
    unready.add(there)
    begin()
    await until(() => scheduler.hold !== null)
    await pass(holdWait)
    await until(() => areCompleted(granted))
    expect(row(ungranted.id).state).toBe('queued')
  })

  it('is forgotten when nothing is left that needs it, though another row is on the wire', async () => {
    const { aRow, begin, broker, interfere, scheduler, transfers, pass } = schedulerHarness()
    const [ungranted, granted] = [await aRow(), await aRow(here)]
    const wire = gate()
    interfere.set(here, () => wire.passed)
    broker.failure = away
    begin()
    await until(() => scheduler.hold !== null)
    await pass(holdWait)
    await until(() => broker.asked === 2)
    expect(scheduler.hold?.kind).toBe('broker_unreachable')
    transfers.apply(ungranted.id, { type: 'cancel' })
    scheduler.wake()
    await pass(holdWait)
    expect([scheduler.hold, scheduler.running, broker.asked]).toEqual([null, [granted.id], 2])
  })

  it('stays away while no slot is free to ask it', async () => {
    const { aRow, rows, begin, broker, interfere, scheduler, pass } = schedulerHarness()
    const ungranted = await aRow()
    await rows(2, here)
    const wire = gate()
    interfere.set(here, () => wire.passed)
    broker.failure = away
    begin()
    await until(() => scheduler.hold !== null && scheduler.running.length === 2)
    await pass(holdWait)
    expect([scheduler.isHeld(ungranted), scheduler.hold?.kind]).toEqual([true, 'broker_unreachable'])
  })

  it('is left alone for as long as it wants', async () => {
    const { aRow, begin, broker, scheduler, pass } = schedulerHarness()
    await aRow()
    broker.failure = { ...away, retryAfter: 60_000 }
    begin()
    await until(() => scheduler.hold !== null)
    await pass(59_999)
    expect(broker.asked).toBe(1)
    await pass(1)
    await until(() => broker.asked === 2)
  })
})

describe('a row with good credentials that has to ask the broker what became of its object', () => {
  const away = { kind: 'broker_unreachable', detail: '503' } as const
  type Harness = ReturnType<typeof schedulerHarness>

  /** Takes the object and does not say so: each further try is told that its key is taken. */
  async function takenKey({ aRow, at, interfere }: Harness): Promise<Transfer> {
    const transfer = await aRow(here)
    interfere.set(here, (call) => {
      if (call !== 'put') return undefined
      at(here).objects.set(keyOf(transfer), Buffer.from('one, two, three'))
      return refusal('exists')
    })
    return transfer
  }
  /** Takes Complete and does not say so. */
  async function lostUpload({ aRow, at, inParts, interfere }: Harness): Promise<Transfer> {
    const transfer = await aRow(here)
    inParts(transfer)
    interfere.set(here, (call) => {
      if (call !== 'complete') return undefined
      at(here).objects.set(keyOf(transfer), Buffer.from('one, two, three'))
      return refusal('upload_lost')
    })
    return transfer
  }
  async function canceled({ aRow, at, transfers }: Harness): Promise<Transfer> {
    const transfer = await aRow(here)
    at(here).objects.set(keyOf(transfer), Buffer.from('one, two, three'))
    transfers.apply(transfer.id, { type: 'cancel' })
    return transfer
  }
  const keyOf = ({ key }: Transfer) => key ?? ''

  it.each([
    { what: 'as its key is taken', prepare: takenKey, puts: 1 },
    { what: 'as its upload is gone', prepare: lostUpload, puts: 0 },
    { what: 'as it was canceled', prepare: canceled, puts: 0 },
  ])('$what waits for it as one without credentials does, and sends nothing twice', async ({ prepare, puts }) => {
    const harness = schedulerHarness()
    const { areCompleted, begin, broker, pass, scheduler, row, at } = harness
    const transfer = await prepare(harness)
    broker.failure = away
    begin()
    await until(() => scheduler.hold !== null && scheduler.running.length === 0)
    const { attempts, state } = row(transfer.id)
    for (const tries of [1, 2, 3]) {
      await pass(holdWait - step)
      expect([broker.asked, scheduler.isHeld(transfer), scheduler.hold?.kind]).toEqual([
        ...[tries, true, 'broker_unreachable'],
      ])
      await pass(step)
      await until(() => broker.asked === tries + 1 && scheduler.running.length === 0)
      expect(row(transfer.id)).toMatchObject({ attempts, state })
    }
    broker.failure = null
    await pass(holdWait)
    await until(() => areCompleted(transfer))
    expect([scheduler.hold, at(here).calls.filter((call) => call === 'put').length]).toEqual([null, puts])
  })

  it('tries it alone, and leaves the slots to what does not need it', async () => {
    const { areCompleted, begin, broker, interfere, pass, rows, scheduler } = schedulerHarness({ slots: 3 })
    const asking = await rows(3, here)
    interfere.set(here, () => refusal('exists'))
    broker.failure = away
    begin()
    await until(() => broker.asked === 3 && scheduler.running.length === 0)
    interfere.delete(here)
    broker.silence = gate().passed
    await pass(holdWait)
    const alive = await rows(3, here)
    scheduler.wake()
    await until(() => areCompleted(...alive))
    expect(asking.filter(({ id }) => scheduler.running.includes(id))).toHaveLength(1)
  })

  it('holds nothing any more when it is paused', async () => {
    const harness = schedulerHarness()
    const { begin, broker, pass, scheduler, transfers } = harness
    const transfer = await takenKey(harness)
    broker.failure = away
    begin()
    await until(() => scheduler.hold !== null && scheduler.running.length === 0)
    transfers.apply(transfer.id, { type: 'pause' })
    scheduler.wake()
    await pass(holdWait)
    expect([scheduler.hold, broker.asked]).toEqual([null, 1])
  })

  it('waits for its own time and its own store too, where another cause comes before the broker', async () => {
    const harness = schedulerHarness()
    const { at, begin, broker, interfere, pass, scheduler } = harness
    await lostUpload(harness)
    broker.failure = away
    begin()
    await until(() => scheduler.hold !== null && scheduler.running.length === 0)
    interfere.set(here, () => refusal('offline'))
    const calls = at(here).calls.length
    await pass(holdWait)
    await until(() => at(here).calls.length > calls && scheduler.running.length === 0)
    await pass(holdWait - step)
    expect(at(here).calls.length).toBe(calls + 1)
  })

  it('is left alone where its file is gone meanwhile', async () => {
    const harness = schedulerHarness()
    const { begin, broker, onRun, pass, row, scheduler } = harness
    const transfer = await takenKey(harness)
    broker.failure = away
    begin()
    await until(() => scheduler.hold !== null && scheduler.running.length === 0)
    rmSync(transfer.sourcePath)
    await pass(holdWait)
    await until(() => row(transfer.id).failure?.kind === 'source_missing' && scheduler.running.length === 0)
    const runs = onRun.length
    await pass(60_000)
    expect(onRun.length).toBe(runs)
  })

  it('takes no slot that another row has', async () => {
    const harness = schedulerHarness({ slots: 1 })
    const { aRow, begin, broker, interfere, pass, scheduler } = harness
    await takenKey(harness)
    broker.failure = away
    begin()
    await until(() => scheduler.hold !== null && scheduler.running.length === 0)
    const other = await aRow(there)
    const wire = gate()
    interfere.set(there, () => wire.passed)
    scheduler.wake()
    await pass(holdWait)
    expect(scheduler.running).toEqual([other.id])
  })
})

describe('a machine without a network', () => {
  it('begins nothing, tries every few seconds, and goes on with the first answer', async () => {
    const { rows, begin, areCompleted, interfere, scheduler, pass, at } = schedulerHarness()
    begin()
    scheduler.holdOffline()
    const transfers = await rows(3, here)
    interfere.set(here, () => refusal('offline'))
    scheduler.wake()
    await pass(holdWait - 1)
    expect([at(here).calls, transfers.every((transfer) => scheduler.isHeld(transfer))]).toEqual([[], true])
    await pass(1)
    await until(() => at(here).calls.length > 0 && scheduler.running.length === 0)
    interfere.delete(here)
    await pass(holdWait)
    await until(() => areCompleted(...transfers))
    expect(scheduler.hold).toBeNull()
  })

  it('tries everything at once when it has one again', async () => {
    const { aRow, begin, areCompleted, clock, interfere, scheduler, transfers } = schedulerHarness()
    const [held, waiting] = [await aRow(here), await aRow(there)]
    transfers.apply(waiting.id, { type: 'retryable', failure: failure(), retryAt: clock.now + 60_000 })
    interfere.set(here, () => refusal('offline'))
    begin()
    await until(() => scheduler.hold !== null && scheduler.running.length === 0)
    interfere.delete(here)
    scheduler.tryNow()
    await until(() => areCompleted(held, waiting))
  })
})

describe('a full disk', () => {
  it('holds everything, and everything goes on when there is room', async () => {
    const { aRow, begin, areCompleted, database, fatal, scheduler, pass, states } = schedulerHarness()
    const transfer = await aRow(here)
    database.exec(`CREATE TRIGGER grow AFTER UPDATE ON transfers
      BEGIN INSERT OR REPLACE INTO settings VALUES ('big', json_quote(hex(zeroblob(100000)))); END`)
    const limit = (pages: number) => database.pragma(`max_page_count = ${pages}`)
    limit(database.pragma('page_count', { simple: true }) as number)
    begin()
    await until(() => scheduler.hold !== null && scheduler.running.length === 0)
    expect([scheduler.hold?.kind, states([transfer]), fatal]).toEqual(['disk_full', ['queued'], []])
    limit(1_000_000)
    await pass(holdWait)
    await until(() => areCompleted(transfer))
    expect(scheduler.hold).toBeNull()
  })
})

describe('a rest', () => {
  it.each([
    { cause: 'pause all', hold: null },
    { cause: 'the schedule', hold: { kind: 'schedule', until: 9_000_000 } },
    { cause: 'a sleeping machine', hold: { kind: 'asleep', until: null } },
  ] as const)('for $cause stops what runs, keeps what is stored, and goes on from there', async ({ hold }) => {
    // one slot: no other part overtakes the one on the wire
    const harness = schedulerHarness({ slots: 1 })
    const { aRow, inParts, begin, areCompleted, interfere, scheduler, clock, transfers, at, pass } = harness
    const rest = (on: boolean) => (hold === null ? scheduler.setPaused(on) : scheduler.setRest(on ? hold : null))
    const transfer = await aRow(here)
    inParts(transfer)
    const wire = gate()
    interfere.set(here, (call, partNumber) => (call === 'part' && partNumber === 2 ? wire.passed : undefined))
    begin()
    await until(() => at(here).calls.includes('part 2'))
    rest(true)
    wire.open()
    await until(() => scheduler.running.length === 0)
    const stored = transfers.parts(transfer.id).length
    await pass(60_000)
    expect([scheduler.running, scheduler.isHeld(transfer)]).toEqual([[], true])
    expect(scheduler.hold).toEqual(hold === null ? null : { ...hold, since: clock.now - 60_000 })
    at(here).calls.length = 0
    rest(false)
    await until(() => areCompleted(transfer))
    expect(at(here).calls.filter((call) => call.startsWith('part')).length).toBe(3 - stored)
  })

  it('says since when, also where its end is moved, and is spoken of before what failed', async () => {
    const { begin, clock, scheduler } = schedulerHarness()
    begin()
    scheduler.holdOffline()
    const since = clock.now
    scheduler.setRest({ kind: 'schedule', until: 5 })
    clock.now += 1_000
    scheduler.setRest({ kind: 'schedule', until: 9 })
    expect(scheduler.hold).toEqual({ kind: 'schedule', since, until: 9 })
    scheduler.setRest({ kind: 'on_battery', until: null })
    expect(scheduler.hold).toEqual({ kind: 'on_battery', since: clock.now, until: null })
    scheduler.setRest(null)
    expect(scheduler.hold?.kind).toBe('offline')
  })
})
