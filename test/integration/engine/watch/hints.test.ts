import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { startFolderThread } from '../../../../src/main/engine/watch/folder-thread.ts'
import type { WalkOptions, WatchTrouble } from '../../../../src/main/engine/watch/found.ts'
import { until } from '../../../support/until.ts'
import { plant, tree } from '../../../unit/main/engine/watch/thread/tree.ts'

const options: WalkOptions = { rules: '', hidden: false, links: 'skip' }

/** A watched tree, and what was told of it so far. */
async function watched(files: Readonly<Record<string, string>>, given: Partial<WalkOptions> = {}) {
  const root = join(tree(), 'root')
  mkdirSync(root)
  plant(root, files)
  const thread = startFolderThread(root)
  onTestFinished(() => thread.end())
  const told = new Set<string>()
  const troubles: WatchTrouble[] = []
  const watch = (other: Partial<WalkOptions> = {}) =>
    thread.watch(
      { ...options, ...given, ...other },
      {
        onHint: (hint) => {
          for (const folder of hint.kind === 'folders' ? hint.folders : [hint.kind]) told.add(folder)
        },
        onTrouble: (trouble) => troubles.push(trouble),
      },
    )
  await watch()
  expect(troubles).toEqual([])
  return {
    root,
    told,
    watch,
    in: (path: string) => join(root, path),
    /** Waits until all of these were told, and forgets what was. */
    async hinted(...folders: readonly string[]): Promise<void> {
      await until(() => folders.every((folder) => told.has(folder)))
      told.clear()
    },
  }
}

describe('what happens to a file is a hint at its folder', () => {
  test.each<readonly [string, (folder: string) => void]>([
    ['it is made', (folder) => writeFileSync(join(folder, 'new'), '')],
    ['something is appended', (folder) => appendFileSync(join(folder, 'file'), 'x')],
    ['it is cut', (folder) => truncateSync(join(folder, 'file'), 1)],
    ['something in it is written over', (folder) => writeFileSync(join(folder, 'file'), 'other', { flag: 'r+' })],
    ['it is renamed', (folder) => renameSync(join(folder, 'file'), join(folder, 'other'))],
    ['it is moved in', (folder) => renameSync(join(folder, '../../beside'), join(folder, 'beside'))],
    ['it is moved out', (folder) => renameSync(join(folder, 'file'), join(folder, '../../out'))],
    ['it is deleted', (folder) => unlinkSync(join(folder, 'file'))],
    ['its permissions change', (folder) => chmodSync(join(folder, 'file'), 0o600)],
    ['its times change', (folder) => utimesSync(join(folder, 'file'), 1, 1)],
    [
      'a link takes its place',
      (folder) => {
        unlinkSync(join(folder, 'file'))
        symlinkSync('elsewhere', join(folder, 'file'))
      },
    ],
    [
      'another one is saved over it',
      (folder) => {
        writeFileSync(join(folder, '.file.new'), 'new')
        renameSync(join(folder, '.file.new'), join(folder, 'file'))
      },
    ],
  ])('when %s', async (_, happens) => {
    const { in: at, root, hinted, told } = await watched({ 'a/file': 'content', 'b/file': '' })
    writeFileSync(join(root, '../beside'), '')
    happens(at('a'))
    await until(() => told.has('a'))
    expect(told).not.toContain('b')
    await hinted('a')
  })
})

