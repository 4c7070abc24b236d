import type { ToEngine } from '../../shared/engine-protocol.ts'
import { dispositionOf, ok, type Result } from '../../shared/failure.ts'
import type { DatabaseProblem, EngineAnnouncements, EngineHandlers } from '../../shared/ipc.ts'
import type { SignInRequest, StoredSession } from '../../shared/session.ts'
import { Announcer } from './announcer.ts'
import type { BrokerClient } from './broker/broker-client.ts'
import { createAccounts } from './db/accounts.ts'
import { type Database, databaseProblemOf, openDatabase } from './db/database.ts'
import { deviceIdOf } from './db/device-id.ts'
import { createDrops } from './db/drops.ts'
import { createFolders } from './db/folders.ts'
import { addressOf, createGrants } from './db/grants.ts'
import { createSettings } from './db/settings.ts'
import { createStoreCapabilities } from './db/store-capabilities.ts'
import { createTransfers } from './db/transfers.ts'
import { createUploadedFiles } from './db/uploaded-files.ts'
import { createHandlers } from './handlers.ts'
import { openStoreWith } from './open-store.ts'
import { createConnections } from './s3/connections.ts'
import { clientOf, sessionView, signIn } from './session.ts'
import { createShown } from './shown.ts'
import { AwaySources } from './transfers/away-sources.ts'
import { enqueue, takeIn } from './transfers/enqueue.ts'
import { Limits } from './transfers/limits.ts'
import { usualPart } from './transfers/part-plan.ts'
import { Permissions } from './transfers/permissions.ts'
import { Progress } from './transfers/progress.ts'
import { Report } from './transfers/report.ts'
import { holdDelay } from './transfers/retry.ts'
import { Scheduler } from './transfers/scheduler.ts'
import { Slots } from './transfers/slots.ts'
import { WatchedFolders } from './watch/watched-folders.ts'

export type EngineOptions = {
  readonly databasePath: string
  readonly now: () => number
  /** In [0, 1), for jitter. */
  readonly random: () => number
  readonly announce: EngineAnnouncements
  /** What the keychain should keep from now on. */
  readonly keep: (session: StoredSession | null) => void
  /** The engine cannot go on: its process should end, and a new one start from the rows. */
  readonly onFatal: (error: unknown) => void
}

type Begin = Omit<Extract<ToEngine, { kind: 'begin' }>, 'kind'>
export type MachineNews = Extract<ToEngine, { kind: 'machine' }>['news']

export type Engine = {
  readonly handlers: EngineHandlers
  /** Goes on as the person that the keychain knows, or signs in with a given token; settles when that is decided. */
  begin(begin: Begin): Promise<void>
  machine(news: MachineNews): void
  /** Stops sending, saves what is answered, closes the database. */
  stop(): Promise<void>
}

/** The signed-in person and what works for them. */
type Active = {
  readonly session: StoredSession
  readonly accountId: number
  readonly broker: BrokerClient
  readonly report: Report
  readonly awaySources: AwaySources
  readonly watched: WatchedFolders
  /** Ends what is still on the wire once the person has left. */
  readonly sending: AbortController
}

/** The engine of one profile: the only place that puts its parts together. */
export function createEngine(options: EngineOptions): Result<Engine, DatabaseProblem> {
  const opened = openDatabase(options.databasePath)
  if (!opened.ok) return opened
  try {
    return ok(assemble(opened.value, options))
  } catch (error) {
    opened.value.close()
    return { ok: false, failure: databaseProblemOf(error) }
  }
}

