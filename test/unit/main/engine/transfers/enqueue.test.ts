import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { droppedRoot, enqueue, takeIn } from '../../../../../src/main/engine/transfers/enqueue.ts'
import type { TransferEvent } from '../../../../../src/main/engine/transfers/state.ts'
import { failure } from '../../../../support/builders.ts'
import { temporaryFolder } from '../../../../support/temporary-folder.ts'
import { temporaryQueue } from '../../../../support/temporary-queue.ts'

const nothing = { added: 0, bytes: 0, resumed: 0, alreadyListed: 0, failed: 0, skipped: 0 }

/** A folder of small files, and a queue to drop it, or parts of it, on. */
function harness(files: readonly string[]) {
  const folder = join(temporaryFolder(), 'drop')
  mkdirSync(folder)
  for (const name of files) {
    mkdirSync(join(folder, name, '..'), { recursive: true })
    writeFileSync(join(folder, name), name)
  }
  const queue = temporaryQueue()
  const drop = async (path = folder) =>
    (await enqueue(queue.enqueueTools, queue.accountId, 'inbox', [droppedRoot(path)])).summary
  const rows = () =>
    queue.transfers
      .inStates(queue.accountId, ['queued', 'paused', 'failed', 'canceled'])
      .toSorted((a, b) => a.relativePath.localeCompare(b.relativePath))
  return { ...queue, folder, drop, rows }
}

describe('a dropped folder', () => {
  it('becomes a row for each file in it and below, named from the folder on', async () => {
    const { drop, rows, folder } = harness(['a.txt', 'deep/er/b.mov', 'none'])
    expect(await drop()).toEqual({ ...nothing, added: 3, bytes: 5 + 13 + 4 })
    expect(
      rows().map(({ relativePath, sourcePath, size, contentType, state }) => ({
        relativePath,
        sourcePath,
        size,
        contentType,
        state,
      })),
    ).toEqual([
      {
        relativePath: 'drop/a.txt',
        sourcePath: join(folder, 'a.txt'),
        size: 5,
        contentType: 'text/plain',
        state: 'queued',
      },
      {
        relativePath: 'drop/deep/er/b.mov',
        sourcePath: join(folder, 'deep/er/b.mov'),
        size: 13,
        contentType: 'video/quicktime',
        state: 'queued',
      },
      {
        relativePath: 'drop/none',
        sourcePath: join(folder, 'none'),
        size: 4,
        contentType: 'application/octet-stream',
        state: 'queued',
      },
    ])
  })

  it('leaves out links, also one that leads to a folder above it', async () => {
    const { drop, folder } = harness(['a.txt'])
    symlinkSync(folder, join(folder, 'loop'))
    symlinkSync(join(folder, 'a.txt'), join(folder, 'link'))
    expect(await drop()).toEqual({ ...nothing, added: 1, bytes: 5, skipped: 2 })
  })

  it('dropped again while its files are under way adds nothing', async () => {
    const { drop } = harness(['a.txt', 'b.txt'])
    await drop()
    expect(await drop()).toEqual({ ...nothing, alreadyListed: 2 })
  })

  it('dropped twice at once becomes one row for each file', async () => {
    const { drop, rows } = harness(['a.txt', 'b.txt', 'c/d.txt'])
    const summaries = await Promise.all([drop(), drop()])
    expect(rows()).toHaveLength(3)
    expect(summaries.reduce((sum, { added, alreadyListed }) => sum + added + alreadyListed, 0)).toBe(6)
    expect(summaries.reduce((sum, { added }) => sum + added, 0)).toBe(3)
  })
})

describe('an engine that ends while it reads what was dropped', () => {
  it('has it all in the queue after the next start, each file once', async () => {
    const { folder, enqueueTools, accountId, rows, transfers } = harness(['a.txt', 'b/c.txt', 'b/d/e.txt', 'f/g.txt'])
    for (let writes = 0; ; writes += 1) {
      let left = writes
      const ending = { ...enqueueTools, isCurrent: () => left-- > 0 }
      if (writes === 0) await enqueue(ending, accountId, 'inbox', [droppedRoot(folder)])
      else await takeIn(ending, enqueueTools.drops.pending(accountId))
      const [first] = rows().filter(({ state }) => state === 'queued')
      if (first !== undefined) transfers.apply(first.id, { type: 'cancel' })
      if (enqueueTools.drops.pending(accountId).length === 0) break
      expect(writes).toBeLessThan(10)
    }
    expect(rows().map(({ relativePath }) => relativePath)).toEqual([
      'drop/a.txt',
      'drop/b/c.txt',
      'drop/b/d/e.txt',
      'drop/f/g.txt',
    ])
  })
})

