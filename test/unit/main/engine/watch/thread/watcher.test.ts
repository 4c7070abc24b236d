import { mkdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { Hint, WatchTrouble } from '../../../../../../src/main/engine/watch/found.ts'
import { type SystemWatch, troubleOf } from '../../../../../../src/main/engine/watch/thread/system-watch.ts'
import { Watcher } from '../../../../../../src/main/engine/watch/thread/watcher.ts'
import { until } from '../../../../../support/until.ts'
import { place, plant, tree } from './tree.ts'

type Handle = { readonly path: string; readonly listeners: Parameters<SystemWatch['watch']>; isOpen: boolean }

/** A watcher over a system whose events a test makes up. */
async function watcherOf(
  root: string,
  {
    isRecursive = false,
    untold = [],
    refusedOnce,
  }: { isRecursive?: boolean; untold?: string[]; refusedOnce?: string } = {},
) {
  const refused = new Set([refusedOnce])
  const handles: Handle[] = []
  const hints: Hint[] = []
  const troubles: WatchTrouble[] = []
  const system: SystemWatch = {
    isRecursive,
    longestQueue: Number.POSITIVE_INFINITY,
    watch(...listeners) {
      if (refused.delete(listeners[0])) throw Object.assign(new Error('denied'), { code: 'EACCES' })
      const handle: Handle = { path: listeners[0], listeners, isOpen: true }
      handles.push(handle)
      return {
        close: () => {
          handle.isOpen = false
        },
      }
    },
  }
  const watcher = new Watcher(place(root), {
    system,
    untold,
    onHint: (hint) => hints.push(hint),
    onTrouble: (trouble) => troubles.push(trouble),
  })
  onTestFinished(() => watcher.end())
  await watcher.start()
  const open = () => handles.filter(({ isOpen }) => isOpen)
  return {
    watcher,
    hints,
    troubles,
    open: () => open().map(({ path }) => path.slice(root.length)),
    event: (event: 'change' | 'rename', name: string | null, path = root) =>
      open()
        .find((handle) => handle.path === path)
        ?.listeners[1](event, name),
    fail: (code: string, path = root) =>
      open()
        .find((handle) => handle.path === path)
        ?.listeners[2](Object.assign(new Error(code), { code })),
  }
}

test('a handle that fails is told as a trouble and a hint at everything, and the watch is set up anew', async () => {
  const root = tree({ 'a/x': '' })
  const { hints, troubles, fail, open } = await watcherOf(root)
  fail('EIO', join(root, 'a'))
  await until(() => hints.length > 0)
  expect(troubles).toEqual([{ reason: 'watch_failed', detail: 'EIO' }])
  expect(hints).toEqual([{ kind: 'everything' }])
  expect(open()).toEqual(['', '/a'])
})

test('a handle that fails again and again does not make everything be looked at each time', async () => {
  const { hints, troubles, fail, watcher } = await watcherOf(tree())
  for (const count of [1, 2, 3]) {
    fail('EIO')
    await until(() => hints.length === count)
    watcher.heard()
  }
  expect(troubles).toEqual([{ reason: 'watch_failed', detail: 'EIO' }])
  expect(hints).toEqual([
    { kind: 'everything' },
    { kind: 'folders', folders: [''] },
    { kind: 'folders', folders: [''] },
  ])
})

test('a system that tells of all below one handle has one, and its events are hints at their folders', async () => {
  const root = tree({ 'a/b/x': '', 'c/x': '' })
  const { hints, open, event } = await watcherOf(root, { isRecursive: true })
  expect(open()).toEqual([''])
  event('change', join('a', 'b', 'x'))
  event('rename', 'new')
  await until(() => hints.length > 0)
  expect(hints).toEqual([{ kind: 'folders', folders: ['a/b', ''] }])
})

test('a tree that is moved in is told whole, though such a system tells of its top only', async () => {
  const root = tree()
  const { hints, event } = await watcherOf(root, { isRecursive: true })
  plant(root, { 'a/b/x': '', 'a/.git/x': '' })
  event('rename', 'a')
  await until(() => hints.length > 0)
  expect(hints).toEqual([{ kind: 'folders', folders: ['', 'a', 'a/b'] }])
})

test('an event without a name is a hint at everything', async () => {
  const { hints, event } = await watcherOf(tree())
  event('rename', null)
  await until(() => hints.length > 0)
  expect(hints).toEqual([{ kind: 'everything' }])
})

test('an event of the watched folder under its own name, as where its drive is unmounted, is a hint at everything', async () => {
  const root = tree({ 'a/x': '' })
  const { hints, event, open } = await watcherOf(root)
  event('rename', basename(root))
  await until(() => hints.length > 0)
  expect([hints, open()]).toEqual([[{ kind: 'everything' }], ['', '/a']])
})

test('the next hint waits until the last one was heard', async () => {
  const root = tree({ 'a/x': '' })
  const { hints, event, watcher } = await watcherOf(root)
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  event('change', 'x')
  await vi.advanceTimersByTimeAsync(1_000)
  event('change', 'x', join(root, 'a'))
  mkdirSync(join(root, 'b'))
  event('rename', 'b')
  await vi.advanceTimersByTimeAsync(60_000)
  expect(hints).toEqual([{ kind: 'folders', folders: [''] }])
  watcher.heard()
  await vi.advanceTimersByTimeAsync(1_000)
  expect(hints[1]).toEqual({ kind: 'folders', folders: ['a', '', 'b'] })
})

test('a folder that becomes readable is watched from then on', async () => {
  const root = tree({ 'a/x': '' })
  const { hints, event, open } = await watcherOf(root, { refusedOnce: join(root, 'a') })
  expect(open()).toEqual([''])
  event('change', 'a')
  await until(() => hints.length > 0)
  expect(hints).toEqual([{ kind: 'folders', folders: ['', 'a'] }])
  expect(open()).toEqual(['', '/a'])
})

test('a network drive inside the folder is left to looks at times', async () => {
  const root = tree({ 'a/share/deep/x': '', 'a/b': '' })
  const { open } = await watcherOf(root, { untold: [join(root, 'a/share')] })
  expect(open()).toEqual(['', '/a'])
})

test.each([
  ['ENOSPC', { reason: 'watch_limit', detail: 'fs.inotify.max_user_watches' }],
  ['EMFILE', { reason: 'watch_limit', detail: 'fs.inotify.max_user_instances' }],
  ['EIO', { reason: 'watch_failed', detail: 'EIO' }],
  ['ENOENT', null],
  ['EACCES', null],
])('%s of a watch means %j', (code, trouble) => {
  expect(troubleOf(Object.assign(new Error(code), { code }))).toEqual(trouble)
})
