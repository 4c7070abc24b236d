import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { usualPart } from '../../src/main/engine/transfers/part-plan.ts'
import { expectArrived } from '../support/bucket-contents.ts'
import { openEngineScene } from './engine-scene.ts'

const slots = 6

test('an engine killed four times over brings every file whole, and sends nothing again but what was on the wire', async () => {
  await using scene = await openEngineScene({ bytesPerSecond: 40_000_000, slots })
  const folder = join(scene.folder, 'takes')
  await mkdir(folder)
  const parts = 10
  const files = [parts * usualPart - 1, 0, 1, 70_000, 5_000_000, usualPart].map((size) => ({
    path: join(folder, `${size}.mov`),
    bytes: randomBytes(size),
  }))
  for (const { path, bytes } of files) await writeFile(path, bytes)

  let paths = [folder]
  for (const share of [0.1, 0.3, 0.5, 0.8]) {
    const engine = scene.engine(paths)
    await engine.until(({ size, acknowledged }) => size > usualPart && acknowledged >= share * size)
    await engine.kill()
    paths = []
  }
  expect(await scene.engine().ended()).toBe(0)

  await expectArrived(
    scene,
    files.map(({ bytes }) => bytes),
  )
  const stored = scene.parts.filter((part) => part.stored).length
  expect(stored).toBeGreaterThanOrEqual(parts)
  expect(stored - parts).toBeLessThanOrEqual(4 * slots)
}, 120_000)

test('over a quarter of a minute with tokens of three seconds, which each part outlives, no part fails, and no more is claimed than Ceph showed', async () => {
  await using scene = await openEngineScene({ bytesPerSecond: 10_000_000, slots: 2, broker: { sessionSeconds: 3 } })
  const path = join(scene.folder, 'film.mov')
  const parts = 10
  await writeFile(path, randomBytes(parts * usualPart))
  const began = performance.now()
  const engine = scene.engine([path])
  const completed = engine.until(({ state, verification }) => state === 'completed' && verification !== 'checksum')
  expect(await engine.ended()).toBe(0)
  await completed
  expect(performance.now() - began).toBeGreaterThan(15_000)
  expect(scene.renewals()).toBeGreaterThanOrEqual(4)
  expect(scene.parts.map(({ stored }) => stored)).toEqual(Array(parts).fill(true))
  await expectArrived(scene, [path])
}, 60_000)
