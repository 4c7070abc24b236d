import { type Failure, failed, ok, type Result } from '../../src/shared/failure.ts'
import type { EngineState } from '../../src/shared/ipc.ts'
import type { SessionView } from '../../src/shared/session.ts'
import { type Settings, usualSettings } from '../../src/shared/settings.ts'
import type {
  Activity,
  PageRequest,
  QueueStatus,
  Selection,
  TransferFilter,
  TransferPage,
  TransferProgress,
  TransferView,
} from '../../src/shared/transfer.ts'
import { type FakeAnswers, type FakeApi, fakeApi } from './fake-api.ts'
import { type FakeFoldersState, fakeFolders } from './fake-folders.ts'

/** A row with neutral values; `n` makes its id. */
export const transferRow = (n: number, overrides: Partial<TransferView> = {}): TransferView => ({
  id: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
  name: `file-${n}.mov`,
  folder: '',
  watchedFolder: null,
  movedFrom: null,
  purpose: 'archive',
  key: null,
  size: 1_000_000_000,
  state: 'queued',
  activity: 'queued',
  acknowledged: 0,
  failure: null,
  attempts: 0,
  retryAt: null,
  abortAt: null,
  verification: null,
  createdAt: 0,
  updatedAt: 0,
  ...overrides,
})

export const signedIn: Extract<SessionView, { state: 'signed_in' }> = {
  state: 'signed_in',
  brokerUrl: 'https://broker.example-archive.example',
  brokerName: 'Example Archive',
  label: 'Studio Account',
  purposes: [{ name: 'archive', label: 'film-archive' }],
  remembered: true,
}

const filterOf = (activity: Activity): Exclude<TransferFilter, 'all'> => {
  switch (activity) {
    case 'failed':
    case 'paused':
    case 'completed':
      return activity
    case 'uploading':
    case 'finishing':
    case 'canceling':
      return 'active'
    case 'preparing':
    case 'writing':
    case 'queued':
    case 'retrying':
    case 'waiting':
      return 'waiting'
  }
}

const order: readonly Activity[] = [
  'failed',
  'uploading',
  'finishing',
  'retrying',
  'waiting',
  'preparing',
  'writing',
  'queued',
  'paused',
  'canceling',
  'completed',
]

export type FakeEngineState = FakeFoldersState & {
  readonly engine?: EngineState
  readonly session?: SessionView
  readonly rows?: readonly TransferView[]
  readonly progress?: readonly TransferProgress[]
  readonly queue?: Partial<QueueStatus>
  readonly signInFailure?: Failure
  readonly inviteFailure?: Failure
  readonly settings?: Partial<Settings>
  readonly settingsFailure?: Failure
}

export const queueOf = (rows: readonly TransferView[], overrides: Partial<QueueStatus> = {}): QueueStatus => {
  const count = (filter: TransferFilter) => rows.filter(({ activity }) => filterOf(activity) === filter).length
  const counted = rows.filter(({ activity }) => activity !== 'failed')
  return {
    paused: false,
    hold: null,
    counts: {
      all: rows.length,
      failed: count('failed'),
      active: count('active'),
      waiting: count('waiting'),
      paused: count('paused'),
      completed: count('completed'),
    },
    size: counted.reduce((sum, { size }) => sum + size, 0),
    acknowledged: counted.reduce((sum, { acknowledged }) => sum + acknowledged, 0),
    inFlight: 0,
    bytesPerSecond: 0,
    secondsLeft: null,
    ...overrides,
  }
}

