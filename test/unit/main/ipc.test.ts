import { expect, test } from 'vitest'
import { type MainHandlers, serveIpc } from '../../../src/main/ipc.ts'
import { failed, ok, type Result } from '../../../src/shared/failure.ts'
import { ipc } from '../../../src/shared/ipc.ts'

type Sender = 'page' | 'stranger'

const handlers: MainHandlers = {
  choose: {
    files: async () => ok(null),
    watch: async () => ok(null),
    folder: async () => {
      throw new Error('a bug')
    },
  },
  app: {
    info: async () => ok({ version: '1.0.0', engine: { state: 'ready' }, suggestedBrokerUrl: null }),
    tryAgain: async () => ok(null),
    startFresh: async () => failed('not_possible'),
  },
}

function serve() {
  const listeners = new Map<string, (sender: Sender, input: unknown) => Promise<Result<unknown>>>()
  const forwarded: unknown[] = []
  const bugs: unknown[] = []
  serveIpc<Sender>({
    handle: (channel, listener) => listeners.set(channel, listener),
    isTrusted: (sender) => sender === 'page',
    callEngine: async (channel, input) => {
      forwarded.push([channel, input])
      return ok('from the engine')
    },
    handlers,
    onBug: (channel, error) => bugs.push([channel, (error as Error).message]),
  })
  const call = (channel: string, input?: unknown, sender: Sender = 'page') => listeners.get(channel)?.(sender, input)
  return { listeners, forwarded, bugs, call }
}

test('every command of the contract is served, and no event', () => {
  const commands = Object.entries(ipc).flatMap(([group, entries]) =>
    Object.entries(entries).flatMap(([name, { kind }]) => (kind === 'event' ? [] : [`${group}.${name}`])),
  )
  expect([...serve().listeners.keys()]).toEqual(commands)
})

test('a command of an engine group goes to the engine with its parsed input', async () => {
  const { call, forwarded } = serve()
  expect(await call('transfers.pause', { all: true })).toEqual(ok('from the engine'))
  expect(await call('queue.status')).toEqual(ok('from the engine'))
  expect(forwarded).toEqual([
    ['transfers.pause', { all: true }],
    ['queue.status', undefined],
  ])
})

test('a command of main is answered without the engine', async () => {
  const { call, forwarded } = serve()
  expect(await call('choose.files', { purpose: 'drop' })).toEqual(ok(null))
  expect(forwarded).toEqual([])
})

test.each([
  ['transfers.pause', { ids: ['not-an-id'] }],
  ['transfers.pause', { all: true, more: 1 }],
  ['transfers.add', { purpose: 'drop', paths: [] }],
  ['session.signIn', { brokerUrl: 'https://broker.example', token: 'with space' }],
  ['queue.status', 'unexpected'],
  ['choose.files', null],
])('%s refuses the input %j and nobody hears of it', async (channel, input) => {
  const { call, forwarded } = serve()
  expect(await call(channel, input)).toEqual(failed('input_invalid'))
  expect(forwarded).toEqual([])
})

test('a call from anywhere but the page of our window is refused', async () => {
  const { call, forwarded } = serve()
  expect(await call('queue.status', undefined, 'stranger')).toEqual(failed('not_possible', 'sender'))
  expect(forwarded).toEqual([])
})

test('an exception of a handler does not cross: the page gets a failure, the log the error', async () => {
  const { call, bugs } = serve()
  expect(await call('choose.folder', { purpose: 'drop' })).toEqual(failed('not_possible', 'bug'))
  expect(bugs).toEqual([['choose.folder', 'a bug']])
})
