import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it, onTestFinished, vi } from 'vitest'
import { folderOf, lookedThrough, patience, puts, scene, stored, watch } from '../../support/watched-scene.ts'

it('what has a strange name arrives, each under a key of its own', async () => {
  const { lab, engine, folder, path } = await scene()
  const names = [
    '🎬.mp4',
    'dot.',
    'blank ',
    '  ',
    'a.txt',
    'A.txt',
    'two\nlines',
    'two\rlines',
    'two_lines',
    '#?%&+=.mov',
  ]
  await mkdir(path('Sub.'))
  for (const name of names) await writeFile(path(`Sub./${name}`), name)
  await watch(engine, folder)
  await vi.waitFor(async () => expect(Object.keys(await stored(lab))).toHaveLength(names.length), patience)
  const contents = await stored(lab)
  expect(Object.values(contents).toSorted()).toEqual(names.toSorted())
  const kept = Object.entries(contents).filter(([, name]) => !/\s(?=lines)/.test(name))
  for (const [key, name] of kept) expect(key).toBe(`Sub./${name}`)
  expect(await lookedThrough(engine)).toMatchObject({ problems: [], counts: { failed: 0 } })
  expect(puts(lab)).toBe(names.length)
})

it.runIf(process.platform === 'linux')(
  'what cannot have a key is named on the page, and the rest arrives',
  async () => {
    const { lab, engine, folder, path } = await scene()
    await writeFile(path('a.txt'), 'a')
    writeFileSync(Buffer.concat([Buffer.from(path('x')), Buffer.from([0xff])]), 'no text')
    plantDeep(folder, join(lab.folder, 'elsewhere'))
    await watch(engine, folder)
    await vi.waitFor(async () => {
      const { problems, counts } = await folderOf(engine)
      expect(problems.map(({ why, count }) => [why, count]).toSorted()).toEqual([
        ['name_not_text', 1],
        ['path_too_long', 1],
      ])
      expect(counts).toMatchObject({ uploaded: 2, failed: 0, waiting: 0 })
    }, patience)
    // the key of the one that is deep loses its middle: S3 takes 1,024 bytes
    expect(Object.values(await stored(lab)).toSorted()).toEqual(['a', 'deep'])
    for (const { key } of await lab.objects()) expect(Buffer.byteLength(key)).toBeLessThanOrEqual(1_024)
  },
)

/** A file with a path of some 2,400 bytes, and one with more than 4,096, which can only be moved there. */
function plantDeep(folder: string, elsewhere: string): void {
  const parts = Array.from({ length: 12 }, () => 'n'.repeat(200))
  for (const root of [folder, elsewhere]) mkdirSync(join(root, ...parts), { recursive: true })
  writeFileSync(join(folder, ...parts, 'deep.txt'), 'deep')
  writeFileSync(join(elsewhere, ...parts, 'deeper.txt'), 'deeper')
  const deepest = join(folder, ...parts, 'moved')
  renameSync(elsewhere, deepest)
  // no path names what is in it, also not to delete it
  onTestFinished(() => renameSync(deepest, elsewhere))
}
