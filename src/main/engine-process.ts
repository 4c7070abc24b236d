import type { FromEngine, ToEngine } from '../shared/engine-protocol.ts'
import { failed, type Result } from '../shared/failure.ts'
import type { EngineState } from '../shared/ipc.ts'
import type { SignInRequest, StoredSession } from '../shared/session.ts'
import { mostSlots } from '../shared/settings.ts'

/** A running engine, as `utilityProcess.fork` returns it. */
export type EngineChild = {
  postMessage(message: ToEngine): void
  on(event: 'message', listener: (message: FromEngine) => void): unknown
  on(event: 'exit', listener: (code: number) => void): unknown
  kill(): boolean
}

export type EngineProcess = {
  readonly state: () => EngineState
  /** Calls a command of the contract. Waits for an engine that is starting; `engine_unavailable` when it dies or was refused. */
  readonly call: (channel: string, input: unknown) => Promise<Result<unknown>>
  /** Tells the engine the machine's news, also one that is starting; between two engines there is nobody to tell. */
  readonly tell: (news: Extract<ToEngine, { kind: 'machine' }>['news']) => void
  /** Starts anew after the engine was refused its database. */
  readonly startAgain: () => void
  /** Asks the engine to save and end, and ends it after `stopWithin` if it does not. No engine is started afterwards. */
  readonly stop: () => Promise<void>
}

type Parts = {
  readonly fork: () => EngineChild
  /** What the first engine begins with; a later one begins with what the last one asked to keep. */
  readonly begin: { readonly session: StoredSession | null; readonly signIn: SignInRequest | null }
  readonly remembers: boolean
  /** What the machine runs on, told to each engine before it begins. */
  readonly power: () => 'mains' | 'battery'
  readonly onState: (state: EngineState) => void
  readonly onEvent: (channel: string, payload: unknown) => void
  readonly onKeep: (session: StoredSession | null) => void
  readonly onExit: (code: number) => void
  readonly now: () => number
  /** Calls back after `ms` milliseconds; returns what cancels it. */
  readonly after: (ms: number, callback: () => void) => () => void
}

/**
 * More threads than a drive that hangs can hold: each part that is sent waits in one of them for its bytes, and Node has four
 * for all files and names of servers.
 */
export const engineEnvironment = { UV_THREADPOOL_SIZE: String(mostSlots + 16) }

const firstPause = 250
const longestPause = 10_000
/** An engine that ran this long was well: its end is not counted with the ones before. */
const wellAfter = 30_000
const stopWithin = 5_000

/**
 * Runs one engine at a time and starts another when it dies, after a pause that doubles while they keep dying young. All that is
 * open is in the engine's database, so nothing but the open calls is lost.
 */
export function startEngineProcess(parts: Parts): EngineProcess {
  const open = new Map<number, (result: Result<unknown>) => void>()
  let waiting: ToEngine[] = []
  let nextCall = 1
  let begin = parts.begin
  let state: EngineState = { state: 'starting' }
  let child: EngineChild | null = null
  let pause = firstPause
  let cancelRestart: () => void = () => undefined
  let stopped: (() => void) | null = null

  const become = (next: EngineState): void => {
    state = next
    parts.onState(next)
  }

  const failOpenCalls = (): void => {
    waiting = []
    const calls = [...open.values()]
    open.clear()
    for (const answer of calls) answer(failed('engine_unavailable'))
  }

  const hear = (message: FromEngine): void => {
    switch (message.kind) {
      case 'ready': {
        const held = waiting
        waiting = []
        become({ state: 'ready' })
        for (const call of held) child?.postMessage(call)
        return
      }
      case 'refused':
        become({ state: 'refused', problem: message.problem })
        failOpenCalls()
        return
      case 'answer':
        open.get(message.id)?.(message.result)
        open.delete(message.id)
        return
      case 'event':
        parts.onEvent(message.channel, message.payload)
        return
      case 'keep':
        begin = { session: message.session, signIn: null }
        parts.onKeep(message.session)
        return
    }
  }

  const start = (): void => {
    const startedAt = parts.now()
    const current = parts.fork()
    child = current
    current.on('message', (message) => {
      if (child === current) hear(message)
    })
    current.on('exit', (code) => {
      if (child !== current) return
      child = null
      parts.onExit(code)
      failOpenCalls()
      stopped?.()
      if (stopped !== null || state.state === 'refused') return
      become({ state: 'starting' })
      if (parts.now() - startedAt >= wellAfter) pause = firstPause
      cancelRestart = parts.after(pause, start)
      pause = Math.min(pause * 2, longestPause)
    })
    current.postMessage({ kind: 'machine', news: parts.power() })
    current.postMessage({ kind: 'begin', ...begin, remembers: parts.remembers })
  }
  start()

  return {
    state: () => state,
    call: (channel, input) => {
      if (stopped !== null || state.state === 'refused') return Promise.resolve(failed('engine_unavailable'))
      const call: ToEngine = { kind: 'call', id: nextCall++, channel, input }
      return new Promise((resolve) => {
        open.set(call.id, resolve)
        if (state.state === 'ready') child?.postMessage(call)
        else waiting.push(call)
      })
    },
    tell: (news) => child?.postMessage({ kind: 'machine', news }),
    startAgain: () => {
      if (state.state !== 'refused') return
      child?.kill()
      child = null
      pause = firstPause
      become({ state: 'starting' })
      start()
    },
    stop: () =>
      new Promise((resolve) => {
        cancelRestart()
        if (child === null || state.state === 'refused') {
          stopped = () => undefined
          child?.kill()
          return resolve()
        }
        const giveUp = parts.after(stopWithin, () => {
          child?.kill()
          resolve()
        })
        stopped = () => {
          giveUp()
          resolve()
        }
        child.postMessage({ kind: 'stop' })
      }),
  }
}
