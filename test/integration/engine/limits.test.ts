import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { usualPart } from '../../../src/main/engine/transfers/part-plan.ts'
import type { SettingsChange } from '../../../src/shared/settings.ts'
import type { QueueStatus } from '../../../src/shared/transfer.ts'
import { startLab } from '../../support/lab.ts'
import type { LocalEngine } from '../../support/local-engine.ts'
import { value } from '../../support/value.ts'

let lab: Awaited<ReturnType<typeof startLab>>
beforeAll(async () => {
  lab = await startLab()
})
afterAll(() => lab.close())

const megabyte = 1_000_000
const always = { days: [1, 2, 3, 4, 5, 6, 7], from: '00:00', to: '00:00' }

/** An engine that sends two files under these settings. */
async function sending(name: string, parts: number, settings: SettingsChange) {
  const engine = lab.engine()
  onTestFinished(() => engine.stop())
  const set = async (change: SettingsChange) => value(await engine.handlers.settings.set(change))
  await set(settings)
  await engine.signIn()
  const files = ['a', 'b'].map((letter) => ({
    path: join(lab.folder, `${name}-${letter}.bin`),
    bytes: randomBytes(parts * usualPart),
  }))
  for (const { path, bytes } of files) await writeFile(path, bytes)
  await engine.add(...files.map(({ path }) => path))
  const arrived = async () => {
    const rows = await engine.settled()
    expect(rows.map(({ state }) => state)).toEqual(['completed', 'completed'])
    for (const row of rows) {
      const source = files.find(({ path }) => path.endsWith(row.name))
      expect(source?.bytes.equals(await lab.object(row))).toBe(true)
    }
  }
  return { engine, set, arrived }
}

const sentOf = ({ acknowledged, inFlight }: QueueStatus): number => acknowledged + inFlight

/** Bytes a second until so many more have left, after the first `skipped` of them. */
async function speedOver(engine: LocalEngine, bytes: number, skipped = 0): Promise<number> {
  const start = sentOf(await engine.status()) + skipped
  let begun: { readonly at: number; readonly sent: number } | null = null
  let speed = 0
  await engine.until((_, status) => {
    const sent = sentOf(status)
    if (sent < start) return false
    begun ??= { at: performance.now(), sent }
    if (sent < start + bytes) return false
    speed = ((sent - begun.sent) / (performance.now() - begun.at)) * 1_000
    return true
  })
  return speed
}

const held =
  (kind: string) =>
  (_: unknown, { hold, counts }: QueueStatus) =>
    hold?.kind === kind && counts.active === 0

test('a limit is kept, felt when it changes, and gone when it is taken away', async () => {
  const { engine, set, arrived } = await sending('limit', 4, { limit: 8 * megabyte })
  const kept = await speedOver(engine, 32 * megabyte, 4 * megabyte)
  expect(Math.abs(kept / (8 * megabyte) - 1)).toBeLessThan(0.05)

  await set({ limit: megabyte })
  const slower = await speedOver(engine, 3 * megabyte, 0.5 * megabyte)
  expect(Math.abs(slower / megabyte - 1)).toBeLessThan(0.1)

  await set({ limit: null })
  expect(await speedOver(engine, 20 * megabyte)).toBeGreaterThan(16 * megabyte)
  await arrived()
})

test('the schedule limits the speed, and the hours without uploads hold everything until they end', async () => {
  const { engine, set, arrived } = await sending('schedule', 2, { schedule: [{ ...always, limit: 4 * megabyte }] })
  const limited = await speedOver(engine, 8 * megabyte, 2 * megabyte)
  expect(Math.abs(limited / (4 * megabyte) - 1)).toBeLessThan(0.1)

  await set({ schedule: [{ ...always, limit: 0 }] })
  await engine.until(held('schedule'))
  expect((await engine.status()).hold).toMatchObject({ kind: 'schedule', until: null })
  await set({ schedule: [] })
  await arrived()
})

test('on its battery the computer waits, where only mains power is wanted', async () => {
  const { engine, set, arrived } = await sending('battery', 2, { limit: 4 * megabyte })
  engine.machine('battery')
  await speedOver(engine, megabyte)
  expect((await engine.status()).hold).toBeNull()
  await set({ onlyOnMains: true })
  await engine.until(held('on_battery'))
  engine.machine('mains')
  await set({ limit: null })
  await arrived()
})
