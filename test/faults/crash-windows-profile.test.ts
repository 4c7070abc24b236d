import { existsSync } from 'node:fs'
import { copyFile, rm } from 'node:fs/promises'
import { expect, test } from 'vitest'
import type { CrashPoint } from '../support/crash-at.ts'
import { dieAt, goOn, newFile, oneByOne, times } from '../support/crash-window.ts'
import type { Lab } from '../support/lab.ts'
import { showing } from '../support/reliability.ts'
import { savedRows } from '../support/saved-rows.ts'
import { startSmallLab } from '../support/sending.ts'
import { value } from '../support/value.ts'

const parts = 3

test.for<{ readonly copied: string; readonly parts: number; readonly crash: CrashPoint; readonly resent: number }>([
  { copied: 'before its grant', parts, crash: { when: 'after', effect: 'added' }, resent: parts },
  { copied: 'before its upload', parts, crash: { when: 'after', effect: 'granted' }, resent: parts },
  { copied: 'with an upload and no part', parts, crash: { when: 'after', effect: 'upload id saved' }, resent: 0 },
  { copied: 'with some of its parts', parts, crash: { when: 'after', effect: 'part saved' }, resent: 0 },
  { copied: 'with all of its parts', parts, crash: { when: 'after', effect: 'part saved', nth: parts }, resent: 0 },
  { copied: 'while completing', parts, crash: { when: 'after', effect: 'completing' }, resent: 0 },
  { copied: 'with the key of a small file', parts: 1, crash: { when: 'after', effect: 'granted' }, resent: 1 },
])(
  'a database that was copied $copied and restored over the finished object writes nothing twice',
  async ({ copied, parts, crash, resent }, { task }) => {
    const shown = showing(task, {
      ...{ fault: 'database restored over a finished object', moment: `copied ${copied}` },
      ...{ outcome: 'completed, not written again', slots: 1 },
    })
    await using lab = await startSmallLab()
    const sources: string[] = []
    for (let time = 1; time <= times; time += 1) {
      const { path, profile } = await dieAt(lab, crash, parts)
      sources.push(path)
      await finishAndRestore(lab, profile)
      shown.happened()
      expect(await goOn(lab, profile)).toEqual(['completed'])
    }
    await shown.ends(lab, sources, { resent: times * resent })
  },
)

test('a restored transfer that is canceled before it has found its object is known to be completed', async ({
  task,
}) => {
  const shown = showing(task, {
    ...{ fault: 'database restored over a finished object', moment: 'copied with some of its parts; canceled' },
    ...{ outcome: 'completed', slots: 1 },
  })
  await using lab = await startSmallLab()
  const sources: string[] = []
  for (let time = 1; time <= times; time += 1) {
    const { path, profile } = await dieAt(lab, { when: 'after', effect: 'part saved' })
    sources.push(path)
    await finishAndRestore(lab, profile)
    shown.happened()
    const list = lab.faults.add({ match: { operation: 'ListParts', nth: 1 }, fault: { kind: 'hold', when: 'before' } })
    const engine = await lab.engineProcess(profile)
    await engine.begin()
    await list.reached
    value(await engine.handlers.transfers.cancel({ all: true }))
    expect((await engine.settled()).map(({ state }) => state)).toEqual(['completed'])
    await engine.stop()
    list.remove()
  }
  await shown.ends(lab, sources, { resent: 0 })
})

test('a second engine on the profile is refused while the first goes on; after a kill the next one gets it', async ({
  task,
}) => {
  const refused = showing(task, {
    ...{ fault: 'second engine on the profile', moment: 'while the first uploads', slots: 1 },
    outcome: 'second refused, first: completed',
  })
  await using lab = await startSmallLab()
  const first = await newFile(lab, 2)
  const held = lab.faults.add({ match: { operation: 'UploadPart', nth: 2 }, fault: { kind: 'hold', when: 'before' } })
  let engine = await lab.engineProcess(undefined, oneByOne)
  await engine.signIn()
  await engine.add(first)
  await held.reached
  for (let time = 1; time <= times; time += 1) {
    await expect(lab.engineProcess(engine.profile)).rejects.toThrow('database_locked')
    refused.happened()
  }
  held.remove()
  await engine.settled()
  await refused.ends(lab, [first], { resent: 0 })

  const killed = showing(task, {
    ...{ fault: 'killed', moment: 'while it holds the lock of its profile', slots: 1 },
    outcome: 'the next engine gets the lock: completed',
  })
  const sources = [first]
  for (let time = 1; time <= times; time += 1) {
    const path = await newFile(lab, 2)
    sources.push(path)
    const held = lab.faults.add({ match: { operation: 'UploadPart', nth: 1 }, fault: { kind: 'hold', when: 'before' } })
    await engine.add(path)
    await held.reached
    await engine.kill()
    killed.killed()
    held.remove()
    engine = await lab.engineProcess(engine.profile)
    await engine.begin()
    await engine.settled()
  }
  await engine.stop()
  expect(savedRows(engine.profile).map(({ state }) => state)).toEqual(sources.map(() => 'completed'))
  await killed.ends(lab, sources)
})

/** Of a database in WAL mode that its engine did not close. */
const filesOf = (profile: string) => [profile, `${profile}-wal`].filter(existsSync)

/** Lets the next engine of a profile complete its file, and then puts the database back to what it was before. */
async function finishAndRestore(lab: Lab, profile: string): Promise<void> {
  const copies = filesOf(profile)
  for (const file of copies) await copyFile(file, `${file}.copy`)
  expect(await goOn(lab, profile)).toEqual(['completed'])
  for (const file of filesOf(profile)) await rm(file)
  for (const file of copies) await copyFile(`${file}.copy`, file)
}
