import { randomBytes } from 'node:crypto'
import { mkdir, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { HeadObjectCommand } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { usualPart } from '../../../src/main/engine/transfers/part-plan.ts'
import { startLab } from '../../support/lab.ts'

let lab: Awaited<ReturnType<typeof startLab>>
beforeAll(async () => {
  lab = await startLab()
})
afterAll(() => lab.close())

describe('a file of any size arrives byte by byte', () => {
  const sizes = [
    { name: 'nothing.bin', size: 0, requests: 'one' },
    { name: 'one.bin', size: 1, requests: 'one' },
    { name: 'under.bin', size: usualPart - 1, requests: 'one' },
    { name: 'threshold.bin', size: usualPart, requests: 'one' },
    { name: 'over.bin', size: usualPart + 1, requests: 'parts' },
    { name: 'two-parts.bin', size: 2 * usualPart, requests: 'parts' },
    { name: 'odd.bin', size: 3 * usualPart + 12_345, requests: 'parts' },
  ] as const

  test.each(sizes)('$name: $size bytes, in $requests', async ({ name, size, requests }) => {
    const path = join(lab.folder, name)
    const bytes = randomBytes(size)
    await writeFile(path, bytes)
    const engine = lab.engine()
    await engine.signIn()
    await engine.add(path)
    const [row] = await engine.settled()
    expect(row).toMatchObject({ name, size, state: 'completed', acknowledged: size, verification: 'checksum' })
    if (row === undefined) throw new Error('no row')
    expect(bytes.equals(await lab.object(row))).toBe(true)
    const head = await lab.s3.send(new HeadObjectCommand({ Bucket: lab.bucket, Key: row.key ?? '' }))
    expect(head.ETag?.includes('-')).toBe(requests === 'parts')
    await engine.stop()
  })
})

test('the object has the type of its name, and the original name and time as metadata', async () => {
  const path = join(lab.folder, 'Überblick "März" 100%.mov')
  await writeFile(path, 'film')
  const modified = new Date('2024-02-29T12:34:56.000Z')
  await utimes(path, modified, modified)
  const engine = lab.engine()
  await engine.signIn()
  await engine.add(path)
  const [row] = await engine.settled()
  const head = await lab.s3.send(new HeadObjectCommand({ Bucket: lab.bucket, Key: row?.key ?? '' }))
  expect(head.ContentType).toBe('video/quicktime')
  expect(decodeURIComponent(head.Metadata?.['original-name'] ?? '')).toBe('Überblick "März" 100%.mov')
  expect(head.Metadata?.['modified-at']).toBe(modified.toISOString())
  await engine.stop()
})

test('the longest name that a file system knows fits into the metadata by its end', async () => {
  const name = `${'あ'.repeat(80)}.mov`
  const path = join(lab.folder, name)
  await writeFile(path, 'long')
  const engine = lab.engine()
  await engine.signIn()
  await engine.add(path)
  const [row] = await engine.settled()
  expect(row?.state).toBe('completed')
  const head = await lab.s3.send(new HeadObjectCommand({ Bucket: lab.bucket, Key: row?.key ?? '' }))
  expect(decodeURIComponent(head.Metadata?.['original-name'] ?? '')).toBe(name)
  await engine.stop()
})

test('a dropped folder arrives with its tree, many small files with few grants, each reported to the broker', async () => {
  const root = join(lab.folder, 'tree')
  const bytes = new Map<string, Buffer>()
  for (let index = 0; index < 60; index += 1) {
    const folder = join('tree', `day-${index % 5}`, 'cards')
    await mkdir(join(lab.folder, folder), { recursive: true })
    const content = randomBytes(index * 100)
    bytes.set(`${folder}/${index}.raw`, content)
    await writeFile(join(lab.folder, folder, `${index}.raw`), content)
  }
  const engine = lab.engine()
  await engine.signIn()
  expect(await engine.add(root)).toMatchObject({ added: 60, failed: 0, skipped: 0 })
  const rows = await engine.settled()
  expect(new Set(rows.map(({ state }) => state))).toEqual(new Set(['completed']))
  expect(new Set(rows.map(({ key }) => key?.split('/').slice(0, 2).join('/'))).size).toBe(1)
  for (const row of rows) {
    const expected = bytes.get(`${row.folder}/${row.name}`)
    expect(expected?.equals(await lab.object(row))).toBe(true)
  }
  await engine.stop()
})

test('a folder that is still being read when the engine ends arrives whole after the next start, each file once', async () => {
  const root = join(lab.folder, 'interrupted')
  for (let folder = 0; folder < 30; folder += 1) {
    await mkdir(join(root, `${folder}`), { recursive: true })
    for (let file = 0; file < 10; file += 1) await writeFile(join(root, `${folder}/${file}.txt`), `${folder}/${file}`)
  }
  const engine = lab.engine()
  await engine.signIn()
  const adding = engine.add(root)
  await engine.stop()
  expect((await adding).added).toBe(0)

  const again = lab.engine(engine.profile)
  await again.signIn()
  const rows = await again.until((all) => all.filter(({ state }) => state === 'completed').length === 300)
  expect(new Set(rows.map(({ folder, name }) => `${folder}/${name}`)).size).toBe(300)
  await again.stop()
})
