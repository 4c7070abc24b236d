import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { engineEnvironment } from '../../src/main/engine-process.ts'
import type { FromEngine, ToEngine } from '../../src/shared/engine-protocol.ts'
import type { Result } from '../../src/shared/failure.ts'
import { channelOf, type EngineHandlers, engineGroups, ipc } from '../../src/shared/ipc.ts'
import type { ClockSetting } from './clock.ts'
import type { CrashPoint } from './crash-at.ts'
import type { ChildPlan, ClockNews } from './engine-child.ts'
import { controlEngine, type EngineControl, type Keychain } from './engine-control.ts'

const entry = join(import.meta.dirname, 'engine-child.ts')

export type EngineProcessOptions = {
  readonly crashAt?: CrashPoint
  /** What its `Date` shows; default: the real time. */
  readonly clock?: ClockSetting
  /** Besides this process's own. */
  readonly env?: NodeJS.ProcessEnv
  /** Flags of node itself. */
  readonly nodeOptions?: readonly string[]
  /** A program that runs the engine in its place, with its arguments; node and what node is told follow. */
  readonly through?: readonly string[]
}

/** A real engine in a process of its own. Calls that it did not answer before its end are rejected. */
export type EngineProcess = EngineControl & {
  readonly pid: number
  readonly exited: Promise<Exit>
  /** As a power cut would: no goodbye. */
  kill(): Promise<void>
  /** What its clock shows from now on; settles when it does. */
  setClock(setting: ClockSetting): Promise<void>
}

type Exit = { readonly code: number | null; readonly signal: NodeJS.Signals | null }

/**
 * Forks an engine on the database at `profile` and answers when it is ready. Throws where it refuses the database or ends
 * before that.
 */
export async function startEngineProcess(
  { brokerUrl, token }: { readonly brokerUrl: string; readonly token: string },
  profile: string,
  keychain: Keychain,
  { crashAt, clock, env = {}, nodeOptions = [], through = [] }: EngineProcessOptions = {},
): Promise<EngineProcess> {
  const plan: ChildPlan = { crashAt: crashAt ?? null, clock: clock ?? null }
  const [program = process.execPath, ...programArguments] = [...through, process.execPath, ...nodeOptions]
  const child = fork(entry, [profile, JSON.stringify(plan)], {
    env: { ...process.env, ...engineEnvironment, ...env },
    execPath: program,
    execArgv: programArguments,
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
  })
  let errors = ''
  child.stderr?.on('data', (piece) => {
    errors += piece
  })
  let ended: Exit | null = null
  const exited = once(child, 'close').then(([code, signal]): Exit => {
    ended = { code, signal }
    return ended
  })

  const calls = new Map<number, PromiseWithResolvers<Result<unknown>>>()
  let lastCall = 0
  const send = (message: ToEngine | ClockNews) => {
    // what it did not get any more, its end answers
    if (child.connected) child.send(message, () => {})
  }
  const call = (channel: string, input: unknown) => {
    const answer = Promise.withResolvers<Result<unknown>>()
    if (ended !== null) answer.reject(endOf(ended, errors))
    lastCall += 1
    calls.set(lastCall, answer)
    send({ kind: 'call', id: lastCall, channel, input })
    return answer.promise
  }
  const handlers = handlersOver(call)

  const { control, announced, broke } = controlEngine({
    ...{ profile, handlers, keychain },
    person: { brokerUrl, token },
    goOnAs: (session) => send({ kind: 'begin', session, signIn: null, remembers: true }),
    machine: (news) => send({ kind: 'machine', news }),
    async stop() {
      send({ kind: 'stop' })
      const exit = await exited
      if (exit.code !== 0) throw endOf(exit, errors)
    },
  })

  const ready = Promise.withResolvers<void>()
  child.on('message', (message: FromEngine) => {
    switch (message.kind) {
      case 'ready':
        return ready.resolve()
      case 'refused':
        errors += `refused: ${message.problem}\n`
        return void child.kill('SIGKILL')
      case 'answer':
        calls.get(message.id)?.resolve(message.result)
        calls.delete(message.id)
        return
      case 'event':
        return announced()
      case 'keep':
        keychain.session = message.session
    }
  })
  void exited.then((exit) => {
    const error = endOf(exit, errors)
    ready.reject(error)
    broke(error)
    for (const answer of calls.values()) answer.reject(error)
  })
  await ready.promise

  return {
    ...control,
    pid: child.pid ?? 0,
    exited,
    async kill() {
      child.kill('SIGKILL')
      await exited
    },
    async setClock(setting) {
      send({ kind: 'clock', setting })
      await handlers.session.get()
    },
  }
}

/** The engine's handlers as the other side of the port calls them; derived from the contract value. */
function handlersOver(call: (channel: string, input: unknown) => Promise<Result<unknown>>): EngineHandlers {
  const groups = engineGroups.map((group) => {
    const commands = Object.entries(ipc[group]).filter(([, { kind }]) => kind !== 'event')
    return [
      group,
      Object.fromEntries(commands.map(([name]) => [name, (input: unknown) => call(channelOf(group, name), input)])),
    ] as const
  })
  return Object.fromEntries(groups) as unknown as EngineHandlers
}

const endOf = ({ code, signal }: Exit, errors: string): Error =>
  new Error(`the engine's process ended (${signal ?? code}) before that\n${errors}`)
