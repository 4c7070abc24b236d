import { appendFileSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { systemWatch } from '../../../../src/main/engine/watch/thread/system-watch.ts'
import { Watcher } from '../../../../src/main/engine/watch/thread/watcher.ts'
import { until } from '../../../support/until.ts'
import { place, plant, tree } from '../../../unit/main/engine/watch/thread/tree.ts'

/** The watch of macOS and Windows, on the system that there is. */
async function watched(files: Readonly<Record<string, string>>) {
  const root = join(tree(), 'root')
  mkdirSync(root)
  plant(root, files)
  const told = new Set<string>()
  const watcher: Watcher = new Watcher(place(root), {
    system: systemWatch('darwin'),
    untold: [],
    onHint: (hint) => {
      for (const folder of hint.kind === 'folders' ? hint.folders : [hint.kind]) told.add(folder)
      watcher.heard()
    },
    onTrouble: (trouble) => expect(trouble).toBeNull(),
  })
  onTestFinished(() => watcher.end())
  await watcher.start()
  return { root, told, in: (path: string) => join(root, path) }
}

test.each<readonly [string, (folder: string) => void]>([
  ['a file is made', (folder) => writeFileSync(join(folder, 'new'), '')],
  ['something is appended', (folder) => appendFileSync(join(folder, 'file'), 'x')],
  ['a file is renamed', (folder) => renameSync(join(folder, 'file'), join(folder, 'other'))],
  ['a file is deleted', (folder) => rmSync(join(folder, 'file'))],
  [
    'another file is saved over one',
    (folder) => {
      writeFileSync(join(folder, 'file.new'), 'new')
      renameSync(join(folder, 'file.new'), join(folder, 'file'))
    },
  ],
])('chokidar tells when %s', async (_, happens) => {
  const { in: at, told } = await watched({ 'a/file': 'content', 'b/file': '' })
  happens(at('a'))
  await until(() => told.has('a'))
  expect(told).not.toContain('b')
})

test('chokidar tells of a tree that is moved in, and of what happens in it later', async () => {
  const { root, in: at, told } = await watched({ 'a/file': '' })
  plant(join(root, '..'), { 'beside/deep/er/file': '' })
  renameSync(join(root, '../beside'), at('beside'))
  await until(() => told.has('beside/deep/er'))
  // the watches of new folders stand a little later than they are told
  for (const folder of ['beside/deep/er', 'beside/deep']) {
    told.clear()
    await until(() => {
      appendFileSync(at(`${folder}/new`), 'x')
      return told.has(folder)
    })
  }
})
