import { mkdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { usualPart } from '../../src/main/engine/transfers/part-plan.ts'
import type { EngineProcess } from '../support/engine-process.ts'
import { type Lab, startLab } from '../support/lab.ts'
import { randomFile, sizeOfParts } from '../support/random-file.ts'
import { type Shown, showing } from '../support/reliability.ts'
import { savedRows } from '../support/saved-rows.ts'
import { seededRandom } from '../support/seeded-random.ts'
import { value } from '../support/value.ts'

/** How many kills, or for how many minutes; the seed of an earlier run plans the same files and moments again. */
const { FAULT_KILLS = '40', FAULT_MINUTES, FAULT_SEED = String(Date.now() % 2 ** 31) } = process.env
const isSoak = FAULT_MINUTES !== undefined
const soak = isSoak ? Number(FAULT_MINUTES) * 60_000 : 0
const asked = isSoak ? 1 : Number(FAULT_KILLS)

const mebibyte = 1024 * 1024
const slots = 2
/** Kills of one lab, so that the disk holds few files at once. */
const killsPerLab = 20
/** Slow enough that a kill meets a file on its way; the longest time (ms) until a kill lets one of several parts arrive. */
const bytesPerSecond = 40_000_000
const longestLife = 1_200

const timeout = soak + asked * 10_000 + 300_000

test('engines that are killed at random moments lose nothing and send nothing twice', { timeout }, async ({ task }) => {
  const random = seededRandom(Number(FAULT_SEED))
  console.log(`FAULT_SEED=${FAULT_SEED}`)
  const named = { fault: 'killed', moment: 'at random', outcome: 'completed' }
  const shown = showing(task, { ...named, slots, least: asked })
  const until = performance.now() + soak
  let kills = 0
  while (kills < asked || performance.now() < until) {
    const count = isSoak ? killsPerLab : Math.min(killsPerLab, asked - kills)
    await killInOneLab(count, random, shown)
    kills += count
  }
})

/** Kills engines on one profile, one after the other; the last goes on by itself until all is done. */
async function killInOneLab(kills: number, random: () => number, shown: Shown): Promise<void> {
  await using lab = await startLab({ faults: true, emulator: { bytesPerSecond } })
  const files: string[] = []
  let canceled = 0
  let engine = await lab.engineProcess(undefined, { slots })
  await engine.signIn()
  for (let kill = 1; kill <= kills; kill += 1) {
    if (kill === 1 || random() < 0.6) {
      const drop = await newDrop(lab, random)
      files.push(...drop.files)
      await engine.add(drop.path)
    }
    const life = delay(random() * longestLife)
    if (isSoak) canceled += await somethingElse(lab, engine, random, shown)
    await life
    await engine.kill()
    shown.killed()
    engine = await lab.engineProcess(engine.profile)
    await engine.begin()
    if (isSoak) value(await engine.handlers.transfers.resume({ all: true }))
  }
  const completed = new Set((await engine.settled()).map(({ name }) => name))
  await engine.stop()
  const sources = files.filter((path) => completed.has(basename(path)))
  const states = savedRows(engine.profile).map(({ state }) => state)
  expect(states.filter((state) => state === 'completed')).toHaveLength(sources.length)
  expect(states.filter((state) => state === 'canceled')).toHaveLength(files.length - sources.length)
  expect(files.length - sources.length).toBeLessThanOrEqual(canceled)
  await shown.ends(lab, sources, { emptyUploads: isSoak ? 2 * kills : kills })
}

/** A small file, one of a whole part, one of several, or a folder of them; each is random bytes of its own. */
async function newDrop(
  { folder }: Lab,
  random: () => number,
): Promise<{ readonly path: string; readonly files: readonly string[] }> {
  const size = [() => Math.floor(random() * mebibyte), () => usualPart, () => sizeOfParts(2 + Math.floor(random() * 3))]
  const kind = Math.floor(random() * 4)
  const one = size[kind]
  if (one !== undefined) {
    const path = await randomFile(folder, one())
    return { path, files: [path] }
  }
  const path = join(folder, `folder-${Math.floor(random() * 2 ** 32)}`)
  await mkdir(join(path, 'inner'), { recursive: true })
  const files = [
    ...(await Promise.all(Array.from({ length: 6 }, () => randomFile(path, Math.floor(random() * mebibyte))))),
    await randomFile(join(path, 'inner'), sizeOfParts(2)),
  ]
  return { path, files }
}

/**
 * In a soak: the person pauses everything or cancels a file, or the store or the broker goes away for a moment. Answers with
 * how many files were canceled; one that was about to be finished may be completed all the same.
 */
async function somethingElse(lab: Lab, engine: EngineProcess, random: () => number, shown: Shown): Promise<number> {
  const away = () => delay(random() * longestLife)
  switch (Math.floor(random() * 12)) {
    case 0:
      shown.happened()
      value(await engine.handlers.transfers.pause({ all: true }))
      return 0
    case 1: {
      const open = (await engine.list()).filter(({ state }) => state !== 'completed')
      const chosen = open[Math.floor(random() * open.length)]
      return chosen ? value(await engine.handlers.transfers.cancel({ ids: [chosen.id] })).changed : 0
    }
    case 2:
      shown.happened()
      await lab.restartStore(away)
      return 0
    case 3:
      await lab.stopBroker()
      await away()
      await lab.startBroker()
      return 0
    default:
      return 0
  }
}
