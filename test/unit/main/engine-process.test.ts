import { expect, test } from 'vitest'
import { type EngineChild, startEngineProcess } from '../../../src/main/engine-process.ts'
import type { FromEngine, ToEngine } from '../../../src/shared/engine-protocol.ts'
import { failed, ok } from '../../../src/shared/failure.ts'
import type { EngineState } from '../../../src/shared/ipc.ts'
import type { StoredSession } from '../../../src/shared/session.ts'

const session: StoredSession = {
  brokerUrl: 'https://broker.example',
  brokerName: 'Example',
  token: 'token',
  subject: 'ada',
  label: 'Ada',
  purposes: [],
}
const signIn = { brokerUrl: 'https://broker.example', token: 'token' }

/** An engine that does what the test says, under a clock that the test turns. */
function harness(begin: Parameters<typeof startEngineProcess>[0]['begin'] = { session: null, signIn: null }) {
  const children: {
    heard: ToEngine[]
    say: (message: FromEngine) => void
    die: (code?: number) => void
    killed: boolean
  }[] = []
  const states: EngineState[] = []
  const events: unknown[] = []
  const kept: (StoredSession | null)[] = []
  const timers: { at: number; callback: () => void }[] = []
  const machine: { power: 'mains' | 'battery' } = { power: 'mains' }
  let now = 0

  const fork = (): EngineChild => {
    const hears: ((message: FromEngine) => void)[] = []
    const exits: ((code: number) => void)[] = []
    const child = {
      heard: [] as ToEngine[],
      killed: false,
      say: (message: FromEngine) => {
        for (const hear of hears) hear(message)
      },
      die: (code = 1) => {
        for (const exit of exits) exit(code)
      },
    }
    children.push(child)
    return {
      postMessage: (message) => child.heard.push(message),
      on: (event: 'message' | 'exit', listener: unknown) => {
        if (event === 'message') hears.push(listener as (message: FromEngine) => void)
        else exits.push(listener as (code: number) => void)
      },
      kill: () => {
        child.killed = true
        return true
      },
    }
  }
  const engine = startEngineProcess({
    fork,
    begin,
    remembers: false,
    power: () => machine.power,
    onState: (state) => states.push(state),
    onEvent: (channel, payload) => events.push([channel, payload]),
    onKeep: (keep) => kept.push(keep),
    onExit: () => undefined,
    now: () => now,
    after: (ms, callback) => {
      const timer = { at: now + ms, callback }
      timers.push(timer)
      return () => {
        timers.splice(timers.indexOf(timer), 1)
      }
    },
  })
  return {
    engine,
    machine,
    children,
    states,
    events,
    kept,
    timers,
    last: () => children.at(-1) as (typeof children)[number],
    pass: (ms: number) => {
      now += ms
      for (const timer of timers.filter(({ at }) => at <= now)) {
        timers.splice(timers.indexOf(timer), 1)
        timer.callback()
      }
    },
  }
}

const unavailable = failed('engine_unavailable')

test('an engine hears what the machine runs on, then what to begin with', () => {
  const { last } = harness({ session: null, signIn })
  expect(last().heard).toEqual([
    { kind: 'machine', news: 'mains' },
    { kind: 'begin', session: null, signIn, remembers: false },
  ])
})

test('news of the machine reach an engine that is still starting', () => {
  const { engine, last } = harness()
  engine.tell('battery')
  expect(last().heard.at(-1)).toEqual({ kind: 'machine', news: 'battery' })
})

test('news that came between two engines are no loss: the next one hears what is so', () => {
  const { engine, machine, last, pass } = harness()
  last().die()
  machine.power = 'battery'
  engine.tell('battery')
  pass(250)
  expect(last().heard[0]).toEqual({ kind: 'machine', news: 'battery' })
})

test('a call made while the engine starts is answered once it is ready', async () => {
  const { engine, last } = harness()
  const answer = engine.call('queue.status', undefined)
  expect(last().heard).toHaveLength(2)
  last().say({ kind: 'ready' })
  expect(last().heard[2]).toEqual({ kind: 'call', id: 1, channel: 'queue.status', input: undefined })
  last().say({ kind: 'answer', id: 1, result: ok('status') })
  expect(await answer).toEqual(ok('status'))
})

