import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ListMultipartUploadsCommand } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { usualPart } from '../../../src/main/engine/transfers/part-plan.ts'
import type { TransferView } from '../../../src/shared/transfer.ts'
import { startLab } from '../../support/lab.ts'
import type { LocalEngine } from '../../support/local-engine.ts'
import { value } from '../../support/value.ts'

let lab: Awaited<ReturnType<typeof startLab>>
beforeAll(async () => {
  lab = await startLab({ emulator: { bytesPerSecond: 60_000_000 } })
})
afterAll(() => lab.close())

async function bigFile(name: string, parts = 6): Promise<{ path: string; bytes: Buffer }> {
  const path = join(lab.folder, name)
  const bytes = randomBytes(parts * usualPart)
  await writeFile(path, bytes)
  return { path, bytes }
}

const first = (rows: readonly TransferView[]): TransferView => {
  const [row] = rows
  if (row === undefined) throw new Error('the list is empty')
  return row
}
const partsSaved = (count: number) => (rows: readonly TransferView[]) =>
  (rows[0]?.acknowledged ?? 0) >= count * usualPart

async function sending(name: string): Promise<{ engine: LocalEngine; path: string; bytes: Buffer; row: TransferView }> {
  const { path, bytes } = await bigFile(name)
  const engine = lab.engine()
  await engine.signIn()
  await engine.add(path)
  const row = first(await engine.until(partsSaved(1)))
  return { engine, path, bytes, row }
}

test('a paused transfer rests with its parts, survives a restart, and goes on from them', async () => {
  const { engine, bytes, row } = await sending('paused.bin')
  expect(value(await engine.engine.handlers.transfers.pause({ ids: [row.id] }))).toEqual({ changed: 1 })
  const rested = first(await engine.until((rows, { counts }) => rows[0]?.state === 'paused' && counts.active === 0))
  expect(rested.acknowledged).toBeGreaterThan(0)
  expect(rested.abortAt).toBeGreaterThan(Date.now())
  await engine.stop()

  const again = lab.engine(engine.profile)
  await again.signIn()
  expect(first(await again.list())).toMatchObject({ state: 'paused', acknowledged: rested.acknowledged })
  value(await again.engine.handlers.transfers.resume({ all: true }))
  const done = first(await again.settled())
  expect(done.state).toBe('completed')
  expect(bytes.equals(await lab.object(done))).toBe(true)
  await again.stop()
})

test('the session says which purposes only watched folders can send for, and keeps it', async () => {
  const engine = lab.engine()
  await engine.signIn()
  const purposes = [
    { name: 'drop', label: 'Drop' },
    { name: 'folders', label: 'Folders', folders: true },
  ]
  expect(value(await engine.handlers.session.get())).toMatchObject({ purposes })
  expect(engine.kept()?.purposes).toEqual(purposes)
  await engine.stop()
})

test('a canceled transfer leaves the list, and its upload leaves the store', async () => {
  const { engine, row } = await sending('canceled.bin')
  value(await engine.engine.handlers.transfers.cancel({ ids: [row.id] }))
  await engine.until((rows) => rows.length === 0)
  const { Uploads = [] } = await lab.s3.send(new ListMultipartUploadsCommand({ Bucket: lab.bucket }))
  expect(Uploads.filter(({ Key }) => Key === row.key)).toEqual([])
  await engine.stop()
})

test('pause all stops every byte and is remembered; resume all goes on', async () => {
  const { engine, bytes } = await sending('all.bin')
  value(await engine.engine.handlers.queue.pause())
  await engine.until((_, { paused, counts }) => paused && counts.active === 0)
  await engine.stop()
  const again = lab.engine(engine.profile)
  await again.signIn()
  expect(await again.status()).toMatchObject({ paused: true, counts: { active: 0, waiting: 1 } })
  value(await again.engine.handlers.queue.resume())
  const done = first(await again.settled())
  expect(bytes.equals(await lab.object(done))).toBe(true)
  await again.stop()
})

test('dropping a file again that is under way changes nothing, and resumes one that was paused', async () => {
  const { engine, path, row } = await sending('again.bin')
  expect(await engine.add(path)).toMatchObject({ added: 0, alreadyListed: 1 })
  value(await engine.engine.handlers.transfers.pause({ ids: [row.id] }))
  await engine.until((rows) => rows[0]?.state === 'paused')
  expect(await engine.add(path)).toMatchObject({ added: 0, resumed: 1 })
  const rows = await engine.settled()
  expect(rows).toHaveLength(1)
  expect(first(rows)).toMatchObject({ id: row.id, state: 'completed' })
  await engine.stop()
})

test('dropping a file that has arrived sends it again as a new transfer under a key of its own', async () => {
  const path = join(lab.folder, 'twice.txt')
  await writeFile(path, 'twice')
  const engine = lab.engine()
  await engine.signIn()
  await engine.add(path)
  await engine.settled()
  await engine.add(path)
  const rows = await engine.until((all) => all.filter(({ state }) => state === 'completed').length === 2)
  expect(new Set(rows.map(({ key }) => key)).size).toBe(2)
  await engine.stop()
})

test('signing out does not wait for what is on the wire, and the counts never lie meanwhile', async () => {
  const slow = await startLab({ emulator: { bytesPerSecond: 1_000_000 } })
  const path = join(slow.folder, 'one-request.bin')
  await writeFile(path, randomBytes(usualPart))
  const engine = slow.engine()
  await engine.signIn()
  await engine.add(path)
  await engine.until((_, { inFlight }) => inFlight > 0)
  const signedOut = engine.engine.handlers.session.signOut()
  await engine.until((rows, { counts, inFlight }) => {
    expect(Math.min(...Object.values(counts), inFlight)).toBe(0)
    return rows.length === 0
  })
  expect(engine.kept()).toBeNull()
  value(await signedOut)
  await engine.signIn()
  const done = first(await engine.settled())
  expect(done).toMatchObject({ state: 'completed', size: usualPart })
  await engine.stop()
  await slow.close()
}, 90_000)

test('signed in as someone else, the first person’s rows neither show nor run', async () => {
  const { engine, row } = await sending('mine.bin')
  value(await engine.engine.handlers.session.signOut())
  expect(await engine.list()).toEqual([])
  expect(engine.kept()).toBeNull()
  await engine.signIn(lab.otherToken)
  expect(await engine.list()).toEqual([])
  expect(value(await engine.engine.handlers.transfers.cancel({ ids: [row.id] }))).toEqual({ changed: 0 })
  await engine.signIn(lab.token)
  expect(first(await engine.settled())).toMatchObject({ id: row.id, state: 'completed' })
  await engine.stop()
})
