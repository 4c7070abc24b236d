import { onTestFinished, vi } from 'vitest'
import { createGrants } from '../../../../../src/main/engine/db/grants.ts'
import type { StoreResult } from '../../../../../src/main/engine/s3/object-store.ts'
import { type Account, type Broker, Permissions } from '../../../../../src/main/engine/transfers/permissions.ts'
import { Progress } from '../../../../../src/main/engine/transfers/progress.ts'
import { Scheduler } from '../../../../../src/main/engine/transfers/scheduler.ts'
import { Slots } from '../../../../../src/main/engine/transfers/slots.ts'
import type { Transfer } from '../../../../../src/main/engine/transfers/state.ts'
import type { ConfirmedObject } from '../../../../../src/shared/broker-api.ts'
import { type FailureKind, failed, ok, type ServerFailure } from '../../../../../src/shared/failure.ts'
import { destination, grant, granted, noFolders, renewed } from '../../../../support/builders.ts'
import { memoryStore } from '../../../../support/memory-store.ts'
import { temporaryQueue } from '../../../../support/temporary-queue.ts'

/** The addresses of the two stores. */
export const here = 'https://here.example'
export const there = 'https://there.example'

/** More often than a test has the broker asked. */
const mostAsked = 100

/** Of the clock while time passes (ms). */
export const step = 100

type Interference = (call: string, partNumber?: number) => StoreResult<never> | undefined | Promise<undefined>

/** How the broker answers: after its silence, with a failure, which may be for places only, or as it should. */
type Answering = {
  failure: ServerFailure | null
  placeFailure: ServerFailure | null
  silence: Promise<unknown> | null
  asked: number
}

/** A plain refusal of a store. */
export const refusal = (kind: FailureKind): StoreResult<never> => ({
  ok: false,
  failure: { kind, detail: null, unclear: false, retryAfter: null },
})

/** What can be waited for until it is opened, at the end of the test at the latest. */
export function gate() {
  let open = () => {}
  const passed = new Promise<undefined>((resolve) => {
    open = () => resolve(undefined)
  })
  onTestFinished(() => open())
  return { open, passed }
}

/**
 * A scheduler on a real queue of real files, with two stores in memory and a broker that grants places at the first and looks into both. The
 * clock stands still but for `pass`; a wait that is held takes 4.5 s.
 */
export function schedulerHarness({ slots = 2 } = {}) {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const queue = temporaryQueue()
  const { accountId, clock, database, transfers } = queue
  const grants = createGrants(database)

  /** What comes between the stores and their work, by address. */
  const interfere = new Map<string, Interference>()
  /** Addresses whose credentials are over: the store cannot be used without the broker. */
  const unready = new Set<string>()
  const broker: Answering = { failure: null, placeFailure: null, silence: null, asked: 0 }
  async function ask(): Promise<ServerFailure | null> {
    broker.asked += 1
    // asked without a pause, it falls silent: the test must see that, and end
    await (broker.asked > mostAsked ? new Promise(() => {}) : broker.silence)
    return broker.failure
  }

  const storeAt = (address: string) =>
    memoryStore(async (call, partNumber) => {
      const failure = unready.has(address) ? await ask() : null
      if (failure !== null) return { ok: false, failure: { retryAfter: null, ...failure, unclear: false } }
      const result = await interfere.get(address)?.(call, partNumber)
      if (result === undefined) scheduler.storeAnswered(address)
      return result
    })
  const stores = new Map([here, there].map((address) => [address, storeAt(address)]))
  const at = (address: string) => {
    const store = stores.get(address)
    if (store === undefined) throw new Error(`no store is at ${address}`)
    return store
  }

  /** Of what is in the bucket, the sizes are compared. */
  const lookAt = ({ key, size }: { key: string; size: number }): ConfirmedObject => {
    const [bytes] = [...stores.values()].flatMap(({ objects }) => objects.get(key) ?? [])
    if (bytes === undefined) return { key, outcome: 'absent' }
    if (bytes.length !== size) return { key, outcome: 'different' }
    return { key, outcome: 'same', etag: 'e', versionId: null, crc32: null }
  }
  const unused = async () => failed('not_possible')
  const fakeBroker: Broker = {
    renew: unused,
    upload: unused,
    async confirm({ objects }) {
      const failure = await ask()
      if (failure !== null) return { ok: false, failure }
      return ok({ objects: objects.map(lookAt), serverTime: 0 })
    },
    async grant({ files }) {
      const failure = (await ask()) ?? broker.placeFailure
      if (failure !== null) return { ok: false, failure }
      const { credentials, serverTime, renewUntil } = renewed('first').value
      const keys = files.map(({ id }) => ({ id, key: `drops/1/${id}` }))
      const place = destination({ endpoint: here })
      return ok({
        value: { grant: 'signed', destination: place, keys, credentials, serverTime, renewUntil },
        askedAt: 0,
      })
    },
  }
  const account = (id: number): Account => ({
    id,
    permissions: new Permissions(
      id,
      fakeBroker,
      grants,
      ({ endpoint }) => ({ store: at(endpoint ?? '').store, isReady: () => !unready.has(endpoint ?? '') }),
      () => scheduler.brokerAnswered(),
      noFolders,
    ),
  })

  const fatal: unknown[] = []
  /** Rows, each time that a run on one begins or ends. */
  const onRun: number[] = []
  const scheduler = new Scheduler(
    {
      transfers,
      progress: new Progress(() => clock.now),
      slots: new Slots(slots, 100),
      now: () => clock.now,
      random: () => 1,
      onChange: () => {},
      onRun: (id) => onRun.push(id),
      onFatal: (error) => fatal.push(error),
    },
    false,
  )
  onTestFinished(() => scheduler.end())

  const grantOf = new Map(
    [...stores.keys()].map((endpoint) => [
      endpoint,
      grants.insert(grant({ accountId, destination: destination({ endpoint }) })),
    ]),
  )
  /** Rows of new files that have a place at the store, by one grant, or none yet. */
  async function rows(count: number, address: string | null = null): Promise<readonly Transfer[]> {
    const added: Transfer[] = []
    for (let number = 0; number < count; number += 1) {
      const { id, uuid } = await queue.addFile('one, two, three')
      const grantId = address === null ? undefined : grantOf.get(address)
      if (grantId !== undefined) transfers.apply(id, granted(grantId, `drops/1/${uuid}`))
      added.push(queue.row(id))
    }
    return added
  }
  /** The only one of the kind. */
  async function aRow(address: string | null = null): Promise<Transfer> {
    const [added] = await rows(1, address)
    if (added === undefined) throw new Error('a row was asked for')
    return added
  }
  /** Lets a row be sent in parts of five bytes, of which it has three. */
  const inParts = ({ id }: Transfer) => database.prepare('UPDATE transfers SET part_size = 5 WHERE id = ?').run(id)
  const states = (given: readonly Transfer[]) => given.map(({ id }) => queue.row(id).state)
  const areCompleted = (...given: readonly Transfer[]) => states(given).every((state) => state === 'completed')

  /** The clock goes ahead of the timers by a step, so that each finds it at its time or a little later. */
  async function pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= step) {
      clock.now += Math.min(step, left)
      await vi.advanceTimersByTimeAsync(Math.min(step, left))
    }
  }
  const begin = (id = accountId) => scheduler.begin(account(id))
  return {
    ...{ ...queue, scheduler, interfere, unready, broker, at, fatal, onRun },
    ...{ rows, aRow, inParts, states, areCompleted, pass, begin },
  }
}