describe('a dropped file', () => {
  it('that was dropped by a link goes under the name of the link', async () => {
    const { drop, rows, folder } = harness(['a.txt'])
    symlinkSync(join(folder, 'a.txt'), join(folder, 'link.txt'))
    expect(await drop(join(folder, 'link.txt'))).toEqual({ ...nothing, added: 1, bytes: 5 })
    expect(rows()).toMatchObject([{ relativePath: 'link.txt', size: 5 }])
  })

  it('that is not there becomes a failed row that says so', async () => {
    const { drop, rows, folder } = harness([])
    expect(await drop(join(folder, 'missing'))).toEqual({ ...nothing, failed: 1 })
    expect(rows()).toMatchObject([
      { state: 'failed', failure: { kind: 'source_missing', detail: 'ENOENT' }, sourceId: null },
    ])
  })

  it('that is a device becomes a failed row that says so', async () => {
    const { drop, rows } = harness([])
    expect(await drop('/dev/null')).toEqual({ ...nothing, failed: 1 })
    expect(rows()).toMatchObject([{ state: 'failed', failure: { kind: 'not_a_file' } }])
  })

  const paused: TransferEvent = { type: 'pause' }
  const failedBefore: TransferEvent = { type: 'failed', failure: failure() }
  it.each([
    { was: 'paused', event: paused },
    { was: 'failed', event: failedBefore },
  ])('that was $was before goes on as that row', async ({ event }) => {
    const { drop, rows, folder, transfers } = harness(['a.txt'])
    await drop(join(folder, 'a.txt'))
    const [row] = rows()
    transfers.apply(row?.id ?? 0, event)
    expect(await drop(join(folder, 'a.txt'))).toEqual({ ...nothing, resumed: 1 })
    expect(rows()).toMatchObject([{ id: row?.id, state: 'queued', failure: null }])
  })

  it('goes on once it is there, if it was missing when it was dropped first', async () => {
    const { drop, rows, folder } = harness([])
    const path = join(folder, 'late.txt')
    await drop(path)
    writeFileSync(path, 'here')
    expect(await drop(path)).toEqual({ ...nothing, resumed: 1 })
    expect(rows()).toMatchObject([{ state: 'queued', size: 4, failure: null }])
  })

  it('that was canceled before is a new row', async () => {
    const { drop, rows, folder, transfers } = harness(['a.txt'])
    await drop(join(folder, 'a.txt'))
    transfers.apply(rows()[0]?.id ?? 0, { type: 'cancel' })
    expect(await drop(join(folder, 'a.txt'))).toEqual({ ...nothing, added: 1, bytes: 5 })
    expect(
      rows()
        .map(({ state }) => state)
        .toSorted(),
    ).toEqual(['canceled', 'queued'])
  })

  it('is dropped once, however often a drop names it', async () => {
    const { folder, enqueueTools, accountId } = harness(['a.txt'])
    const roots = [droppedRoot(folder), droppedRoot(join(folder, 'a.txt')), droppedRoot(`${folder}/`)]
    expect((await enqueue(enqueueTools, accountId, 'inbox', roots)).summary).toEqual({ ...nothing, added: 1, bytes: 5 })
  })

  it.skipIf(!existsSync('/dev/shm'))('with a time that no calendar has is sent all the same', async () => {
    const { drop, rows } = harness([])
    const folder = mkdtempSync('/dev/shm/longshore-unit-')
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const path = join(folder, 'far.txt')
    writeFileSync(path, 'far')
    utimesSync(path, 99_999_999_999_999, 99_999_999_999_999)
    expect(await drop(path)).toEqual({ ...nothing, added: 1, bytes: 3 })
    expect(new Date(rows()[0]?.modifiedAt ?? Number.NaN).getTime()).toBeGreaterThan(0)
  })
})

describe('a folder that may not be read', () => {
  it.skipIf(process.getuid?.() === 0)('is a failed row, and the rest of the drop is added', async () => {
    const { drop, rows, folder } = harness(['a.txt', 'closed/b.txt'])
    chmodSync(join(folder, 'closed'), 0)
    onTestFinished(() => chmodSync(join(folder, 'closed'), 0o700))
    expect(await drop()).toEqual({ ...nothing, added: 1, bytes: 5, failed: 1 })
    expect(rows()).toMatchObject([{ state: 'queued' }, { state: 'failed', failure: { detail: 'EACCES' } }])
  })
})