/** Throws what SQLite says where the database is not what its version promises. */
function assemble(database: Database, options: EngineOptions): Engine {
  const { now, random, announce, keep } = options
  const accounts = createAccounts(database)
  const drops = createDrops(database)
  const folders = createFolders(database, now)
  const uploadedFiles = createUploadedFiles(database, now)
  const grants = createGrants(database)
  const settings = createSettings(database)
  const device = deviceIdOf(database)
  const capabilities = createStoreCapabilities(database, now)
  const connections = createConnections()
  /** Of the requests to the broker; those to stores have sockets of their own. */
  let way = new AbortController()
  /** Ends what is on the wire: it went by a way that may be gone. */
  function cut(): void {
    scheduler.connectionsCut()
    way.abort()
    way = new AbortController()
    connections.cut()
  }
  const progress = new Progress(now)
  let active: Active | null = null
  let remembers = false
  /** The person signed in or out: what the app was started with is over. */
  let chosen = false
  let stopping = false
  /** What comes too late to be saved because the database is closed is no defect: the next start settles it. */
  const fatal = (error: unknown) => {
    if (!stopping) options.onFatal(error)
  }

  const announcer = new Announcer(
    (change) => shown.tell(change),
    () => scheduler.running.length > 0,
    now,
  )
  const transfers = createTransfers(database, {
    now,
    uploadedFiles,
    onChange: (id) => {
      announcer.rowChanged(id)
      active?.report.wake()
      active?.awaySources.wake()
      active?.watched.rowChanged(id)
    },
  })
  const slots = new Slots(settings.get('slots'), usualPart)
  const scheduler = new Scheduler(
    {
      transfers,
      progress,
      slots,
      now,
      random,
      onChange: () => announcer.changed(),
      onRun: (id) => announcer.rowChanged(id),
      onFatal: fatal,
    },
    settings.get('queuePaused'),
  )

  const shown = createShown({
    transfers,
    folders,
    scheduler,
    progress,
    announce,
    accountId: () => active?.accountId ?? null,
  })

  const enqueueTools = () => {
    const current = active
    return { transfers, drops, isCurrent: () => active === current && !stopping }
  }

  const currentView = () => sessionView(active?.session ?? null, remembers)

  /** Sessions change one after the other: each has ended before the next begins. */
  let changing: Promise<unknown> = Promise.resolve()
  function change<Value>(work: () => Promise<Value>): Promise<Value> {
    const changed = changing.then(work)
    changing = changed.catch(() => {})
    return changed
  }

  async function leave(): Promise<void> {
    const left = active
    left?.report.end()
    left?.awaySources.end()
    active = null
    await left?.watched.end()
    await scheduler.end()
    left?.sending.abort()
  }

  async function enter(session: StoredSession): Promise<void> {
    await leave()
    const accountId = accounts.idOf(session)
    const sending = new AbortController()
    const openStore = openStoreWith((destination) => {
      const address = addressOf(destination)
      return {
        now,
        connections,
        capabilities: {
          known: (capability) => capabilities.known(address, capability),
          learned: (capability, supported) => capabilities.learned(address, capability, supported),
        },
        left: sending.signal,
        onAnswer: () => scheduler.storeAnswered(address),
      }
    })
    const broker = clientOf(session, device, now, () => AbortSignal.any([way.signal, sending.signal]))
    const permissions = new Permissions(
      accountId,
      broker,
      grants,
      openStore,
      () => scheduler.brokerAnswered(),
      folders.uuidOf,
    )
    const report = new Report({ transfers, accountId, permissions, now, random, onFatal: fatal })
    const awaySources = new AwaySources({ transfers, accountId, onBack: () => scheduler.wake(), onFatal: fatal })
    scheduler.begin({ id: accountId, permissions })
    const watched = new WatchedFolders({
      ...{ accountId, folders, transfers, uploadedFiles, now, random, onFatal: fatal },
      running: () => scheduler.running,
      onReady: () => scheduler.wake(),
      onGone: (ids) => {
        scheduler.interrupt(ids)
        scheduler.wake()
      },
      onForgotten: (ids) => {
        for (const id of ids) announcer.rowChanged(id)
      },
      announce: announce.folders.changed,
    })
    active = { session, accountId, broker, report, awaySources, watched, sending }
    report.wake()
    awaySources.wake()
    void takeIn(enqueueTools(), drops.pending(accountId))
      .then(() => scheduler.wake())
      .catch(fatal)
    announce.session.changed(currentView())
    announce.transfers.changed({ rows: [], stale: true })
  }

  /** Signs in with the token that the app was started with; a broker that is not there yet is asked again. */
  async function signInAtStart(request: SignInRequest): Promise<void> {
    while (!stopping && !chosen) {
      const session = await signIn(request, device, now)
      if (session.ok) {
        return change(async () => {
          if (!stopping && !chosen) await enter(session.value)
        })
      }
      const { kind } = session.failure
      if (kind === 'signed_out' || dispositionOf(kind) !== 'hold') {
        console.error(`the sign-in at the start was refused: ${kind}`)
        return
      }
      await new Promise((resolve) => setTimeout(resolve, holdDelay(random())).unref())
    }
  }

  const limits = new Limits({
    settings: () => settings.all(),
    now,
    allow({ rest, limit }) {
      if (rest === null) connections.rateLimit.set(limit)
      scheduler.setRest(rest)
    },
  })

  const handlers = createHandlers({
    transfers,
    scheduler,
    settings,
    device,
    now,
    accountId: () => active?.accountId ?? null,
    watched: () => active?.watched ?? null,
    inviter: () => active && { session: active.session, broker: active.broker },
    enqueue: (accountId, purpose, paths) => enqueue(enqueueTools(), accountId, purpose, paths),
    ...{ view: shown.view, status: shown.status },
    onSettings() {
      slots.resize(settings.get('slots'))
      limits.look()
      scheduler.wake()
      announce.settings.changed(settings.all())
    },
    session: {
      view: currentView,
      begin: (session) =>
        change(async () => {
          chosen = true
          await enter(session)
          keep(session)
          return currentView()
        }),
      end: () =>
        change(async () => {
          chosen = true
          keep(null)
          const left = leave()
          announce.session.changed(currentView())
          await left
          announcer.changed()
        }),
    },
  })

  return {
    handlers,
    async begin(given) {
      remembers = given.remembers
      const { session } = given
      if (session !== null) await change(() => enter(session))
      else if (given.signIn !== null) await signInAtStart(given.signIn)
    },
    machine(news) {
      switch (news) {
        case 'offline':
          scheduler.holdOffline()
          return
        case 'online':
          cut()
          scheduler.tryNow()
          active?.watched.lookAgain()
          return
        case 'suspend':
          limits.machineIs({ asleep: true })
          return
        case 'wake':
          cut()
          limits.machineIs({ asleep: false })
          scheduler.tryNow()
          active?.watched.lookAgain()
          return
        case 'mains':
        case 'battery':
          limits.machineIs({ onBattery: news === 'battery' })
          return
      }
    },
    async stop() {
      stopping = true
      await change(leave)
      limits.end()
      announcer.end()
      connections.cut()
      database.close()
    },
  }
}
