import { expect, test } from 'vitest'
import type { Lab } from '../support/lab.ts'
import type { LocalEngine } from '../support/local-engine.ts'
import { showing } from '../support/reliability.ts'
import { film, only, queueFilms, sendFilm, smallPart, startSmallLab } from '../support/sending.ts'

/** What goes on by itself does so within 5 s of the network's return; a busy machine may take longer (ms). */
const soon = 10_000
/** Bytes a second at which a film of twelve parts takes some 3 s. */
const slowly = 4 * smallPart
const jitter = { random: Math.random }

/** How long (ms) it takes the engine to finish. */
async function timeToSettle(settled: () => Promise<unknown>): Promise<number> {
  const begin = performance.now()
  await settled()
  return performance.now() - begin
}

const areHeld: Parameters<LocalEngine['until']>[0] = (_, { hold, counts }) =>
  hold?.kind === 'offline' && counts.active === 0
const isHeld = { state: 'queued', activity: 'waiting', attempts: 0, failure: null }

test.concurrent('a network that is not there at the start holds the queue, and all goes on when it is', async ({
  task,
}) => {
  const shown = showing(task, {
    fault: 'network refused',
    moment: 'at the start',
    outcome: 'held, completed by itself',
    least: 1,
  })
  await using lab = await startSmallLab({ network: 'tcp' })
  const paths = [await film(lab, 4), await film(lab, 1, 'small.txt'), await film(lab, 3, 'other.mov')]
  const profile = await queueFilms(lab, paths)
  await lab.network.cut()
  const engine = lab.engine(profile)
  await engine.begin()
  for (const row of await engine.until(areHeld)) expect(row).toMatchObject(isHeld)
  shown.happened()
  await lab.network.restore()
  expect(await timeToSettle(engine.settled)).toBeLessThan(soon)
  for (const row of await engine.list()) expect(row).toMatchObject({ state: 'completed', attempts: 0 })
  await shown.ends(lab, paths)
})

test.concurrent('a network that is cut while bytes flow, three times: held, and no attempt is counted', async ({
  task,
}) => {
  const shown = showing(task, { fault: 'network refused', moment: 'UploadPart', outcome: 'held, completed by itself' })
  await using lab = await startSmallLab({ network: 'tcp' })
  lab.network.slow(slowly)
  const { engine, path, settled } = await sendFilm(lab, { parts: 12, ...jitter })
  for (const acknowledged of [1, 4, 7]) {
    await engine.until(([row]) => (row?.acknowledged ?? 0) >= acknowledged * smallPart)
    await lab.network.cut()
    expect(only(await engine.until(areHeld))).toMatchObject(isHeld)
    shown.happened()
    await lab.network.restore()
    lab.network.slow(slowly)
    expect(await timeToSettle(() => engine.until((_, { hold }) => hold === null))).toBeLessThan(soon)
  }
  expect(await settled()).toMatchObject({ state: 'completed', verification: 'checksum', attempts: 0 })
  await shown.ends(lab, [path])
})

test.concurrent('connections that are reset in the middle of a part: the part is sent again', async ({ task }) => {
  const shown = showing(task, { fault: 'TCP reset', moment: 'UploadPart', outcome: 'completed' })
  await using lab = await startSmallLab({ network: 'tcp' })
  lab.network.slow(slowly)
  const { engine, path, settled } = await sendFilm(lab, { parts: 12, ...jitter })
  for (const acknowledged of [1, 4, 7]) {
    await engine.until(([row]) => (row?.acknowledged ?? 0) >= acknowledged * smallPart)
    lab.network.reset()
    shown.happened()
  }
  expect(await settled()).toMatchObject({ state: 'completed', verification: 'checksum', attempts: 0 })
  await shown.ends(lab, [path])
})

