import { renameSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import {
  type FolderThread,
  FolderThreadDied,
  startFolderThread,
} from '../../../../src/main/engine/watch/folder-thread.ts'
import type { FoundFile, WalkOptions, WatchTrouble } from '../../../../src/main/engine/watch/found.ts'
import { value } from '../../../support/value.ts'
import { plant, tree } from '../../../unit/main/engine/watch/thread/tree.ts'

const options: WalkOptions = { rules: '', hidden: false, links: 'skip' }
const never = new AbortController().signal

function threadOf(root: string): FolderThread {
  const thread = startFolderThread(root)
  onTestFinished(() => thread.end())
  return thread
}

const many = (count: number): Readonly<Record<string, string>> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`${index % 7}/${index}`, '']))

test('a walk gives each file once, at most 500 at a time, the next ones when the last are done', async () => {
  const thread = threadOf(tree(many(1_801)))
  const batches: (readonly FoundFile[])[] = []
  let atWork = 0
  let most = 0
  const looked = await thread.walk(
    options,
    async (files) => {
      atWork += 1
      most = Math.max(most, atWork)
      batches.push(files)
      // other questions are answered meanwhile
      for (let question = 0; question < 20; question += 1) await thread.look(['0/0'])
      atWork -= 1
    },
    never,
  )
  expect(value(looked)).toEqual({ ignored: [], problems: [], entries: 7, identity: expect.any(String) })
  expect(new Set(batches.flat().map(({ path }) => path)).size).toBe(1_801)
  expect(batches.map(({ length }) => length)).toEqual([500, 500, 500, 301])
  expect(most).toBe(1)
})

test('a walk that is aborted ends, and the thread answers on', async () => {
  const thread = threadOf(tree(many(1_200)))
  const controller = new AbortController()
  let batches = 0
  const walk = thread.walk(
    options,
    () => {
      batches += 1
      controller.abort()
    },
    controller.signal,
  )
  await expect(walk).rejects.toThrow('abort')
  expect(await thread.look(['0/0'])).toMatchObject([{ path: '0/0' }])
  expect(batches).toBe(1)
  await expect(thread.walk(options, () => undefined, controller.signal)).rejects.toThrow('abort')
})

test('what goes wrong with the files that were found ends the walk', async () => {
  const thread = threadOf(tree(many(1_200)))
  const fail = () => {
    throw new Error('disk full')
  }
  await expect(thread.walk(options, fail, never)).rejects.toThrow('disk full')
  expect(await thread.look(['0/0'])).toMatchObject([{ path: '0/0' }])
})

test('a folder that is not there, is none or cannot be read fails with why', async () => {
  const root = tree({ file: '' })
  const walk = (path: string) => threadOf(path).walk(options, () => undefined, never)
  expect(await walk(join(root, 'gone'))).toEqual({ ok: false, failure: { kind: 'source_missing', detail: 'ENOENT' } })
  expect(await walk(join(root, 'file'))).toEqual({ ok: false, failure: { kind: 'not_a_file', detail: 'ENOTDIR' } })
  expect(await walk(join(root, 'n'.repeat(300)))).toEqual({
    ok: false,
    failure: { kind: 'source_unreadable', detail: 'ENAMETOOLONG' },
  })
})

test('of a folder that goes away during the walk nothing is said to be gone', async () => {
  const root = join(tree(), 'root')
  plant(root, many(1_200))
  const thread = threadOf(root)
  let moved = false
  const walk = await thread.walk(
    options,
    () => {
      if (!moved) renameSync(root, `${root}-away`)
      moved = true
    },
    never,
  )
  expect(walk).toMatchObject({ ok: false, failure: { kind: 'source_missing' } })
})

test('of a folder that is another one at the end of the walk nothing is said to be gone', async () => {
  const root = join(tree(), 'root')
  plant(root, many(1_200))
  const walk = await threadOf(root).walk(
    options,
    () => {
      renameSync(root, `${root}-away-${performance.now()}`)
      plant(root, { 'other.txt': '' })
    },
    never,
  )
  expect(walk).toMatchObject({ ok: false, failure: { kind: 'source_missing' } })
})

test('single folders and files, descriptors and rules are asked for through the thread', async () => {
  const root = tree({ 'a/b.txt': 'hello', 'a/c.log': '', 'd/e.txt': '' })
  const thread = threadOf(root)
  const found: string[] = []
  const take = (files: readonly FoundFile[]): void => {
    found.push(...files.map(({ path }) => path))
  }
  const listed = value(await thread.list({ ...options, rules: '*.log' }, ['a', 'gone'], take, never))
  expect(listed).toMatchObject({ ignored: [{ count: 1, first: 'a/c.log' }] })
  expect(found).toEqual(['a/b.txt'])
  const [file, gone] = await thread.look(['a/b.txt', 'gone.txt'])
  expect([file, gone]).toEqual([expect.objectContaining({ path: 'a/b.txt', size: 5 }), null])
  const sourceIds = found.map(() => (file as FoundFile).sourceId)
  expect(await thread.openForWriting(sourceIds)).toEqual(new Set())
  expect(await thread.explain({ ...options, rules: '*.log' }, 'a/c.log')).toEqual({ kind: 'yours', rule: '*.log' })
})

test('a thread that ended rejects what is asked of it and what was not answered', async () => {
  const thread = threadOf(tree(many(1_200)))
  const open = thread.walk(options, () => new Promise(() => undefined), never)
  const rejected = expect(open).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }))
  await thread.end()
  await rejected
  await expect(thread.look(['0/0'])).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }))
  await thread.end()
})

test('a thread that dies of a bug rejects what it was asked, and its watch is told as failed', async () => {
  const thread = threadOf(tree(many(1_200)))
  const troubles: WatchTrouble[] = []
  await thread.watch(options, { onHint: () => undefined, onTrouble: (trouble) => troubles.push(trouble) })
  const walk = thread.walk(options, () => new Promise(() => undefined), never)
  const rejected = expect(walk).rejects.toThrow(FolderThreadDied)
  await expect(thread.look(null as never)).rejects.toThrow(FolderThreadDied)
  await rejected
  expect(troubles).toEqual([{ reason: 'watch_failed', detail: null }])
  await expect(thread.look(['0/0'])).rejects.toThrow(FolderThreadDied)
})
