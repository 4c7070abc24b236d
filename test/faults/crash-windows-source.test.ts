import { appendFile, mkdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { TransferState } from '../../src/shared/transfer.ts'
import { ahead } from '../support/clock.ts'
import type { CrashPoint } from '../support/crash-at.ts'
import { dieAt, goOn, newFile, oneByOne, times } from '../support/crash-window.ts'
import type { Lab } from '../support/lab.ts'
import { randomFile, sizeOfParts } from '../support/random-file.ts'
import { showing } from '../support/reliability.ts'
import { smallPart, startSmallLab } from '../support/sending.ts'
import { value } from '../support/value.ts'

/** A source that changed is left alone for less than this (ms). */
const minute = 60_000

test.for<{ readonly moment: string; readonly crash: CrashPoint }>([
  { moment: 'source changed, parts there → new row', crash: { when: 'before', effect: 'source changed row' } },
  { moment: 'new row of the changed source → Abort', crash: { when: 'after', effect: 'source changed row' } },
])(
  'a changed file arrives as it is now although its engine dies between $moment',
  async ({ moment, crash }, { task }) => {
    const shown = showing(task, { fault: 'killed', moment, outcome: 'upload aborted, sent anew: completed', slots: 1 })
    await using lab = await startSmallLab()
    const sources: string[] = []
    for (let time = 1; time <= times; time += 1) {
      const path = await newFile(lab, 3)
      sources.push(path)
      const part = lab.faults.add({
        match: { operation: 'UploadPart', nth: 2 },
        fault: { kind: 'hold', when: 'before' },
      })
      const dying = await lab.engineProcess(undefined, { ...oneByOne, crashAt: crash })
      await dying.signIn()
      await dying.add(path)
      await part.reached
      await appendFile(path, 'and more')
      part.remove()
      await dying.exited
      shown.killed()
      expect(await sendAnew(lab, dying.profile)).toEqual(['completed'])
    }
    await shown.ends(lab, sources, { resent: 0 })
  },
)

test('a file that got other bytes of the same size while no engine ran is sent anew', async ({ task }) => {
  const shown = showing(task, {
    ...{ fault: 'killed; file rewritten, same size', moment: 'part saved → restart' },
    ...{ outcome: 'upload aborted, sent anew: completed', slots: 1 },
  })
  await using lab = await startSmallLab()
  const sources: string[] = []
  for (let time = 1; time <= times; time += 1) {
    const { path, profile } = await dieAt(lab, { when: 'after', effect: 'part saved' })
    sources.push(path)
    shown.killed()
    const bytes = await readFile(path)
    await writeFile(path, bytes.reverse())
    expect(await sendAnew(lab, profile)).toEqual(['completed'])
  }
  await shown.ends(lab, sources, { resent: 0 })
})

test('a small file that got other bytes of the same size between its PutObject and the next try arrives under a new key', async ({
  task,
}) => {
  const shown = showing(task, {
    ...{ fault: 'killed; file rewritten, same size', moment: 'PutObject done, not answered → restart' },
    ...{ outcome: 'old bytes stay, new ones sent anew: completed', slots: 1 },
  })
  await using lab = await startSmallLab()
  const sources: (string | Buffer)[] = []
  for (let time = 1; time <= times; time += 1) {
    const path = await newFile(lab, 1)
    const before = await readFile(path)
    const put = lab.faults.add({ match: { operation: 'PutObject' }, fault: { kind: 'hold', when: 'after' } })
    const dying = await lab.engineProcess(undefined, oneByOne)
    await dying.signIn()
    await dying.add(path)
    await put.reached
    await dying.kill()
    shown.killed()
    put.remove()
    await writeFile(path, Buffer.from(before).reverse())
    sources.push(before, path)
    expect(await sendAnew(lab, dying.profile)).toEqual(['completed'])
  }
  await shown.ends(lab, sources, { resent: 0 })
})

test('a file that was only touched while no engine ran goes on from its saved parts', async ({ task }) => {
  const shown = showing(task, {
    ...{ fault: 'killed; file touched', moment: 'part saved → restart' },
    ...{ outcome: 'compared: completed', slots: 1 },
  })
  await using lab = await startSmallLab()
  const sources: string[] = []
  for (let time = 1; time <= times; time += 1) {
    const { path, profile } = await dieAt(lab, { when: 'after', effect: 'part saved' })
    sources.push(path)
    shown.killed()
    await utimes(path, time, time)
    expect(await goOn(lab, profile)).toEqual(['completed'])
  }
  expect(lab.faults.served({ operation: 'CreateMultipartUpload' })).toHaveLength(times)
  await shown.ends(lab, sources, { resent: 0 })
})

test.for<{ readonly when: 'before' | 'after'; readonly kills: boolean }>([
  { when: 'before', kills: false },
  { when: 'after', kills: false },
  { when: 'before', kills: true },
  { when: 'after', kills: true },
])(
  'a dropped folder that is deleted while Complete is held $when its work arrives (kills: $kills)',
  async ({ when, kills }, { task }) => {
    const shown = showing(task, {
      fault: kills ? 'folder deleted, killed' : 'folder deleted',
      moment: `while Complete is ${when === 'before' ? 'on its way' : 'done but not answered'}`,
      ...{ outcome: 'completed', slots: 1 },
    })
    await using lab = await startSmallLab()
    const sources: Buffer[] = []
    let engine = await lab.engineProcess(undefined, oneByOne)
    await engine.signIn()
    for (let time = 1; time <= times; time += 1) {
      const folder = join(lab.folder, `folder-${time}`)
      await mkdir(folder)
      sources.push(await readFile(await randomFile(folder, sizeOfParts(2, smallPart))))
      const held = lab.faults.add({ match: { operation: 'CompleteMultipartUpload' }, fault: { kind: 'hold', when } })
      await engine.add(folder)
      await held.reached
      await rm(folder, { recursive: true })
      if (kills) {
        await engine.kill()
        shown.killed()
        engine = await lab.engineProcess(engine.profile)
        await engine.begin()
      } else shown.happened()
      held.remove()
      expect((await engine.settled()).map(({ state }) => state)).toEqual(sources.map(() => 'completed'))
    }
    await engine.stop()
    await shown.ends(lab, sources, { resent: 0 })
  },
)

/** Lets the next engine of a profile see that the source is another, and send it when it has been left alone for long enough. */
async function sendAnew(lab: Lab, profile: string): Promise<readonly TransferState[]> {
  const engine = await lab.engineProcess(profile)
  await engine.begin()
  await engine.until((rows) => rows.some(({ failure }) => failure?.kind === 'source_changed'))
  await engine.setClock(ahead(minute))
  value(await engine.handlers.queue.tryNow())
  const rows = await engine.settled()
  await engine.stop()
  return rows.map(({ state }) => state)
}
