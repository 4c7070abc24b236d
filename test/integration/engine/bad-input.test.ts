import { randomBytes } from 'node:crypto'
import { mkdir, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { announcementsTo } from '../../../src/main/engine/announcements.ts'
import { createEngine } from '../../../src/main/engine/engine.ts'
import { usualPart } from '../../../src/main/engine/transfers/part-plan.ts'
import { startLab } from '../../support/lab.ts'
import { value } from '../../support/value.ts'

let lab: Awaited<ReturnType<typeof startLab>>
beforeAll(async () => {
  lab = await startLab({
    emulator: { bytesPerSecond: 60_000_000 },
    broker: { purposes: [{ name: 'drop', label: 'Drop', maxSize: 10 * usualPart }] },
  })
})
afterAll(() => lab.close())

const inLab = (name: string) => join(lab.folder, name)

test('what cannot be sent becomes a row that says why, and the others go on', async () => {
  await writeFile(inLab('good.txt'), 'good')
  await writeFile(inLab('large.bin'), '')
  await truncate(inLab('large.bin'), 10 * usualPart + 1)
  await symlink(inLab('loop'), inLab('loop'))
  const socket = createServer().listen(inLab('socket'))
  const engine = lab.engine()
  await engine.signIn()
  const summary = await engine.add(
    ...['good.txt', 'gone.txt', 'loop', 'socket', 'large.bin'].map(inLab),
    '/dev/null',
    inLab('good.txt/not-a-folder'),
  )
  expect(summary).toMatchObject({ added: 2, failed: 5 })
  const rows = await engine.settled()
  const reasons = Object.fromEntries(rows.map(({ name, state, failure }) => [name, failure?.kind ?? state]))
  expect(reasons).toEqual({
    'good.txt': 'completed',
    'gone.txt': 'source_missing',
    loop: 'source_unreadable',
    socket: 'not_a_file',
    'large.bin': 'too_large',
    null: 'not_a_file',
    'not-a-folder': 'source_missing',
  })
  await engine.stop()
  await new Promise((resolve) => socket.close(resolve))
})

test('a folder that links to itself ends, and its links are counted as left out', async () => {
  await mkdir(inLab('round/inner'), { recursive: true })
  await symlink(inLab('round'), inLab('round/inner/back'))
  await writeFile(inLab('round/inner/file.txt'), 'once')
  const engine = lab.engine()
  await engine.signIn()
  expect(await engine.add(inLab('round'))).toMatchObject({ added: 1, skipped: 1 })
  expect((await engine.settled()).map(({ name, state }) => [name, state])).toEqual([['file.txt', 'completed']])
  await engine.stop()
})

test('a missing file that is there at the next try arrives as if nothing had been', async () => {
  const engine = lab.engine()
  await engine.signIn()
  await engine.add(inLab('late.txt'))
  await writeFile(inLab('late.txt'), 'late')
  expect(value(await engine.engine.handlers.transfers.retry({ all: true }))).toEqual({ changed: 1 })
  const [row] = await engine.settled()
  expect(row).toMatchObject({ name: 'late.txt', state: 'completed', size: 4 })
  await engine.stop()
})

test('a missing path that has become a folder at the next try is replaced by the files in it', async () => {
  const engine = lab.engine()
  await engine.signIn()
  await engine.add(inLab('later'))
  await mkdir(inLab('later/day-1'), { recursive: true })
  await writeFile(inLab('later/day-1/card.raw'), 'card')
  expect(value(await engine.engine.handlers.transfers.retry({ all: true }))).toEqual({ changed: 1 })
  const rows = await engine.settled()
  expect(rows.map(({ folder, name, state }) => [folder, name, state])).toEqual([
    ['later/day-1', 'card.raw', 'completed'],
  ])
  await engine.stop()
})

test('a file that shrinks while it is sent is never passed off as whole: it starts anew with what it is now', async () => {
  const path = inLab('shrinks.bin')
  await writeFile(path, randomBytes(6 * usualPart))
  const engine = lab.engine()
  await engine.signIn()
  await engine.add(path)
  await engine.until((rows) => (rows[0]?.acknowledged ?? 0) > 0)
  await truncate(path, 100)
  await engine.until((rows) => rows[0]?.failure?.kind === 'source_changed')
  const [row] = await engine.settled()
  expect(row).toMatchObject({ state: 'completed', size: 100 })
  await engine.stop()
}, 60_000)

test('a file that vanishes while it is sent is waited for, and goes on from its parts by itself', async () => {
  const path = inLab('vanishes.bin')
  const bytes = randomBytes(6 * usualPart)
  await writeFile(path, bytes)
  const engine = lab.engine()
  await engine.signIn()
  await engine.add(path)
  await engine.until((rows) => (rows[0]?.acknowledged ?? 0) > 0)
  value(await engine.engine.handlers.queue.pause())
  await engine.until((_, { counts }) => counts.active === 0)
  await rm(path)
  value(await engine.engine.handlers.queue.resume())
  const [missing] = await engine.until((rows) => rows[0]?.failure?.kind === 'source_missing')
  expect(missing).toMatchObject({ state: 'queued', activity: 'retrying', attempts: 0 })
  expect(missing?.acknowledged).toBeGreaterThan(0)
  await writeFile(path, bytes)
  const [row] = await engine.settled()
  expect(row).toMatchObject({ id: missing?.id, state: 'completed' })
  if (row !== undefined) expect(bytes.equals(await lab.object(row))).toBe(true)
  await engine.stop()
})

test('a database that is not what its version promises is said to be damaged, and left as it is', async () => {
  const path = inLab('foreign.db')
  const foreign = new BetterSqlite3(path)
  foreign.exec('CREATE TABLE accounts (word TEXT); PRAGMA user_version = 1')
  foreign.close()
  const options = { databasePath: path, now: Date.now, random: Math.random, keep: () => {}, onFatal: () => {} }
  const announce = announcementsTo(() => {})
  expect(createEngine({ ...options, announce })).toEqual({ ok: false, failure: 'database_corrupt' })
  const after = new BetterSqlite3(path, { readonly: true })
  expect(after.prepare('SELECT name FROM sqlite_schema').pluck().all()).toEqual(['accounts'])
  after.close()
})

describe('a broker that cannot be used', () => {
  test.each([
    ['http://broker.example', 'broker_address_invalid'],
    ['ftp://127.0.0.1', 'broker_address_invalid'],
    ['https://user:password@broker.example', 'broker_address_invalid'],
    ['not an address', 'broker_address_invalid'],
  ])('%s is refused before anything is sent', async (brokerUrl, kind) => {
    const engine = lab.engine()
    const { session } = engine.engine.handlers
    expect(await session.about({ brokerUrl })).toMatchObject({ ok: false, failure: { kind } })
    expect(await session.signIn({ brokerUrl, token: 'token' })).toMatchObject({ ok: false, failure: { kind } })
    await engine.stop()
  })

  test('a wrong token is signed out, not unreachable', async () => {
    const engine = lab.engine()
    const answer = await engine.engine.handlers.session.signIn({ brokerUrl: lab.brokerUrl, token: 'wrong' })
    expect(answer).toMatchObject({ ok: false, failure: { kind: 'signed_out' } })
    await engine.stop()
  })

  test('something that answers, but is no broker, is told apart from silence', async () => {
    const server = createHttpServer((_, answer) => answer.end('<html>')).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as AddressInfo
    const engine = lab.engine()
    const { session } = engine.engine.handlers
    const garbage = await session.about({ brokerUrl: `http://127.0.0.1:${port}` })
    expect(garbage).toMatchObject({ ok: false, failure: { kind: 'broker_answer_invalid' } })
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    const silence = await session.about({ brokerUrl: `http://127.0.0.1:${port}` })
    expect(silence).toMatchObject({ ok: false, failure: { kind: 'broker_unreachable' } })
    await engine.stop()
  })
})
