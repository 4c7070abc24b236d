import { expect, test } from 'vitest'
import { exposedApi } from '../../../src/preload/exposed-api.ts'
import { failed, ok } from '../../../src/shared/failure.ts'
import { ipc } from '../../../src/shared/ipc.ts'

const nothingAdded = { added: 0, bytes: 0, resumed: 0, alreadyListed: 0, failed: 0, skipped: 0 }

function expose(paths: Readonly<Record<string, string>> = {}) {
  const invoked: unknown[] = []
  const listeners = new Map<string, (payload: unknown) => void>()
  const api = exposedApi({
    invoke: async (channel, input) => {
      invoked.push([channel, input])
      return ok(nothingAdded)
    },
    listen: (channel, listener) => {
      listeners.set(channel, listener)
      return () => {
        listeners.delete(channel)
      }
    },
    pathOf: (file) => paths[file.name] ?? '',
  })
  return { api, invoked, listeners }
}

test('the page gets a function for each entry of the contract', () => {
  const shapeOf = (value: object) => Object.entries(value).map(([group, entries]) => [group, Object.keys(entries)])
  expect(shapeOf(expose().api)).toEqual(shapeOf(ipc))
})

test('a command is invoked on its channel', async () => {
  const { api, invoked } = expose()
  await api.transfers.pause({ all: true })
  await api.queue.status()
  expect(invoked).toEqual([
    ['transfers.pause', { all: true }],
    ['queue.status', undefined],
  ])
})

test('dropped files become their paths, and files without a path are left out', async () => {
  const { api, invoked } = expose({ 'a.mov': '/films/a.mov' })
  const files = [new File([], 'a.mov'), new File([], 'made-up.txt')]
  expect(await api.transfers.add({ purpose: 'drop', files })).toEqual(ok(nothingAdded))
  expect(invoked).toEqual([['transfers.add', { purpose: 'drop', paths: ['/films/a.mov'] }]])
})

test('the page cannot name a path: what it calls paths is replaced by those of the dropped files', async () => {
  const { api, invoked } = expose({ 'a.mov': '/films/a.mov' })
  const request = { purpose: 'drop', files: [new File([], 'a.mov')], paths: ['/etc/passwd'] }
  await api.transfers.add(request)
  expect(invoked).toEqual([['transfers.add', { purpose: 'drop', paths: ['/films/a.mov'] }]])
})

test('a drop of which nothing has a path is refused without asking anyone', async () => {
  const { api, invoked } = expose()
  const answer = await api.transfers.add({ purpose: 'drop', files: [new File([], 'made-up.txt')] })
  expect(answer).toEqual(failed('input_invalid'))
  expect(invoked).toEqual([])
})

test('an event reaches its listener until the listener has ended it', () => {
  const { api, listeners } = expose()
  const heard: unknown[] = []
  const end = api.app.engineChanged((state) => heard.push(state))
  listeners.get('app.engineChanged')?.({ state: 'ready' })
  expect(heard).toEqual([{ state: 'ready' }])
  end()
  expect(listeners.size).toBe(0)
})

test.each([null, {}, { files: [null] }, { files: 'a.mov' }])('a drop of %j is refused, not thrown', async (input) => {
  const { api, invoked } = expose()
  const add = api.transfers.add as (input: unknown) => Promise<unknown>
  expect(await add(input)).toEqual(failed('input_invalid'))
  expect(invoked).toEqual([])
})
