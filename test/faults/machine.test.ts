import { mkdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { faultyFiles } from '../support/faulty-files.ts'
import type { Lab } from '../support/lab.ts'
import { randomFile } from '../support/random-file.ts'
import { showing } from '../support/reliability.ts'
import { film, hold, only, pauseRows, queueFilms, sendFilm, smallPart, startSmallLab } from '../support/sending.ts'
import { value } from '../support/value.ts'

const files = faultyFiles()
afterAll(() => files[Symbol.dispose]())

/** Parts that came to the store more than once. */
const sentAgain = ({ faults }: Lab) => {
  const sent = faults.served({ operation: 'UploadPart' }).map(({ key, partNumber }) => `${key} ${partNumber}`)
  return sent.filter((part, index) => sent.indexOf(part) !== index)
}

test.concurrent('EIO in the middle of a file: its row says so, the others go on, and it can be tried again', async ({
  task,
}) => {
  const shown = showing(task, {
    fault: 'EIO',
    moment: 'reading a part',
    outcome: 'failed: source_unreadable; retry: completed',
    least: 1,
  })
  await using lab = await startSmallLab()
  const paths = [await film(lab, 20), await film(lab, 5, 'other.mov'), await film(lab, 1, 'small.txt')]
  const [broken = ''] = paths
  // of this file, and all that come after it: more than are on the wire at once are left to be read
  const third = hold(lab, { operation: 'UploadPart', key: '*/film.mov', nth: 3, times: 1_000 })
  const engine = lab.engine(await queueFilms(lab, paths), { random: () => 0 })
  await engine.begin()
  await third.reached
  await engine.until(([row]) => row?.acknowledged === 2 * smallPart)
  files.fail(broken, { read: 'EIO' })
  third.remove()
  const rows = await engine.settled()
  expect(rows.map(({ name, state }) => [name, state])).toEqual([
    ['film.mov', 'failed'],
    ['other.mov', 'completed'],
    ['small.txt', 'completed'],
  ])
  expect(rows[0]?.failure).toEqual({ kind: 'source_unreadable', detail: 'EIO' })
  expect(rows[0]?.acknowledged).toBeGreaterThanOrEqual(2 * smallPart)
  shown.happened()
  files.fail(broken, {})
  value(await engine.handlers.transfers.retry({ all: true }))
  for (const row of await engine.settled()) expect(row).toMatchObject({ state: 'completed', verification: 'checksum' })
  expect(sentAgain(lab)).toEqual([])
  await shown.ends(lab, paths)
})

test.concurrent('a permission that was lost meanwhile (EACCES): its row says so, and it can be tried again', async ({
  task,
}) => {
  const shown = showing(task, {
    fault: 'EACCES',
    moment: 'opening after a pause',
    outcome: 'failed: source_unreadable; retry: completed',
    least: 1,
  })
  await using lab = await startSmallLab()
  const second = hold(lab, { operation: 'UploadPart', partNumber: 2 })
  const { engine, path } = await sendFilm(lab)
  await engine.until(([row]) => row?.acknowledged === smallPart)
  await pauseRows(engine)
  second.remove()
  files.fail(path, { open: 'EACCES' })
  value(await engine.handlers.transfers.resume({ all: true }))
  expect(only(await engine.settled())).toMatchObject({
    state: 'failed',
    failure: { kind: 'source_unreadable', detail: 'EACCES' },
    acknowledged: smallPart,
  })
  shown.happened()
  files.fail(path, {})
  value(await engine.handlers.transfers.retry({ all: true }))
  expect(only(await engine.settled())).toMatchObject({ state: 'completed', verification: 'checksum' })
  await shown.ends(lab, [path])
})

test.concurrent('no handle is left for a file (EMFILE): the queue is held, and goes on by itself', async ({ task }) => {
  const shown = showing(task, {
    fault: 'EMFILE',
    moment: 'opening the file',
    outcome: 'held, completed by itself',
    least: 1,
  })
  await using lab = await startSmallLab()
  const paths = [await film(lab, 3), await film(lab, 1, 'small.txt')]
  for (const path of paths) files.fail(path, { open: 'EMFILE' })
  const engine = lab.engine(await queueFilms(lab, paths), { random: () => 0 })
  await engine.begin()
  const held = await engine.until((_, { hold, counts }) => hold?.kind === 'too_many_open_files' && counts.active === 0)
  for (const row of held)
    expect(row).toMatchObject({ state: 'queued', activity: 'waiting', attempts: 0, failure: null })
  shown.happened()
  for (const path of paths) files.fail(path, {})
  for (const row of await engine.settled()) expect(row).toMatchObject({ state: 'completed', attempts: 0 })
  await shown.ends(lab, paths)
})

test.concurrent.for([
  { fault: 'file gone', moment: 'reading a part', read: {} },
  { fault: 'drive gone: EIO, then ENOENT', moment: 'reading a part', read: { read: 'EIO' } },
])(
  '$fault: its row waits without an attempt, and goes on by itself when it is back',
  async ({ fault, moment, read }, { task }) => {
    const shown = showing(task, { fault, moment, outcome: 'waits: source_missing; back: completed', least: 1 })
    await using lab = await startSmallLab()
    const third = hold(lab, { operation: 'UploadPart', partNumber: 3, nth: 1 })
    const { engine, path } = await sendFilm(lab, { parts: 6 })
    await third.reached
    files.fail(path, read)
    await rename(path, `${path}.away`)
    third.remove()
    const waiting = only(await engine.until(([row]) => row?.activity === 'retrying'))
    expect(waiting).toMatchObject({ state: 'queued', failure: { kind: 'source_missing' }, attempts: 0 })
    expect((await engine.status()).hold).toBeNull()
    shown.happened()
    files.fail(path, {})
    await rename(`${path}.away`, path)
    expect(only(await engine.settled())).toMatchObject({ id: waiting.id, state: 'completed', attempts: 0 })
    await shown.ends(lab, [path])
  },
)

test.concurrent('300 files that are gone wait without an attempt, and go on by themselves when they are back', async ({
  task,
}) => {
  const shown = showing(task, {
    fault: 'folder of 300 files gone',
    moment: 'before their turn',
    outcome: 'wait: source_missing; back: completed',
    least: 1,
  })
  await using lab = await startSmallLab()
  const folder = join(lab.folder, 'many')
  await mkdir(folder)
  const paths = await Promise.all(Array.from({ length: 300 }, () => randomFile(folder, 10)))
  const engine = lab.engine(await queueFilms(lab, [folder]), { random: () => 0 })
  await rename(folder, `${folder}.away`)
  await engine.begin()
  const waiting = await engine.until((rows) => rows.length > 0 && rows.every(({ activity }) => activity === 'retrying'))
  expect(waiting).toHaveLength(300)
  for (const row of waiting) expect(row).toMatchObject({ failure: { kind: 'source_missing' }, attempts: 0 })
  shown.happened()
  await rename(`${folder}.away`, folder)
  for (const row of await engine.settled()) expect(row).toMatchObject({ state: 'completed', attempts: 0 })
  await shown.ends(lab, paths)
})

test.concurrent('a file that is written anew in the middle of its upload: only the new bytes arrive', async ({
  task,
}) => {
  const shown = showing(task, { fault: 'file changed', moment: 'UploadPart', outcome: 'new row, completed', least: 1 })
  await using lab = await startSmallLab()
  const third = hold(lab, { operation: 'UploadPart', partNumber: 3, nth: 1 })
  const { engine, path, row } = await sendFilm(lab, { parts: 6 })
  await third.reached
  const before = await row()
  await film(lab, 4)
  third.remove()
  const anew = only(await engine.until(([other]) => other?.id !== before.id))
  expect(anew).toMatchObject({ state: 'queued', failure: { kind: 'source_changed' } })
  shown.happened()
  expect(only(await engine.settled())).toMatchObject({ id: anew.id, state: 'completed', verification: 'checksum' })
  await shown.ends(lab, [path])
})
