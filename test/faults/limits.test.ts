import { expect, test } from 'vitest'
import type { EngineControl } from '../support/engine-control.ts'
import { startLab } from '../support/lab.ts'
import type { Network } from '../support/network.ts'
import { randomFile, sizeOfParts } from '../support/random-file.ts'
import { showing } from '../support/reliability.ts'
import { film, hold, only, queueFilms, sendFilm, smallPart, startSmallLab } from '../support/sending.ts'
import { value } from '../support/value.ts'

/** How long a speed is measured: 30 in the long runs. What may be sent ahead, or late, is 0.4 s worth. */
const seconds = Number(process.env.FAULT_LIMIT_SECONDS ?? 3)
const tolerance = Math.max(0.05, 0.4 / seconds)
const megabyte = 1_000_000

/** Bytes a second that pass a network while so many bytes do. */
async function speedOver(network: Network, bytes: number): Promise<number> {
  const [first, begin] = [network.received(), performance.now()]
  await passed(network, first + bytes)
  return ((network.received() - first) / (performance.now() - begin)) * 1_000
}

const passed = (network: Network, bytes: number): Promise<void> =>
  new Promise((resolve) => {
    const timer = setInterval(() => {
      if (network.received() < bytes) return
      clearInterval(timer)
      resolve()
    }, 5)
  })

test.concurrent(
  'a new limit is felt by the parts in flight within a second, and kept',
  async ({ task }) => {
    const limits = [4, 1, 2].map((count) => count * megabyte)
    const shown = showing(task, { fault: 'limit changed', moment: 'parts in flight', outcome: 'felt within 1 s' })
    await using lab = await startLab({ faults: true, network: 'tcp' })
    const size = sizeOfParts(2 + Math.ceil((seconds * 7 * megabyte) / (16 * megabyte)))
    const path = await randomFile(lab.folder, size)
    const engine = lab.engine()
    await engine.signIn()
    await set(engine, { limit: limits[0] ?? null })
    await engine.add(path)
    await passed(lab.network, megabyte)
    for (const limit of limits) {
      await set(engine, { limit })
      const [before, begin] = [lab.network.received(), performance.now()]
      while (performance.now() - begin < 1_000) await passed(lab.network, lab.network.received() + limit / 20)
      expect(lab.network.received() - before).toBeLessThan(1.6 * limit)
      const speed = await speedOver(lab.network, seconds * limit)
      expect(speed / limit).toBeGreaterThan(1 - tolerance)
      expect(speed / limit).toBeLessThan(1 + tolerance)
      shown.happened()
    }
    await set(engine, { limit: null })
    expect(only(await engine.settled())).toMatchObject({ state: 'completed', attempts: 0 })
    await shown.ends(lab, [path])
  },
  (20 * seconds + 60) * 1_000,
)

/** "HH:MM" by the clock on the wall, so many minutes from now. */
function wallTime(minutes: number): string {
  const time = new Date(Date.now() + minutes * 60_000)
  return [time.getHours(), time.getMinutes()].map((part) => String(part).padStart(2, '0')).join(':')
}

const rests = [
  {
    kind: 'schedule',
    begin: (engine: EngineControl) =>
      set(engine, { schedule: [{ days: [1, 2, 3, 4, 5, 6, 7], from: wallTime(-60), to: wallTime(60), limit: 0 }] }),
    end: (engine: EngineControl) => set(engine, { schedule: [] }),
    lasts: 60 * 60_000,
  },
  {
    kind: 'on_battery',
    begin: async (engine: EngineControl) => {
      await set(engine, { onlyOnMains: true })
      engine.machine('battery')
    },
    end: async (engine: EngineControl) => engine.machine('mains'),
    lasts: null,
  },
  {
    kind: 'asleep',
    begin: async (engine: EngineControl) => engine.machine('suspend'),
    end: async (engine: EngineControl) => engine.machine('wake'),
    lasts: null,
  },
]

test.concurrent.for(rests)(
  'while $kind holds, nothing is sent; it says until when, and goes on by itself',
  async (given, { task }) => {
    const { kind, begin, end, lasts } = given
    const shown = showing(task, { fault: `rest: ${kind}`, moment: 'UploadPart', outcome: 'held, completed by itself' })
    await using lab = await startSmallLab({ emulator: { bytesPerSecond: 20 * smallPart } })
    const path = await film(lab, 40)
    const engine = lab.engine(await queueFilms(lab, [path]))
    await engine.begin()
    for (const acknowledged of [1, 12, 24]) {
      await engine.until(([row]) => (row?.acknowledged ?? 0) >= acknowledged * smallPart)
      await begin(engine)
      const held = only(await engine.until((_, { hold, counts }) => hold?.kind === kind && counts.active === 0))
      expect(held).toMatchObject({ state: 'queued', activity: 'waiting', attempts: 0, failure: null })
      const until = (await engine.status()).hold?.until ?? null
      if (lasts === null) expect(until).toBeNull()
      else expect(Math.abs((until ?? 0) - (Date.now() + lasts))).toBeLessThan(61_000)
      const sent = lab.faults.served({ operation: 'UploadPart' }).length
      expect(value(await engine.handlers.queue.tryNow())).toBeDefined()
      await engine.list()
      expect(lab.faults.served({ operation: 'UploadPart' })).toHaveLength(sent)
      shown.happened()
      await end(engine)
      await engine.until((_, { hold }) => hold === null)
    }
    expect(only(await engine.settled())).toMatchObject({ state: 'completed', verification: 'checksum', attempts: 0 })
    await shown.ends(lab, [path])
  },
)

test.concurrent('as many parts are on the wire as there are slots, also after that was changed', async () => {
  await using lab = await startSmallLab()
  const held = hold(lab, { operation: 'UploadPart' })
  const { engine, settled } = await sendFilm(lab, { parts: 12 })
  const onTheWire = (released: number) => held.hits() - released
  await held.reachedTimes(2)
  await set(engine, { slots: 5 })
  await held.reachedTimes(5)
  await set(engine, { slots: 1 })
  held.release()
  await held.reachedTimes(6)
  await engine.until(([row]) => row?.acknowledged === 5 * smallPart)
  expect(onTheWire(5)).toBe(1)
  held.release()
  await held.reachedTimes(7)
  await engine.until(([row]) => row?.acknowledged === 6 * smallPart)
  expect(onTheWire(6)).toBe(1)
  held.remove()
  expect(await settled()).toMatchObject({ state: 'completed' })
  expect(lab.faults.served({ operation: 'UploadPart' })).toHaveLength(12)
  expect((await lab.objects()).map(({ size }) => size)).toEqual([11 * smallPart + 1_000])
})

const set = async (engine: EngineControl, change: Parameters<EngineControl['handlers']['settings']['set']>[0]) =>
  value(await engine.handlers.settings.set(change))
