import { setImmediate } from 'node:timers/promises'
import { failed, ok, type Result } from '../../shared/failure.ts'
import type { EngineHandlers } from '../../shared/ipc.ts'
import type { Purpose, SessionView, StoredSession } from '../../shared/session.ts'
import type { QueueStatus, Selection, TransferView } from '../../shared/transfer.ts'
import type { DroppedPath } from './db/drops.ts'
import type { StoredSettings } from './db/settings.ts'
import type { ListedTransfer } from './db/transfer-reads.ts'
import type { Transfers } from './db/transfers.ts'
import { createFolderHandlers } from './folder-handlers.ts'
import { createInvitationHandlers, type Inviter } from './invitations.ts'
import { about, signIn } from './session.ts'
import { areAbsolute, droppedRoot, type Enqueued } from './transfers/enqueue.ts'
import type { Scheduler } from './transfers/scheduler.ts'
import type { Transfer } from './transfers/state.ts'
import type { WatchedFolders } from './watch/watched-folders.ts'

export type HandlerTools = {
  readonly transfers: Transfers
  readonly scheduler: Scheduler
  readonly settings: StoredSettings
  /** Of this profile, for the broker. */
  readonly device: string
  readonly now: () => number
  /** Whose rows are spoken of; null: nobody is signed in. */
  readonly accountId: () => number | null
  /** The signed-in person as one who invites; null: nobody is signed in. */
  readonly inviter: () => Inviter | null
  /** The watched folders of the signed-in account; null: nobody is signed in. */
  readonly watched: () => WatchedFolders | null
  /** Takes paths into the queue of the signed-in account. */
  readonly enqueue: (accountId: number, purpose: string, paths: readonly DroppedPath[]) => Promise<Enqueued>
  readonly view: (listed: ListedTransfer) => TransferView
  readonly status: () => QueueStatus
  /** The person changed a setting: it applies from now on, and is announced. */
  readonly onSettings: () => void
  readonly session: {
    view(): SessionView
    begin(session: StoredSession): Promise<SessionView>
    end(): Promise<void>
  }
}

/** Rows of one transaction: between two the engine goes on with everything else. */
const batchSize = 500

/** In which states "for all" means a row. */
const statesFor = {
  pause: ['queued'],
  resume: ['paused'],
  retry: ['failed'],
  cancel: ['queued', 'paused', 'failed'],
} as const satisfies Record<string, readonly Transfer['state'][]>

/** What the engine answers to the page's commands. Every row that is named belongs to the signed-in account. */
export function createHandlers(tools: HandlerTools): EngineHandlers {
  const { transfers, scheduler, settings, session } = tools

  function selected(
    accountId: number,
    selection: Selection,
    states: readonly Transfer['state'][],
  ): readonly Transfer[] {
    if ('all' in selection) return transfers.inStates(accountId, states)
    return selection.ids.flatMap((uuid) => transfers.byUuid(accountId, uuid) ?? [])
  }

  /** Applies what the person chose to each row; a row whose state refuses it stays as it is. */
  async function choose(type: keyof typeof statesFor, selection: Selection): Promise<Result<{ changed: number }>> {
    const accountId = tools.accountId()
    if (accountId === null) return failed('signed_out')
    const chosen = selected(accountId, selection, statesFor[type])
    let changed = 0
    for (let first = 0; first < chosen.length && tools.accountId() === accountId; first += batchSize) {
      const ids = chosen.slice(first, first + batchSize).map(({ id }) => id)
      const applied =
        type === 'cancel'
          ? transfers.cancel(ids)
          : transfers.insertAndApply(
              [],
              ids.map((id) => ({ id, event: { type } })),
            )
      if (type === 'pause' || type === 'cancel') scheduler.interrupt(applied)
      changed += applied.length
      await setImmediate()
    }
    scheduler.wake()
    return ok({ changed })
  }

  /**
   * A row whose file was never seen is looked at again from its path; the others go on where they stopped. A folder that
   * can be read by now has become the rows of its files, and its own row goes.
   */
  async function retry(selection: Selection): Promise<Result<{ changed: number }>> {
    const accountId = tools.accountId()
    if (accountId === null) return failed('signed_out')
    const unseen = selected(accountId, selection, statesFor.retry).filter(
      ({ state, sourceId }) => state === 'failed' && sourceId === null,
    )
    let found = 0
    for (const { id, purpose, sourcePath: path, relativePath } of unseen) {
      const { seen } = await tools.enqueue(accountId, purpose, [{ path, relativePath }])
      if (!seen.has(path)) transfers.apply(id, { type: 'cancel' })
      if (transfers.byId(id)?.state !== 'failed') found += 1
    }
    const chosen = await choose('retry', selection)
    return chosen.ok ? ok({ changed: chosen.value.changed + found }) : chosen
  }

  return {
    transfers: {
      async page({ filter, search, offset, limit }) {
        const accountId = tools.accountId()
        if (accountId === null) return ok({ rows: [], total: 0 })
        const page = transfers.page({ accountId, filter, search, running: scheduler.running }, offset, limit)
        return ok({ rows: page.rows.map(tools.view), total: page.total })
      },
      async add({ purpose, paths }) {
        const accountId = tools.accountId()
        if (accountId === null) return failed('signed_out')
        const offered = session.view()
        const takes = ({ name, folders }: Purpose) => name === purpose && !folders
        if (offered.state === 'signed_in' && !offered.purposes.some(takes)) {
          return failed('unknown_purpose')
        }
        if (!areAbsolute(paths)) return failed('input_invalid', 'paths')
        const { summary } = await tools.enqueue(accountId, purpose, paths.map(droppedRoot))
        scheduler.wake()
        return ok(summary)
      },
      pause: (selection) => choose('pause', selection),
      resume: (selection) => choose('resume', selection),
      retry,
      cancel: (selection) => choose('cancel', selection),
    },
    queue: {
      status: async () => ok(tools.status()),
      async pause() {
        settings.set('queuePaused', true)
        scheduler.setPaused(true)
        return ok(null)
      },
      async resume() {
        settings.set('queuePaused', false)
        scheduler.setPaused(false)
        return ok(null)
      },
      async tryNow() {
        scheduler.tryNow()
        return ok(null)
      },
    },
    session: {
      get: async () => ok(session.view()),
      about: ({ brokerUrl }) => about(brokerUrl),
      async signIn(request) {
        const signedIn = await signIn(request, tools.device, tools.now)
        return signedIn.ok ? ok(await session.begin(signedIn.value)) : signedIn
      },
      async signOut() {
        await session.end()
        return ok(null)
      },
    },
    invitations: createInvitationHandlers(tools.inviter),
    folders: createFolderHandlers(tools.watched, session.view),
    settings: {
      get: async () => ok(settings.all()),
      async set(change) {
        settings.change(change)
        tools.onSettings()
        return ok(settings.all())
      },
    },
  }
}
