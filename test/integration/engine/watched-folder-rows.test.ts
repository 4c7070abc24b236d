import { randomBytes } from 'node:crypto'
import { open, utimes, writeFile } from 'node:fs/promises'
import { AbortMultipartUploadCommand } from '@aws-sdk/client-s3'
import { describe, expect, it, vi } from 'vitest'
import { value } from '../../support/value.ts'
import {
  arrives,
  folderOf,
  lookedThrough,
  partSize,
  patience,
  processScene,
  puts,
  scene,
  stored,
  watch,
} from '../../support/watched-scene.ts'

const hour = 3_600_000

describe('a file of a watched folder', () => {
  it('arrives where the engine was killed before it knew that the store has it, and it changed before the next start', async () => {
    const { lab, engine, folder, path } = await processScene({ crashAt: { when: 'before', effect: 'completed' } })
    await writeFile(path('a.txt'), 'first')
    await watch(engine, folder).catch(() => {})
    await engine.exited
    await writeFile(path('a.txt'), 'second, longer')
    const next = await lab.engineProcess(engine.profile)
    await next.begin()
    await arrives({ lab, engine: next }, { 'a.txt': 'second, longer' })
  })

  it('is not sent half-written where it has its key already and is rewritten in its place', async () => {
    const { lab, engine, folder, path } = await scene()
    const held = lab.faults.add({ match: { operation: 'PutObject' }, fault: { kind: 'hold', when: 'before' } })
    for (const name of ['a', 'b', 'c']) await writeFile(path(name), 'aaaa')
    await watch(engine, folder)
    await held.reachedTimes(2)
    await using writer = await open(path('c'), 'r+')
    await writer.write('bb', 0)
    held.remove()
    held.release()
    await vi.waitFor(() => expect(puts(lab)).toBeGreaterThanOrEqual(2), patience)
    await vi.waitFor(async () => {
      const rows = (await engine.list()).filter(({ state }) => state === 'queued')
      expect(rows.every(({ activity }) => activity === 'writing')).toBe(true)
    }, patience)
    expect(Object.values(await stored(lab))).not.toContain('bbaa')
  })

  it('is not sent again after a person cancels its row that was completed a moment before', async () => {
    const { lab, engine, folder, path } = await scene()
    await writeFile(path('a.txt'), 'same')
    await watch(engine, folder)
    const [row] = await engine.until(([first]) => first?.state === 'completed')
    value(await engine.handlers.transfers.cancel({ ids: [row?.id ?? ''] }))
    await utimes(path('a.txt'), 1, 1)
    await engine.until((rows) => rows.length > 1).catch(() => {})
    await lookedThrough(engine)
    expect(puts(lab)).toBe(1)
  })
})

describe('rows and uploads of a watched folder', () => {
  it('end where the folder was removed and the upload is lost', async () => {
    const { lab, engine, folder, path } = await processScene()
    const held = lab.faults.add({
      match: { operation: 'CompleteMultipartUpload', times: 1 },
      fault: { kind: 'hold', when: 'before' },
    })
    await writeFile(path('a.mov'), randomBytes(3 * partSize))
    const { id } = await watch(engine, folder)
    await held.reachedTimes(1)
    const [upload] = await lab.uploads()
    await lab.s3.send(
      new AbortMultipartUploadCommand({ Bucket: lab.bucket, Key: upload?.key, UploadId: upload?.uploadId }),
    )
    value(await engine.handlers.folders.remove({ id, history: 'keep' }))
    await writeFile(path('a.mov'), randomBytes(3 * partSize + 1))
    held.release()
    await vi.waitFor(
      async () => expect((await engine.list()).filter(({ state }) => state !== 'completed')).toEqual([]),
      {
        ...patience,
        timeout: 20_000,
      },
    )
  })

  it('leave nothing at the store where the folder is forgotten while an upload is created', async () => {
    const { lab, engine, folder, path } = await processScene()
    const held = lab.faults.add({
      match: { operation: 'CreateMultipartUpload' },
      fault: { kind: 'hold', when: 'after' },
    })
    await writeFile(path('a.mov'), randomBytes(3 * partSize))
    const { id } = await watch(engine, folder)
    await held.reachedTimes(1)
    value(await engine.handlers.folders.remove({ id, history: 'forget' }))
    held.release()
    await vi.waitFor(async () => expect(await lab.uploads()).toEqual([]), patience)
  })

  it('are counted as none waiting while the only one is canceled', async () => {
    const { lab, engine, folder, path } = await scene()
    lab.faults.add({ match: { operation: 'PutObject' }, fault: { kind: 'hold', when: 'before' } })
    await writeFile(path('a.txt'), 'a')
    await watch(engine, folder)
    const [row] = await engine.until(([first]) => first?.activity === 'uploading')
    value(await engine.handlers.transfers.cancel({ ids: [row?.id ?? ''] }))
    expect((await folderOf(engine)).counts.waiting).toBe(0)
  })
})

describe('the engine', () => {
  it('goes on where a folder is forgotten while keys for its files are asked for', async () => {
    const { engine, folder, path } = await scene({ engine: { now: () => Date.now() + hour } })
    for (let file = 0; file < 1_200; file += 1) await writeFile(path(`${file}.txt`), `${file}`)
    value(await engine.handlers.queue.pause())
    const { id } = await watch(engine, folder)
    await vi.waitFor(async () => expect((await folderOf(engine)).counts.waiting).toBe(1_200), patience)
    value(await engine.handlers.queue.resume())
    value(await engine.handlers.folders.remove({ id, history: 'forget' }))
    await writeFile(`${folder}.txt`, 'another file')
    await engine.add(`${folder}.txt`)
    // rejects with what was fatal
    await engine.until((rows) => rows.some(({ name, state }) => name === 'Dailies.txt' && state === 'completed'))
  })
})
