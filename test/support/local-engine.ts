import { announcementsTo } from '../../src/main/engine/announcements.ts'
import { createEngine, type Engine } from '../../src/main/engine/engine.ts'
import { controlEngine, type EngineControl, type Keychain } from './engine-control.ts'
import { value } from './value.ts'

/** An engine in the test's own process. */
export type LocalEngine = EngineControl & { readonly engine: Engine }

export type LocalEngineOptions = {
  readonly now?: () => number
  /** In [0, 1), for jitter; always 0 makes every backoff end at once. */
  readonly random?: () => number
  /** Hears each event that the engine announces, by its channel. */
  readonly onEvent?: (channel: string, payload: unknown) => void
}

/** Opens an engine on the database at `profile`. Throws where it refuses the database. */
export function openLocalEngine(
  { brokerUrl, token }: { readonly brokerUrl: string; readonly token: string },
  profile: string,
  keychain: Keychain,
  { now = Date.now, random = Math.random, onEvent }: LocalEngineOptions = {},
): LocalEngine {
  let stopped: Promise<void> | null = null
  const engine = value(
    createEngine({
      databasePath: profile,
      now,
      random,
      announce: announcementsTo((channel, payload) => {
        onEvent?.(channel, payload)
        controlled.announced()
      }),
      keep: (session) => {
        keychain.session = session
      },
      onFatal: (error) => controlled.broke(error),
    }),
  )
  const controlled = controlEngine({
    ...{ profile, keychain },
    handlers: engine.handlers,
    person: { brokerUrl, token },
    goOnAs: (session) => void engine.begin({ session, signIn: null, remembers: true }),
    machine: (news) => engine.machine(news),
    stop: () => {
      stopped ??= engine.stop()
      return stopped
    },
  })
  return { ...controlled.control, engine }
}