test('answers find their calls by id, in whatever order they come', async () => {
  const { engine, last } = harness()
  last().say({ kind: 'ready' })
  const answers = Promise.all([engine.call('a', 1), engine.call('b', 2)])
  last().say({ kind: 'answer', id: 2, result: ok('second') })
  last().say({ kind: 'answer', id: 1, result: ok('first') })
  expect(await answers).toEqual([ok('first'), ok('second')])
})

test('open calls fail when the engine dies, and another engine starts after a pause', async () => {
  const { engine, children, last, states, pass } = harness()
  last().say({ kind: 'ready' })
  const answer = engine.call('queue.status', undefined)
  last().die()
  expect(await answer).toEqual(unavailable)
  pass(249)
  expect(children).toHaveLength(1)
  pass(1)
  expect(children).toHaveLength(2)
  last().say({ kind: 'ready' })
  expect(states).toEqual([{ state: 'ready' }, { state: 'starting' }, { state: 'ready' }])
})

test('the pause doubles while engines die young, up to 10 s, and is short again after one that was well', () => {
  const { last, timers, pass } = harness()
  const pauses: number[] = []
  let now = 0
  for (let death = 0; death < 8; death++) {
    last().die()
    const pause = (timers[0]?.at ?? 0) - now
    pauses.push(pause)
    pass(pause)
    now += pause
  }
  expect(pauses).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000])
  pass(30_000)
  now += 30_000
  last().die()
  expect((timers[0]?.at ?? 0) - now).toBe(250)
})

test('an engine that replaces a dead one begins with the session that the dead one asked to keep', () => {
  const { last, kept, pass } = harness({ session: null, signIn })
  last().say({ kind: 'keep', session })
  last().die()
  pass(250)
  expect(kept).toEqual([session])
  expect(last().heard[1]).toEqual({ kind: 'begin', session, signIn: null, remembers: false })
})

test('an engine that was refused its database is not started in a loop, and says so to each call', async () => {
  const { engine, children, last, states, timers } = harness()
  const early = engine.call('session.get', undefined)
  last().say({ kind: 'refused', problem: 'database_newer' })
  last().die(0)
  expect(timers).toEqual([])
  expect(children).toHaveLength(1)
  expect(states).toEqual([{ state: 'refused', problem: 'database_newer' }])
  expect(await Promise.all([early, engine.call('session.get', undefined)])).toEqual([unavailable, unavailable])
})

test('starting again after a refusal replaces the refused engine, whose late words count no more', () => {
  const { engine, children, states } = harness()
  children[0]?.say({ kind: 'refused', problem: 'database_corrupt' })
  engine.startAgain()
  expect(children).toHaveLength(2)
  expect(children[0]?.killed).toBe(true)
  children[0]?.die()
  children[1]?.say({ kind: 'ready' })
  expect(states.at(-1)).toEqual({ state: 'ready' })
  expect(children).toHaveLength(2)
})

test('events are passed on with their channel', () => {
  const { last, events } = harness()
  last().say({ kind: 'event', channel: 'queue.changed', payload: { paused: true } })
  expect(events).toEqual([['queue.changed', { paused: true }]])
})

test('stopping waits for the engine to end, and starts no other', async () => {
  const { engine, children, last, timers } = harness()
  last().say({ kind: 'ready' })
  const stopped = engine.stop()
  expect(last().heard.at(-1)).toEqual({ kind: 'stop' })
  last().die(0)
  await stopped
  expect(timers).toEqual([])
  expect(children).toHaveLength(1)
  expect(await engine.call('queue.status', undefined)).toEqual(unavailable)
})

test('an engine that does not end within 5 s is ended', async () => {
  const { engine, last, pass } = harness()
  const stopped = engine.stop()
  pass(4_999)
  expect(last().killed).toBe(false)
  pass(1)
  await stopped
  expect(last().killed).toBe(true)
})

test('an engine that was refused its database is ended at once: it has nothing to save', async () => {
  const { engine, last } = harness()
  last().say({ kind: 'refused', problem: 'database_locked' })
  await engine.stop()
  expect(last().killed).toBe(true)
})

test('stopping between two engines starts no other', async () => {
  const { engine, children, last, pass } = harness()
  last().die()
  await engine.stop()
  pass(60_000)
  expect(children).toHaveLength(1)
})
