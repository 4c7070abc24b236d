import type { Result } from './failure.ts'
import type { DatabaseProblem } from './ipc.ts'
import type { SignInRequest, StoredSession } from './session.ts'

/** What main says to the engine over their port. The engine gets its database's path as its first argument. */
export type ToEngine =
  | { readonly kind: 'call'; readonly id: number; readonly channel: string; readonly input: unknown }
  /** The session of the keychain, or an address and token given at the start; `remembers`: a keychain can keep it. */
  | {
      readonly kind: 'begin'
      readonly session: StoredSession | null
      readonly signIn: SignInRequest | null
      readonly remembers: boolean
    }
  /** The machine's own news: act on them now instead of at the next try. Each engine hears what it runs on before `begin`. */
  | { readonly kind: 'machine'; readonly news: 'online' | 'offline' | 'suspend' | 'wake' | 'mains' | 'battery' }
  /** End: stop sending, save, close the database, exit. */
  | { readonly kind: 'stop' }

/** What the engine says to main. */
export type FromEngine =
  | { readonly kind: 'ready' }
  | { readonly kind: 'refused'; readonly problem: DatabaseProblem }
  | { readonly kind: 'answer'; readonly id: number; readonly result: Result<unknown> }
  | { readonly kind: 'event'; readonly channel: string; readonly payload: unknown }
  /** What the keychain should keep from now on; null: forget. */
  | { readonly kind: 'keep'; readonly session: StoredSession | null }
