import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { HeadObjectCommand } from '@aws-sdk/client-s3'
import { describe, expect, test } from 'vitest'
import type { BrokerConfig } from '../../../src/broker/config/config.ts'
import { usualPart } from '../../../src/main/engine/transfers/part-plan.ts'
import { startLab } from '../../support/lab.ts'
import { value } from '../../support/value.ts'

const startSingleLab = (purpose: Partial<BrokerConfig['purposes'][number]> = {}) =>
  startLab({
    faults: true,
    broker: { purposes: [{ name: 'drop', label: 'Drop', kind: 'single_request', ...purpose }] },
  })

describe.each(['put', 'post'] as const)('a purpose of single requests, signed as %s', (method) => {
  test.each([
    { size: 0, name: 'nothing.bin' },
    { size: 1, name: 'one.bin' },
    { size: usualPart + 12_345, name: 'more than a part (ü & "quotes").bin' },
  ])('takes a file of $size bytes whole, in one request', async ({ size, name }) => {
    await using lab = await startSingleLab({ method })
    const [path, bytes] = [join(lab.folder, name), randomBytes(size)]
    await writeFile(path, bytes)
    const engine = lab.engine()
    await engine.signIn()
    await engine.add(path)
    const [row] = await engine.settled()
    expect(row).toMatchObject({ name, size, state: 'completed', failure: null, acknowledged: size })
    expect((await lab.object({ key: row?.key ?? '' })).equals(bytes)).toBe(true)
    const head = await lab.s3.send(new HeadObjectCommand({ Bucket: lab.bucket, Key: row?.key ?? '' }))
    expect(head.ContentType).toBe('application/octet-stream')
    expect(decodeURIComponent(head.Metadata?.['original-name'] ?? '')).toBe(name)
    expect(await lab.uploads()).toEqual([])
    expect(lab.served().filter(({ operation }) => operation === 'CreateMultipartUpload')).toEqual([])
  })

  test('sends a file again whose request ended half-way', async () => {
    await using lab = await startSingleLab({ method })
    const operation = method === 'put' ? 'PutObject' : 'PostObject'
    const [path, bytes] = [join(lab.folder, 'film.mov'), randomBytes(3_000_000)]
    await writeFile(path, bytes)
    lab.faults.add({ match: { operation, nth: 1 }, fault: { kind: 'drop', afterBytes: 1_000_000 } })
    const engine = lab.engine(undefined, { random: () => 0 })
    await engine.signIn()
    await engine.add(path)
    const [row] = await engine.settled()
    expect(row).toMatchObject({ state: 'completed', failure: null })
    expect((await lab.object({ key: row?.key ?? '' })).equals(bytes)).toBe(true)
  })
})

test('what is too large, or of another type than the purpose takes, says so; what came with it arrives', async () => {
  await using lab = await startSingleLab({ maxSize: 1_000, contentTypes: ['image/*', 'text/plain'] })
  const files = { 'a.png': 10, 'large.png': 1_001, 'b.txt': 20, 'film.mov': 30, 'c.jpg': 40 }
  const paths = await Promise.all(
    Object.entries(files).map(async ([name, size]) => {
      await writeFile(join(lab.folder, name), randomBytes(size))
      return join(lab.folder, name)
    }),
  )
  const engine = lab.engine()
  await engine.signIn()
  await engine.add(...paths)
  const rows = await engine.settled()
  expect(Object.fromEntries(rows.map(({ name, state, failure }) => [name, failure?.kind ?? state]))).toEqual({
    'a.png': 'completed',
    'large.png': 'too_large',
    'b.txt': 'completed',
    'film.mov': 'type_not_allowed',
    'c.jpg': 'completed',
  })
})

test('a paused file goes from its beginning, and a canceled one is not there', async () => {
  await using lab = await startSingleLab()
  const [first, second] = await Promise.all(
    ['first.bin', 'second.bin'].map(async (name) => {
      await writeFile(join(lab.folder, name), randomBytes(1_000))
      return join(lab.folder, name)
    }),
  )
  const engine = lab.engine()
  await engine.signIn()
  value(await engine.handlers.queue.pause())
  await engine.add(first ?? '', second ?? '')
  const ids = (await engine.list()).map(({ id }) => id)
  value(await engine.handlers.transfers.pause({ ids: ids.slice(0, 1) }))
  value(await engine.handlers.transfers.cancel({ ids: ids.slice(1) }))
  value(await engine.handlers.queue.resume())
  value(await engine.handlers.transfers.resume({ all: true }))
  const rows = await engine.until((all) => all.every(({ state }) => state === 'completed'))
  expect(rows.map(({ name }) => name)).toEqual(['first.bin'])
  expect(await lab.objects()).toHaveLength(1)
})