/** A fake `window.api` with rows behind it, as far as the page can tell them from an engine's. */
export const fakeEngine = (state: FakeEngineState): FakeApi & { readonly start: () => void } => {
  let rows = [...(state.rows ?? [])]
  let session: SessionView = state.session ?? signedIn
  let engine: EngineState = state.engine ?? { state: 'ready' }
  let settings: Settings = { ...usualSettings, ...state.settings }
  let paused = state.queue?.paused ?? false
  const queue = () => queueOf(rows, { ...state.queue, paused })

  const change = (selection: Selection, update: (row: TransferView) => TransferView): Result<{ changed: number }> => {
    const chosen = (row: TransferView) => 'all' in selection || selection.ids.includes(row.id)
    rows = rows.map((row) => (chosen(row) ? update(row) : row)).filter(({ state: left }) => left !== 'canceled')
    fake.emit('transfers', 'changed', { rows: rows.filter(chosen), stale: true })
    fake.emit('queue', 'changed', queue())
    return ok({ changed: rows.filter(chosen).length })
  }
  const signIn = (next: SessionView) => {
    session = next
    fake.emit('session', 'changed', session)
    return session
  }
  const watched = fakeFolders(state, (folders) => fake.emit('folders', 'changed', folders))
  const nothing = { resumed: 0, alreadyListed: 0, failed: 0, skipped: 0 }

  const answers: FakeAnswers = {
    transfers: {
      page: async ({ filter, search, offset, limit }: PageRequest): Promise<Result<TransferPage>> => {
        const found = rows
          .filter(({ activity }) => filter === 'all' || filterOf(activity) === filter)
          .filter(({ name }) => name.toLowerCase().includes(search.toLowerCase()))
          .toSorted((one, other) => order.indexOf(one.activity) - order.indexOf(other.activity))
        return ok({ rows: found.slice(offset, offset + limit), total: found.length })
      },
      add: async ({ files }) => ok({ ...nothing, added: files.length, bytes: 212_000_000_000 }),
      pause: async (selection) =>
        change(selection, (row) => ({ ...row, state: 'paused', activity: 'paused', updatedAt: Date.now() })),
      resume: async (selection) => change(selection, (row) => ({ ...row, state: 'queued', activity: 'queued' })),
      retry: async (selection) =>
        change(selection, (row) => ({ ...row, state: 'queued', activity: 'queued', failure: null })),
      cancel: async (selection) => change(selection, (row) => ({ ...row, state: 'canceled' })),
    },
    queue: {
      status: async () => ok(queue()),
      pause: async () => {
        paused = true
        fake.emit('queue', 'changed', queue())
        return ok(null)
      },
      resume: async () => {
        paused = false
        fake.emit('queue', 'changed', queue())
        return ok(null)
      },
      tryNow: async () => ok(null),
    },
    session: {
      get: async () => ok(session),
      about: async ({ brokerUrl }) => ok({ brokerUrl, name: 'Example Archive' }),
      signIn: async () => (state.signInFailure ? { ok: false, failure: state.signInFailure } : ok(signIn(signedIn))),
      signOut: async () => {
        signIn({ state: 'signed_out' })
        return ok(null)
      },
    },
    invitations: {
      create: async ({ expiresIn }) =>
        state.inviteFailure
          ? { ok: false, failure: state.inviteFailure }
          : ok({
              link: `${signedIn.brokerUrl}/invite/#inv_${'a1b2c3d4'.repeat(40)}`,
              expiresAt: Date.now() + expiresIn * 1_000,
            }),
      revoke: async () => ok(null),
    },
    folders: watched.folders,
    settings: {
      get: async () => ok(settings),
      set: async (change) => {
        if (state.settingsFailure) return { ok: false, failure: state.settingsFailure }
        settings = { ...settings, ...change } as Settings
        fake.emit('settings', 'changed', settings)
        return ok(settings)
      },
    },
    choose: {
      files: async () => ok({ ...nothing, added: 3, bytes: 212_000_000_000, alreadyListed: 1 }),
      folder: async () => failed('source_unreadable', 'EACCES'),
      watch: async () => ok(watched.draft),
    },
    app: {
      info: async () => ok({ version: '0.1.0', engine, suggestedBrokerUrl: null }),
      tryAgain: async () => {
        becomeReady()
        return ok(null)
      },
      startFresh: async () => {
        becomeReady()
        return ok({ movedTo: 'longshore-2026-11-22.sqlite.aside' })
      },
    },
  }
  const fake = fakeApi(answers)
  function becomeReady() {
    engine = { state: 'ready' }
    fake.emit('app', 'engineChanged', engine)
  }
  return { ...fake, start: () => fake.emit('transfers', 'progress', state.progress ?? []) }
}
