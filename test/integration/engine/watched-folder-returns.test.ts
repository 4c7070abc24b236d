import { chmod, mkdir, rm, writeFile } from 'node:fs/promises'
import { describe, expect, it, vi } from 'vitest'
import {
  arrives,
  does,
  folderOf,
  lookedThrough,
  patience,
  processScene,
  puts,
  scene,
  stored,
  unavailable,
  watch,
} from '../../support/watched-scene.ts'
import { withoutRights } from '../../support/without-rights.ts'

describe('the whole folder is looked through', () => {
  it.each([
    ['after the computer slept', 'wake'],
    ['when the network is back', 'online'],
  ] as const)('%s', async (_, news) => {
    const { engine, folder } = await scene()
    await watch(engine, folder)
    const { lookedAt } = await lookedThrough(engine)
    engine.machine(news)
    await vi.waitFor(async () => expect((await folderOf(engine)).lookedAt).toBeGreaterThan(lookedAt ?? 0), patience)
  })
})

describe('a watched folder', () => {
  it('that somebody empties is empty, not unavailable', async () => {
    const { lab, engine, folder, path } = await scene()
    await writeFile(path('a.txt'), 'a')
    await watch(engine, folder)
    await arrives({ lab, engine }, { 'a.txt': 'a' })
    await rm(path('a.txt'))
    expect((await lookedThrough(engine)).counts.uploaded).toBe(1)
    expect(await stored(lab)).toEqual({ 'a.txt': 'a' })
  })

  it('that may not be read for a while is unavailable and loses nothing', async () => {
    const { lab, engine, folder, path } = await processScene({ through: withoutRights })
    await writeFile(path('a.txt'), 'a')
    await watch(engine, folder)
    await arrives({ lab, engine }, { 'a.txt': 'a' })
    await chmod(folder, 0)
    await does(engine, unavailable('source_unreadable'))
    expect(await engine.list()).toMatchObject([{ name: 'a.txt', state: 'completed' }])
    await chmod(folder, 0o700)
    await writeFile(path('b.txt'), 'b')
    await arrives({ lab, engine }, { 'a.txt': 'a', 'b.txt': 'b' })
    expect(puts(lab)).toBe(2)
  })

  it('in which a folder may not be read names it, and sends what is in it when it may be', async () => {
    const { lab, engine, folder, path } = await processScene({ through: withoutRights })
    await mkdir(path('locked'))
    await writeFile(path('locked/a.txt'), 'a')
    await writeFile(path('b.txt'), 'b')
    await chmod(path('locked'), 0)
    await watch(engine, folder)
    await arrives({ lab, engine }, { 'b.txt': 'b' })
    expect((await lookedThrough(engine)).problems).toEqual([{ why: 'unreadable', count: 1, bytes: 0, first: 'locked' }])
    await chmod(path('locked'), 0o700)
    await arrives({ lab, engine }, { 'b.txt': 'b', 'locked/a.txt': 'a' })
  })
})