test.concurrent.for([
  { operation: 'UploadPart', parts: 2, partNumber: 2 },
  { operation: 'PutObject', parts: 1 },
] as const)(
  'the store ends the connection at byte 500 of $operation: sent again',
  async ({ parts, ...match }, { task }) => {
    const { operation } = match
    const shown = showing(task, {
      fault: 'connection ended at byte 500',
      moment: operation,
      outcome: 'completed',
      least: 1,
    })
    await using lab = await startSmallLab()
    const dropped = lab.faults.add({ match: { ...match, times: 3 }, fault: { kind: 'drop', afterBytes: 500 } })
    const { path, settled } = await sendFilm(lab, { parts })
    expect(await settled()).toMatchObject({ state: 'completed', verification: 'checksum' })
    expect(dropped.hits()).toBe(3)
    shown.happened()
    await shown.ends(lab, [path])
  },
)

test.concurrent.for([
  { operation: 'CreateMultipartUpload', parts: 2 },
  { operation: 'UploadPart', parts: 2, partNumber: 2 },
  { operation: 'CompleteMultipartUpload', parts: 2 },
  { operation: 'PutObject', parts: 1 },
] as const)('the store resets each try of $operation: tried again', async ({ parts, ...match }, { task }) => {
  const { operation } = match
  const shown = showing(task, {
    fault: 'TCP reset',
    moment: `${operation}, each of the SDK’s tries`,
    outcome: 'completed',
    least: 1,
  })
  await using lab = await startSmallLab()
  const reset = lab.faults.add({ match: { ...match, times: 3 }, fault: { kind: 'reset' } })
  const { path, settled } = await sendFilm(lab, { parts })
  expect(await settled()).toMatchObject({ state: 'completed', verification: 'checksum' })
  expect(reset.hits()).toBe(3)
  shown.happened()
  await shown.ends(lab, [path])
})

test.concurrent('connections that are reset at their first bytes for a while: it goes on soon after that ends', async ({
  task,
}) => {
  const shown = showing(task, {
    fault: 'TCP reset',
    moment: 'each new connection, for a while',
    outcome: 'completed by itself',
    least: 1,
  })
  await using lab = await startSmallLab({ network: 'tcp' })
  lab.network.slow(slowly)
  const { engine, path, settled } = await sendFilm(lab, { parts: 12, random: () => 0.9 })
  await engine.until(([row]) => (row?.acknowledged ?? 0) >= smallPart)
  lab.network.resetNew()
  lab.network.reset()
  await engine.until(([row], { hold }) => hold !== null || (row?.attempts ?? 0) >= 5)
  shown.happened()
  await lab.network.restore()
  expect(await timeToSettle(() => flows(engine, lab))).toBeLessThan(soon)
  expect(await settled()).toMatchObject({ state: 'completed', verification: 'checksum' })
  await shown.ends(lab, [path])
})

/** The machine tells of its network, or of its sleep; while it is away no byte passes, and no connection ends. */
const news = [
  { fault: 'offline and online again', gone: 'offline', back: 'online', hold: 'offline' },
  { fault: 'asleep and awake again', gone: 'suspend', back: 'wake', hold: 'asleep' },
] as const

test.concurrent.for(news)('$fault: connections that are dead are not waited for', async (given, { task }) => {
  const { fault, gone, back, hold: kind } = given
  const shown = showing(task, { fault, moment: 'UploadPart', outcome: 'held, completed by itself' })
  await using lab = await startSmallLab({ network: 'tcp' })
  lab.network.slow(slowly)
  const { engine, path, settled } = await sendFilm(lab, { parts: 12, ...jitter })
  for (const acknowledged of [1, 4, 7]) {
    await engine.until(([row]) => (row?.acknowledged ?? 0) >= acknowledged * smallPart)
    lab.network.stall()
    engine.machine(gone)
    await engine.until((_, { hold }) => hold?.kind === kind)
    shown.happened()
    await lab.network.restore()
    lab.network.slow(slowly)
    engine.machine(back)
    expect(await timeToSettle(() => flows(engine, lab))).toBeLessThan(soon)
  }
  expect(await settled()).toMatchObject({ state: 'completed', verification: 'checksum', attempts: 0 })
  await shown.ends(lab, [path])
})

/** Waits for a part that comes to the store from now on. */
async function flows(engine: LocalEngine, { faults }: Lab): Promise<void> {
  const before = faults.served({ operation: 'UploadPart', stored: true }).length
  await engine.until(() => faults.served({ operation: 'UploadPart', stored: true }).length > before)
}
