import { setTimeout as setTimeoutPromise } from 'node:timers/promises'
import { mostFilesPerGrant } from '../../../shared/broker-api.ts'
import type { FailureKind } from '../../../shared/failure.ts'
import type { QueueHold } from '../../../shared/transfer.ts'
import { databaseFailureOf } from '../db/database.ts'
import type { UngrantedRequest } from '../db/transfer-reads.ts'
import type { Transfers } from '../db/transfers.ts'
import { abandon } from './abandon.ts'
import { brokerHasNoRows, rowsToTry, type Situation, storesWithoutRows, unheldRows } from './due-rows.ts'
import { complete } from './finish.ts'
import { Holds, type Scope, scopeOf, storeScope } from './hold.ts'
import type { Rest } from './limits.ts'
import { obtainGrant } from './obtain-grant.ts'
import type { Account } from './permissions.ts'
import type { Progress } from './progress.ts'
import { type GrantedTransfer, type Outcome, stopped, type UploadTools } from './run.ts'
import { settle } from './settle.ts'
import type { Slots } from './slots.ts'
import type { Transfer } from './state.ts'
import { upload } from './upload.ts'

/** The longest time (ms) without a look at the rows: a timer that a sleeping machine delayed is made up for. */
const longestRest = 30_000
/** For answers that are on the wire when the work ends (ms). */
const patience = 3_000

type Run = {
  readonly accountId: number
  readonly grantId: number
  /** Of the store it sends to. */
  readonly address: string
  readonly controller: AbortController
  readonly ended: Promise<void>
  /** We cut its connections ourselves: that it failed says nothing. */
  wasCut: boolean
}

/** What a connection that we cut looks like. */
const looksCut: ReadonlySet<FailureKind> = new Set(['offline', 'timeout', 'server', 'broker_unreachable'])

