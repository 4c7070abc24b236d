import { open, writeFile } from 'node:fs/promises'
import { describe, expect, it, vi } from 'vitest'
import { faultyFiles } from '../../support/faulty-files.ts'
import {
  arrives,
  folderOf,
  lookedThrough,
  patience,
  puts,
  scene,
  stored,
  watch,
  withoutRecords,
} from '../../support/watched-scene.ts'

const day = 24 * 3_600_000

describe('the record of an uploaded file', () => {
  it('keeps the file from being read again', async () => {
    using disk = faultyFiles()
    const { lab, engine, folder, path } = await scene()
    await writeFile(path('a.txt'), 'a')
    await watch(engine, folder)
    await arrives({ lab, engine }, { 'a.txt': 'a' })
    disk.fail(path('a.txt'), { open: 'EIO', read: 'EIO' })
    await lookedThrough(engine)
    await lookedThrough(engine)
    expect(await engine.list()).toMatchObject([{ name: 'a.txt', state: 'completed' }])
  })
})

describe('where another object has the key of a file', () => {
  it('it is nothing to do where the content is the same', async () => {
    const { lab, engine, folder, path } = await scene()
    await writeFile(path('a.txt'), 'same')
    await watch(engine, folder)
    await arrives({ lab, engine }, { 'a.txt': 'same' })
    const next = await withoutRecords(lab, engine)
    await vi.waitFor(async () => expect((await folderOf(next)).counts.uploaded).toBe(1), patience)
    expect(puts(lab)).toBe(1)
  })

  it('a person is asked, and nothing is replaced', async () => {
    const { lab, engine, folder, path } = await scene()
    await writeFile(path('a.txt'), 'theirs')
    await watch(engine, folder)
    await arrives({ lab, engine }, { 'a.txt': 'theirs' })
    await writeFile(path('a.txt'), 'ours, longer')
    const next = await withoutRecords(lab, engine)
    await next.until((rows) => rows.some(({ failure }) => failure?.kind === 'exists'))
    await lookedThrough(next)
    expect(await stored(lab)).toEqual({ 'a.txt': 'theirs' })
    expect((await folderOf(next)).counts).toMatchObject({ uploaded: 0, failed: 1 })
  })
})

describe('the counts of a folder', () => {
  it('say what is done today, and begin anew at midnight', async () => {
    let offset = 0
    const { engine, folder, path } = await scene({ engine: { now: () => Date.now() + offset } })
    await writeFile(path('a.txt'), 'a')
    await watch(engine, folder)
    const counted = (uploaded: number, uploadedToday: number) =>
      vi.waitFor(
        async () => expect((await folderOf(engine)).counts).toMatchObject({ uploaded, uploadedToday }),
        patience,
      )
    await counted(1, 1)
    offset = day
    await counted(1, 0)
    await writeFile(path('b.txt'), 'b')
    await counted(2, 1)
  })

  it('tell files that are sent, that wait, that are written and that failed apart', async () => {
    using disk = faultyFiles()
    const { lab, engine, folder, path } = await scene()
    const held = lab.faults.add({ match: { operation: 'PutObject' }, fault: { kind: 'hold', when: 'before' } })
    disk.fail(path('0'), { open: 'EACCES' })
    for (const name of ['0', '1', '2', '3']) await writeFile(path(name), name)
    await watch(engine, folder)
    await held.reachedTimes(2)
    await engine.until((rows) => rows.some(({ state }) => state === 'failed'))
    const writer = await open(path('written'), 'w')
    await vi.waitFor(async () => {
      const { uploaded, uploading, waiting, beingWritten, failed } = (await folderOf(engine)).counts
      expect({ uploaded, uploading, waiting, beingWritten, failed }).toEqual({
        ...{ uploaded: 0, uploading: 2, waiting: 1, beingWritten: 1, failed: 1 },
      })
    }, patience)
    await writer.close()
    held.remove()
    held.release()
    await vi.waitFor(
      async () => expect((await folderOf(engine)).counts).toMatchObject({ uploaded: 4, failed: 1 }),
      patience,
    )
  })
})
