import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import type { EngineProcess } from '../support/engine-process.ts'
import { randomFile } from '../support/random-file.ts'
import { showing } from '../support/reliability.ts'
import { only, queueFilms, startSmallLab } from '../support/sending.ts'
import { value } from '../support/value.ts'

const withFullDisk = {
  nodeOptions: ['--import', pathToFileURL(join(import.meta.dirname, '../support/full-disk.ts')).href],
}
/** The disk of its database is full, or has room again. */
const turn = ({ pid }: EngineProcess) => process.kill(pid, 'SIGUSR2')

test.concurrent('a full disk under the database holds the queue; the engine lives and goes on by itself', async ({
  task,
}) => {
  const shown = showing(task, { fault: 'disk full', moment: 'part saved', outcome: 'held, completed by itself' })
  await using lab = await startSmallLab()
  const partSize = 1_000
  const path = await randomFile(lab.folder, 600 * partSize)
  const engine = await lab.engineProcess(await queueFilms(lab, [path], { partSize }), withFullDisk)
  await engine.begin()
  for (const acknowledged of [1, 200, 400]) {
    await engine.until(([row]) => (row?.acknowledged ?? 0) >= acknowledged * partSize)
    turn(engine)
    const held = only(await engine.until((_, { hold, counts }) => hold?.kind === 'disk_full' && counts.active === 0))
    expect(held).toMatchObject({ state: 'queued', activity: 'waiting', attempts: 0, failure: null })
    shown.happened()
    turn(engine)
  }
  expect(only(await engine.settled())).toMatchObject({ state: 'completed', verification: 'checksum', attempts: 0 })
  await shown.ends(lab, [path])
})

test.concurrent('a drop on a full disk is refused as such; when there is room it is taken', async ({ task }) => {
  const shown = showing(task, {
    fault: 'disk full',
    moment: 'added',
    outcome: 'refused: disk_full; again: completed',
    least: 1,
  })
  await using lab = await startSmallLab()
  const folder = join(lab.folder, 'many')
  await mkdir(folder)
  const paths = await Promise.all(Array.from({ length: 300 }, () => randomFile(folder, 10)))
  const engine = await lab.engineProcess(undefined, withFullDisk)
  await engine.signIn()
  turn(engine)
  const drop = { purpose: 'drop', paths: [folder] }
  expect(await engine.handlers.transfers.add(drop)).toMatchObject({ ok: false, failure: { kind: 'disk_full' } })
  shown.happened()
  turn(engine)
  value(await engine.handlers.transfers.add(drop))
  const rows = await engine.settled()
  expect(new Set(rows.map(({ state }) => state))).toEqual(new Set(['completed']))
  await shown.ends(lab, paths)
})