export type SchedulerTools = {
  readonly transfers: Transfers
  readonly progress: Progress
  readonly slots: Slots
  readonly now: () => number
  readonly random: () => number
  /** What holds, or what runs, changed. */
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
  readonly #holds: Holds
  readonly #runs = new Map<number, Run>()
  #account: Account | null = null
  #paused: boolean
  /** Why everything rests though nothing failed. */
  #rest: (Rest & { readonly since: number }) | null = null
  /** For whom a grant is being asked; one request at a time. */
  #granting: Account | null = null
  #grantWasCut = false
  /**
   * Rows for which the broker was asked last in vain, in the order of these tries: they wait for it even where their credentials
   * are good.
   */
  readonly #brokerless = new Set<number>()
  #timer: NodeJS.Timeout | null = null

  constructor(tools: SchedulerTools, paused: boolean) {
    this.#tools = tools
    this.#paused = paused
    this.#holds = new Holds(tools.now, tools.random)
  }

  /** The rows of the signed-in account that are worked on. */
  get running(): readonly number[] {
    return [...this.#runs].filter(([, { accountId }]) => accountId === this.#account?.id).map(([id]) => id)
  }

  /** The one cause to speak of. */
  get hold(): QueueHold | null {
    if (this.#rest !== null) return this.#rest
    const { cause } = this.#holds
    return cause === null ? null : { ...cause, until: null }
  }

  /** Whether a cause keeps this row waiting, and not its own last try. */
  isHeld({ id, grantId }: Transfer): boolean {
    if (this.#paused || this.#rest !== null || this.#holds.has('all')) return true
    if (this.#account === null || this.#holds.cause === null) return false
    if (grantId === null) return this.#holds.has('broker')
    const { permissions } = this.#account
    if (this.#holds.has(storeScope(permissions.addressOf(grantId)))) return true
    return this.#holds.has('broker') && (this.#brokerless.has(id) || !permissions.isReady(grantId))
  }

  get paused(): boolean {
    return this.#paused
  }

  begin(account: Account): void {
    this.#account = account
    this.#holds.clear()
    this.#brokerless.clear()
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

  /** Lets everything rest for a cause, as "pause all" does, until null ends it. */
  setRest(rest: Rest | null): void {
    if (rest?.kind === this.#rest?.kind && rest?.until === this.#rest?.until) return
    const since = this.#rest !== null && this.#rest.kind === rest?.kind ? this.#rest.since : this.#tools.now()
    this.#rest = rest === null ? null : { ...rest, since }
    if (rest !== null) void this.#stopAll()
    this.#changed()
  }

  /** The machine says that it has no network. */
  holdOffline(): void {
    this.#holds.begin('all', 'offline')
    this.#changed()
  }

  /** The broker answered: what was held because of it goes on. */
  brokerAnswered(): void {
    this.#ended('broker')
  }

  /** The store at an address answered. */
  storeAnswered(address: string): void {
    this.#ended(storeScope(address))
  }

  /** All connections were cut: what fails because of it is begun again at once, and is no attempt. */
  connectionsCut(): void {
    for (const run of this.#runs.values()) run.wasCut = true
    this.#grantWasCut = true
  }

  /** Looks at the rows again. */
  wake(): void {
    this.#changed()
  }

  /** Tries what waits after a failure at once. */
  tryNow(): void {
    this.#holds.tryNow()
    this.#changed(({ id }) => this.#tools.transfers.tryNow(id))
  }

  #ended(scope: Scope): void {
    if (this.#holds.end(scope)) this.#changed()
  }

  /** Stops the runs on rows that the person paused or canceled. */
  interrupt(ids: readonly number[]): void {
    for (const id of ids) this.#runs.get(id)?.controller.abort()
  }

  async #stopAll(): Promise<void> {
    for (const { controller } of this.#runs.values()) controller.abort()
    await Promise.all([...this.#runs.values()].map(({ ended }) => ended))
  }

  #changed(before: (account: Account) => void = () => {}): void {
    try {
      if (this.#account !== null) before(this.#account)
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
    if (account === null || this.#paused || this.#rest !== null) return
    // asked first: a row that becomes due meanwhile is in both answers, and never in none
    const nextRetryAt = this.#tools.transfers.nextRetryAt(account.id)
    if (this.#holds.waitOf('all') === 0) {
      this.#startDue(account, unheldRows(this.#situation(account)))
      this.#startDue(account, rowsToTry(this.#situation(account)))
      this.#forgetIdleHolds(account)
    }
    const nextRetry = nextRetryAt === null ? longestRest : nextRetryAt - this.#tools.now()
    this.#lookIn(Math.min(nextRetry, this.#holds.nextTry ?? longestRest))
  }

  /** A cause that could be tried again now, but for which nothing is there to try, is none any more. */
  #forgetIdleHolds(account: Account): void {
    const situation = this.#situation(account)
    const idle: readonly Scope[] = [
      ...storesWithoutRows(situation).map(storeScope),
      ...(this.#holds.has('broker') && brokerHasNoRows(situation) ? (['broker'] as const) : []),
      ...(this.#runs.size === 0 && this.#granting !== account ? (['all'] as const) : []),
    ]
    for (const scope of idle) if (this.#holds.waitOf(scope) === 0) this.#holds.end(scope)
  }

  #situation(account: Account): Situation {
    const { transfers, slots } = this.#tools
    const isGranting = this.#granting === account
    const brokerless = [...this.#brokerless]
    return { transfers, account, isGranting, brokerless, holds: this.#holds, slots: slots.count, runs: this.#runs }
  }

  #startDue(account: Account, due: readonly Transfer[]): void {
    for (const transfer of due) {
      if (isGranted(transfer)) this.#start(transfer, account)
      else if (this.#granting !== account) void this.#grant(account, transfer)
    }
  }

  #lookIn(delay: number): void {
    this.#timer = setTimeout(() => this.#changed(), Math.min(longestRest, Math.max(1, delay)))
  }

  #start(transfer: GrantedTransfer, account: Account): void {
    const controller = new AbortController()
    const address = account.permissions.addressOf(transfer.grantId)
    const ended = this.#run(transfer, account, address, controller.signal)
      .catch((error) => this.#failed(error))
      .finally(() => {
        this.#runs.delete(transfer.id)
        this.#tools.progress.end(transfer.id)
        this.#tools.onRun(transfer.id)
        if (this.#runs.size === 0) this.#tools.slots.rest()
        this.#changed()
      })
    this.#runs.set(transfer.id, {
      accountId: account.id,
      grantId: transfer.grantId,
      address,
      controller,
      ended,
      wasCut: false,
    })
    const { transfers, progress } = this.#tools
    const acknowledged = transfers.listed(transfer.id)?.acknowledged ?? 0
    progress.begin(transfer.id, transfer.uuid, transfer.size, activityOf(transfer), acknowledged)
    this.#tools.onRun(transfer.id)
  }

  async #run(transfer: GrantedTransfer, account: Account, address: string, signal: AbortSignal): Promise<void> {
    const { transfers, progress, slots } = this.#tools
    const { permissions } = account
    const tools: UploadTools = {
      transfers,
      progress,
      slots,
      store: permissions.store(transfer.grantId).store,
      confirm: async (object) => {
        const confirmed = await permissions.confirm(transfer.grantId, [object])
        if (!confirmed.ok) return confirmed
        const [first] = confirmed.value
        if (first === undefined) throw new Error('a confirmation of one object must name it')
        const isReplaced = transfer.replaces && first.outcome === 'different'
        return { ok: true, value: isReplaced ? { ...first, outcome: 'absent' } : first }
      },
      onSaved: () => this.#ended('all'),
    }
    await Promise.resolve()
    const outcome = await work(transfer, tools, signal)
    const wasCut = this.#runs.get(transfer.id)?.wasCut ?? false
    if (wasCut && outcome.kind === 'failed' && looksCut.has(outcome.failure.kind)) return
    const held = settle(transfer, outcome, this.#tools)
    this.#brokerless.delete(transfer.id)
    if (held === null || this.#account !== account) return
    const scope = scopeOf(held.failure.kind, held.from === 'broker' ? null : address)
    if (scope === 'broker') this.#brokerless.add(transfer.id)
    this.#holds.begin(scope, held.failure.kind, held.retryAfter)
  }

  /** Gets a grant for the due rows that have none and can be under one with this row. */
  async #grant(account: Account, row: UngrantedRequest): Promise<void> {
    this.#granting = account
    this.#grantWasCut = false
    const { transfers, now, random } = this.#tools
    const ungranted = () => transfers.ungranted(row, mostFilesPerGrant)
    for (const { id } of ungranted()) this.#brokerless.delete(id)
    const isCurrent = () => this.#account === account
    try {
      const held = await obtainGrant(account, row, { transfers, now, random, isCurrent })
      const says = held !== null && isCurrent() && !(this.#grantWasCut && looksCut.has(held.kind))
      if (!says) return
      const scope = scopeOf(held.kind, null)
      if (scope === 'broker') for (const { id } of ungranted()) this.#brokerless.add(id)
      this.#holds.begin(scope, held.kind, held.retryAfter ?? null)
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
    if (failure?.kind === 'disk_full') this.#holds.begin('all', 'disk_full')
    else this.#tools.onFatal(error)
  }
}

const isGranted = (transfer: Transfer): transfer is GrantedTransfer =>
  transfer.grantId !== null && transfer.bucket !== null && transfer.key !== null && transfer.sourceId !== null

const activityOf = (transfer: Transfer) => (transfer.state === 'completing' ? 'finishing' : 'preparing')

async function work(transfer: GrantedTransfer, tools: UploadTools, signal: AbortSignal): Promise<Outcome> {
  const { uploadId, state } = transfer
  try {
    if (state === 'canceling') return await abandon(transfer, tools, signal)
    if (state === 'completing' && uploadId !== null) return await complete({ ...transfer, uploadId }, tools)
    return await upload(transfer, tools, signal)
  } catch (error) {
    if (signal.aborted) return stopped
    throw error
  }
}