describe('folders', () => {
  test('that are made are told, with those made in them, and what happens there later', async () => {
    const { in: at, hinted } = await watched({ 'a/x': '' })
    mkdirSync(at('a/b/c/d'), { recursive: true })
    writeFileSync(at('a/b/c/d/file'), '')
    await hinted('a/b', 'a/b/c', 'a/b/c/d')
    appendFileSync(at('a/b/c/d/file'), 'x')
    await hinted('a/b/c/d')
  })

  test('that are moved in are told with all that is below them', async () => {
    const { in: at, root, hinted } = await watched({})
    plant(join(root, '..'), { 'other/b/c/file': '', 'other/d/': '' })
    renameSync(join(root, '../other'), at('a'))
    await hinted('', 'a', 'a/b', 'a/b/c', 'a/d')
    writeFileSync(at('a/d/file'), '')
    await hinted('a/d')
  })

  test('that are renamed are told under their new name, now and later', async () => {
    const { in: at, hinted } = await watched({ 'a/b/file': '' })
    renameSync(at('a'), at('z'))
    await hinted('', 'z', 'z/b')
    appendFileSync(at('z/b/file'), 'x')
    await hinted('z/b')
  })

  test('that are made again after they were deleted are told again', async () => {
    const { in: at, hinted } = await watched({ 'a/b/file': '' })
    for (let time = 0; time < 5; time += 1) {
      rmSync(at('a'), { recursive: true })
      mkdirSync(at('a/b'), { recursive: true })
      await hinted('a/b')
      writeFileSync(at('a/b/file'), '')
      await hinted('a/b')
    }
  })

  test('that take the place of others are told', async () => {
    const { in: at, root, hinted } = await watched({ 'a/b/old': '' })
    plant(join(root, '..'), { 'other/b/new': '' })
    renameSync(at('a'), join(root, '../away'))
    renameSync(join(root, '../other'), at('a'))
    await hinted('a', 'a/b')
    appendFileSync(at('a/b/new'), 'x')
    await hinted('a/b')
  })

  test('that are ignored are not watched, until a rule takes them back', async () => {
    const {
      in: at,
      told,
      hinted,
      watch,
    } = await watched({ 'target/x': '', '.git/x': '', 'a/x': '' }, { rules: 'target/' })
    writeFileSync(at('target/y'), '')
    writeFileSync(at('.git/y'), '')
    writeFileSync(at('a/y'), '')
    await until(() => told.has('a'))
    expect(told).toEqual(new Set(['a']))
    await watch({ rules: '' })
    writeFileSync(at('target/z'), '')
    await hinted('target')
  })

  test('behind a link are watched where the link is followed', async () => {
    const root = join(tree(), 'root')
    plant(root, { '.releases/1/file': '' })
    symlinkSync('.releases/1', join(root, 'current'))
    const thread = startFolderThread(root)
    onTestFinished(() => thread.end())
    const told = new Set<string>()
    await thread.watch(
      { ...options, links: 'follow' },
      {
        onHint: (hint) => hint.kind === 'folders' && hint.folders.forEach((folder) => void told.add(folder)),
        onTrouble: () => undefined,
      },
    )
    appendFileSync(join(root, '.releases/1/file'), 'x')
    await until(() => told.has('current'))
  })
})

test('a rules file that changes is a hint at everything, and what it lets through is watched from then on', async () => {
  const { in: at, hinted } = await watched({ '.longshoreignore': 'a/', 'a/b/file': '' })
  writeFileSync(at('.longshoreignore'), '')
  await hinted('everything')
  writeFileSync(at('a/b/file'), '')
  await hinted('a/b')
})

test('a watched folder that goes away is a hint at everything, also where another one takes its place', async () => {
  const { root, hinted, in: at } = await watched({ 'a/file': '' })
  renameSync(root, `${root}-away`)
  plant(root, { 'b/file': '' })
  await hinted('everything')
  appendFileSync(at('b/file'), 'x')
  await hinted('b')
  rmSync(root, { recursive: true })
  await hinted('everything')
})

test('a watched folder that goes with the one above it, of which no system tells, is told to be replaced', async () => {
  const above = join(tree(), 'above')
  const root = join(above, 'root')
  plant(root, { file: '' })
  const thread = startFolderThread(root)
  onTestFinished(() => thread.end())
  const told: unknown[] = []
  await thread.watch(options, { onHint: (hint) => told.push(hint), onTrouble: () => undefined })
  renameSync(above, `${above}-away`)
  await until(() => told.length > 0)
  expect(told).toEqual([{ kind: 'replaced' }])
})

test('hints come one at a time, and what happens meanwhile is in the next one', async () => {
  const root = tree({ 'a/x': '', 'b/x': '' })
  const thread = startFolderThread(root)
  onTestFinished(() => thread.end())
  const told: unknown[] = []
  const onHint = (hint: unknown) => {
    told.push(hint)
    if (told.length > 1) return
    for (let index = 0; index < 200; index += 1) appendFileSync(join(root, index % 2 === 0 ? 'a/x' : 'b/x'), 'x')
  }
  await thread.watch(options, { onHint, onTrouble: () => undefined })
  appendFileSync(join(root, 'a/x'), 'x')
  await until(() => told.length > 1)
  expect(told).toEqual([
    { kind: 'folders', folders: ['a'] },
    { kind: 'folders', folders: ['a', 'b'] },
  ])
})

test('a folder that was not there has no watch until it is asked for again', async () => {
  const root = join(tree(), 'later')
  const thread = startFolderThread(root)
  onTestFinished(() => thread.end())
  const told: unknown[] = []
  const listeners = { onHint: (hint: unknown) => void told.push(hint), onTrouble: () => undefined }
  await thread.watch(options, listeners)
  mkdirSync(root)
  await thread.watch(options, listeners)
  writeFileSync(join(root, 'file'), '')
  await until(() => told.length > 0)
  expect(told).toEqual([{ kind: 'folders', folders: [''] }])
})
