import { randomUUID } from 'node:crypto'
import { setTimeout as setTimeoutPromise } from 'node:timers/promises'
import { assertNever } from '../../../shared/assert-never.ts'
import { dispositionOf, type Failure } from '../../../shared/failure.ts'
import { databaseFailureOf } from '../db/database.ts'
import type { Transfers } from '../db/transfers.ts'
import { abort, complete } from './finish.ts'
import { Hold } from './hold.ts'
import { obtainGrant } from './obtain-grant.ts'
import type { Account } from './permissions.ts'
import type { Progress } from './progress.ts'
import { retryDelay } from './retry.ts'
import type { GrantedTransfer, Outcome, UploadTools } from './run.ts'
import type { Slots } from './slots.ts'
import type { Transfer } from './state.ts'
import { upload } from './upload.ts'

/** The longest time (ms) without a look at the rows: a timer that a sleeping machine delayed is made up for. */
const longestRest = 30_000
/** For answers that are on the wire when the work ends (ms). */
const patience = 3_000
/** A source that keeps changing is left alone for so long (ms) before it is sent from the start. */
const stillness = 10_000

type Run = { readonly accountId: number; readonly controller: AbortController; readonly ended: Promise<void> }

export type SchedulerTools = {
  readonly transfers: Transfers
  readonly progress: Progress
  readonly slots: Slots
  readonly now: () => number
  readonly random: () => number
  /** The hold, or what runs, changed. */
  readonly onChange: () => void
  /** The run on a row began or ended, so what the row is doing changed though its state may not have. */
  readonly onRun: (id: number) => void
  /** An error that nothing here can settle: a broken database, or a defect. */
  readonly onFatal: (error: unknown) => void
}

/**
 * Runs the rows of the signed-in account. The rows say what is left to do, the scheduler only knows what it is doing:
 * a run for each of the first due rows, as many as there are slots. A run's outcome is applied as one event.
 */
export class Scheduler {
  readonly #tools: SchedulerTools
  readonly #hold: Hold
  readonly #runs = new Map<number, Run>()
  #account: Account | null = null
  #paused: boolean
  /** For whom a grant is being asked; one request at a time. */
  #granting: Account | null = null
  #timer: NodeJS.Timeout | null = null

  constructor(tools: SchedulerTools, paused: boolean) {
    this.#tools = tools
    this.#paused = paused
    this.#hold = new Hold(tools.now, tools.random)
  }

