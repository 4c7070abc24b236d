import type { Engine, MachineNews } from '../../src/main/engine/engine.ts'
import type { StoredSession } from '../../src/shared/session.ts'
import type { AddSummary, QueueStatus, TransferView } from '../../src/shared/transfer.ts'
import { value } from './value.ts'

/** What the keychain of one profile holds; the engines of that profile come and go. */
export type Keychain = { session: StoredSession | null }

/** What a test does with an engine, in this process or in one of its own. */
export type EngineControl = {
  /** The path of its database. */
  readonly profile: string
  readonly handlers: Engine['handlers']
  readonly kept: () => StoredSession | null
  /** Goes on as the person whom the keychain knows, as the app does at its start; settles when that is so. */
  begin(): Promise<void>
  signIn(token?: string): Promise<void>
  add(...paths: string[]): Promise<AddSummary>
  list(): Promise<readonly TransferView[]>
  status(): Promise<QueueStatus>
  /**
   * Waits until the list and the queue are as asked, looking whenever the engine announces something. Throws where the
   * engine broke or ended before that.
   */
  until(isSo: (rows: readonly TransferView[], status: QueueStatus) => boolean): Promise<readonly TransferView[]>
  /** Waits until nothing is left that the engine would do by itself. */
  settled(): Promise<readonly TransferView[]>
  machine(news: MachineNews): void
  stop(): Promise<void>
}

type Controlled = Pick<EngineControl, 'profile' | 'handlers' | 'machine' | 'stop'> & {
  readonly keychain: Keychain
  /** Hands a session to the engine. */
  readonly goOnAs: (session: StoredSession) => void
  /** Where and as whom `signIn` signs in. */
  readonly person: { readonly brokerUrl: string; readonly token: string }
}

/**
 * The control of an engine, for who runs it: `announced` is called at each of its announcements, `broke` once it will make
 * none any more.
 */
export function controlEngine({ profile, handlers, machine, stop, keychain, goOnAs, person }: Controlled) {
  const { transfers, queue, session } = handlers
  let next = Promise.withResolvers<void>()
  let broken: { readonly error: unknown } | null = null
  const announced = () => {
    const heard = next
    next = Promise.withResolvers()
    heard.resolve()
  }

  /** The first value that `find` gives but null. */
  async function found<Value>(find: () => Promise<Value | null>): Promise<Value> {
    while (true) {
      const announcement = next.promise
      if (broken !== null) throw broken.error
      const value = await find()
      if (value !== null) return value
      await announcement
    }
  }

  const list = async () => value(await transfers.page({ filter: 'all', search: '', offset: 0, limit: 500 })).rows
  const status = async () => value(await queue.status())
  const until: EngineControl['until'] = (isSo) =>
    found(async () => {
      // asked at once; were they apart, the rows of a settled queue must not be older than its status
      const [now, rows] = await Promise.all([status(), list()])
      return isSo(rows, now) ? rows : null
    })

  const control: EngineControl = {
    ...{ profile, handlers, machine, stop, list, status, until },
    kept: () => keychain.session,
    async begin() {
      if (keychain.session === null) throw new Error('nobody was kept signed in')
      goOnAs(keychain.session)
      await found(async () => (value(await session.get()).state === 'signed_in' ? true : null))
    },
    async signIn(token = person.token) {
      value(await session.signIn({ brokerUrl: person.brokerUrl, token }))
    },
    add: async (...paths) => value(await transfers.add({ purpose: 'drop', paths })),
    settled: () => until((_, { counts }) => counts.active + counts.waiting === 0),
  }
  return {
    control,
    announced,
    broke(error: unknown) {
      broken ??= { error }
      announced()
    },
  }
}