  /** The rows of the signed-in account that are worked on. */
  get running(): readonly number[] {
    return [...this.#runs].filter(([, { accountId }]) => accountId === this.#account?.id).map(([id]) => id)
  }

  get hold() {
    return this.#hold.cause
  }

  get paused(): boolean {
    return this.#paused
  }

  begin(account: Account): void {
    this.#account = account
    this.#hold.end()
    this.#changed()
  }

  /**
   * Stops all work. Answers that must not be lost are waited for a while; one that takes longer is saved when it comes, and
   * if nobody is there any more to save it, the next start asks what became of it.
   */
  async end(): Promise<void> {
    this.#account?.permissions.close()
    this.#account = null
    if (this.#timer !== null) clearTimeout(this.#timer)
    const given = new AbortController()
    await Promise.race([this.#stopAll(), setTimeoutPromise(patience, null, { signal: given.signal }).catch(() => {})])
    given.abort()
    for (const id of this.#runs.keys()) this.#tools.progress.end(id)
  }

  setPaused(paused: boolean): void {
    this.#paused = paused
    if (paused) void this.#stopAll()
    this.#changed()
  }

  /** Holds the queue for a cause from outside, such as a machine that knows it has no network. */
  holdFor(kind: Failure['kind']): void {
    this.#hold.begin(kind)
    this.#changed()
  }

  /** The broker answered: what was held because of it goes on. */
  brokerAnswered(): void {
    this.#hold.brokerAnswered()
  }

  /** Looks at the rows again; `tryNow` also ends the wait of a hold. */
  wake({ tryNow = false }: { tryNow?: boolean } = {}): void {
    if (tryNow) this.#hold.tryNow()
    this.#changed()
  }

  /** Stops the runs on rows that the person paused or canceled. */
  interrupt(ids: readonly number[]): void {
    for (const id of ids) this.#runs.get(id)?.controller.abort()
  }

  async #stopAll(): Promise<void> {
    for (const { controller } of this.#runs.values()) controller.abort()
    await Promise.all([...this.#runs.values()].map(({ ended }) => ended))
  }

  #changed(): void {
    try {
      this.#look()
    } catch (error) {
      this.#failed(error)
    }
    this.#tools.onChange()
  }

  #look(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    const account = this.#account
    if (account === null || this.#paused) return
    const { transfers, slots, now } = this.#tools
    const wait = (this.#hold.until ?? 0) - now()
    if (wait > 0) {
      this.#lookIn(wait)
      return
    }
    const free = slots.count - this.#runs.size
    const due = free > 0 ? transfers.runnable(account.id, [...this.#runs.keys()], free) : []
    for (const transfer of due) {
      if (isGranted(transfer)) this.#start(transfer, account)
      else if (this.#granting !== account) void this.#grant(account, transfer.purpose)
    }
    if (due.length === 0 && this.#runs.size === 0 && this.#granting !== account) this.#hold.end()
    const nextRetry = transfers.nextRetryAt(account.id)
    this.#lookIn(nextRetry === null ? longestRest : nextRetry - now())
  }

  #lookIn(delay: number): void {
    this.#timer = setTimeout(() => this.#changed(), Math.min(longestRest, Math.max(1, delay)))
  }

  #start(transfer: GrantedTransfer, account: Account): void {
    const controller = new AbortController()
    const ended = this.#run(transfer, account, controller.signal)
      .catch((error) => this.#failed(error))
      .finally(() => {
        this.#runs.delete(transfer.id)
        this.#tools.progress.end(transfer.id)
        this.#tools.onRun(transfer.id)
        if (this.#runs.size === 0) this.#tools.slots.rest()
        this.#changed()
      })
    this.#runs.set(transfer.id, { accountId: account.id, controller, ended })
    this.#tools.progress.begin(transfer.id, transfer.uuid, transfer.size, activityOf(transfer))
    this.#tools.onRun(transfer.id)
  }

  async #run(transfer: GrantedTransfer, account: Account, signal: AbortSignal): Promise<void> {
    const { transfers, progress, slots } = this.#tools
    const { permissions } = account
    const tools: UploadTools = {
      transfers,
      progress,
      slots,
      store: permissions.store(transfer.grantId),
      confirm: async (object) => {
        const confirmed = await permissions.confirm(transfer.grantId, [object])
        if (!confirmed.ok) return confirmed
        const [first] = confirmed.value
        if (first === undefined) throw new Error('a confirmation of one object must name it')
        return { ok: true, value: first }
      },
      onAcknowledged: () => this.#hold.storeAnswered(),
    }
    await Promise.resolve()
    this.#settle(transfer, await work(transfer, tools, signal))
  }

  #settle(transfer: GrantedTransfer, outcome: Outcome): void {
    const { transfers, now, random } = this.#tools
    const { id } = transfer
    const attempts = transfers.byId(id)?.attempts ?? 0
    const retryAt = (retryAfter: number | null = null) => now() + retryDelay(attempts, random(), retryAfter)
    switch (outcome.kind) {
      case 'done':
      case 'stopped':
        return
      case 'sourceChanged':
        this.#sendAnew(transfer, { kind: 'source_changed', detail: null }, stillness)
        return
      case 'restart':
        transfers.apply(id, { type: 'uploadLost', failure: outcome.failure, retryAt: retryAt() })
        return
      case 'relist':
        transfers.apply(id, { type: 'partsRefused', failure: outcome.failure, retryAt: retryAt() })
        return
      case 'failed':
        this.#settleFailure(transfer, outcome.failure, retryAt(outcome.retryAfter))
        return
      default:
        assertNever(outcome)
    }
  }

  #settleFailure(transfer: GrantedTransfer, failure: Failure, retryAt: number): void {
    const { transfers } = this.#tools
    const { id } = transfer
    const disposition = dispositionOf(failure.kind)
    switch (disposition) {
      case 'retry':
      case 'refresh':
        transfers.apply(id, { type: 'retryable', failure, retryAt })
        return
      case 'restart':
        transfers.apply(id, { type: 'uploadLost', failure, retryAt })
        return
      case 'hold':
        this.#hold.begin(failure.kind)
        return
      case 'ask':
        if (failure.kind === 'deadline_passed' && transfer.state === 'queued') this.#sendAnew(transfer, failure, 0)
        else transfers.apply(id, { type: 'failed', failure })
        return
      default:
        assertNever(disposition)
    }
  }

  /** Another file is at the path, or the old place may not be written any more: the same path as a new row. */
  #sendAnew({ id }: GrantedTransfer, reason: Failure, delay: number): void {
    this.#tools.transfers.replace(id, randomUUID(), reason, this.#tools.now() + delay)
  }

  /** Gets a grant for the due rows of a purpose that have none. */
  async #grant(account: Account, purpose: string): Promise<void> {
    this.#granting = account
    const { transfers, now, random } = this.#tools
    const isCurrent = () => this.#account === account
    try {
      const held = await obtainGrant(account, purpose, { transfers, now, random, isCurrent })
      if (held !== null && isCurrent()) this.#hold.begin(held)
    } catch (error) {
      this.#failed(error)
    } finally {
      if (this.#granting === account) this.#granting = null
      this.#changed()
    }
  }

  /** A full disk holds the queue; anything else of SQLite, or a defect, is not for here. */
  #failed(error: unknown): void {
    const failure = databaseFailureOf(error)
    if (failure?.kind === 'disk_full') this.#hold.begin('disk_full')
    else this.#tools.onFatal(error)
  }
}

const isGranted = (transfer: Transfer): transfer is GrantedTransfer =>
  transfer.grantId !== null && transfer.bucket !== null && transfer.key !== null && transfer.sourceId !== null

const activityOf = (transfer: Transfer) => (transfer.state === 'completing' ? 'finishing' : 'preparing')

function work(transfer: GrantedTransfer, tools: UploadTools, signal: AbortSignal): Promise<Outcome> {
  const { uploadId, state } = transfer
  if (uploadId === null || state === 'queued') return upload(transfer, tools, signal)
  return state === 'canceling' ? abort({ ...transfer, uploadId }, tools) : complete({ ...transfer, uploadId }, tools)
}
