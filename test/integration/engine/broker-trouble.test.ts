import { randomBytes } from 'node:crypto'
import { truncate, utimes, writeFile } from 'node:fs/promises'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { usualPart } from '../../../src/main/engine/transfers/part-plan.ts'
import { startLab } from '../../support/lab.ts'
import { value } from '../../support/value.ts'

const opened: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of opened.splice(0).toReversed()) await close()
})
async function openLab(options: Parameters<typeof startLab>[0]) {
  const lab = await startLab(options)
  opened.push(lab.close)
  return lab
}

test('a broker that is down holds the queue without counting an attempt, and all goes on when it is back', async () => {
  const lab = await openLab({})
  const path = join(lab.folder, 'waits.bin')
  await writeFile(path, 'waits')
  const engine = lab.engine()
  await engine.signIn()
  await lab.stopBroker()
  await engine.add(path)
  const [held] = await engine.until((_, { hold }) => hold?.kind === 'broker_unreachable')
  expect(held).toMatchObject({ state: 'queued', activity: 'waiting', attempts: 0 })
  await lab.startBroker()
  const [row] = await engine.settled()
  expect(row?.state).toBe('completed')
  expect((await engine.status()).hold).toBeNull()
})

test('a broker that does not know the token any more holds the queue as signed out', async () => {
  const lab = await openLab({})
  const path = join(lab.folder, 'signed-out.bin')
  await writeFile(path, 'signed out')
  const engine = lab.engine()
  await engine.signIn()
  const session = engine.kept()
  await engine.stop()
  const again = lab.engine(engine.profile)
  if (session === null) throw new Error('no session to keep')
  await again.engine.begin({ session: { ...session, token: 'revoked' }, signIn: null, remembers: true })
  await again.add(path)
  const [held] = await again.until((_, { hold }) => hold?.kind === 'signed_out')
  expect(held).toMatchObject({ state: 'queued', activity: 'waiting', attempts: 0 })
  await again.signIn()
  expect((await again.settled())[0]?.state).toBe('completed')
})

test('one file that the broker refuses does not keep the others of its request', async () => {
  const lab = await openLab({ broker: { purposes: [{ name: 'drop', label: 'Drop', maxSize: 1_000 }] } })
  const paths = await Promise.all(
    [10, 20, 2_000, 30, 40].map(async (size) => {
      const path = join(lab.folder, `${size}.bin`)
      await writeFile(path, randomBytes(size))
      return path
    }),
  )
  const engine = lab.engine()
  await engine.signIn()
  await engine.add(...paths)
  const rows = await engine.settled()
  expect(Object.fromEntries(rows.map(({ name, state, failure }) => [name, failure?.kind ?? state]))).toEqual({
    '10.bin': 'completed',
    '20.bin': 'completed',
    '2000.bin': 'too_large',
    '30.bin': 'completed',
    '40.bin': 'completed',
  })
})

test('an upload outlives many sessions of three seconds: no part fails, and it is whole', async () => {
  const lab = await openLab({
    emulator: { minSessionSeconds: 1, bytesPerSecond: 16_000_000 },
    broker: { sessionSeconds: 3 },
  })
  const path = join(lab.folder, 'long.bin')
  const bytes = randomBytes(8 * usualPart)
  await writeFile(path, bytes)
  const engine = lab.engine()
  await engine.signIn()
  await engine.add(path)
  const seen = new Set<string>()
  const [row] = await engine.until((rows, { counts }) => {
    for (const { failure } of rows) if (failure !== null) seen.add(failure.kind)
    return counts.active + counts.waiting === 0
  })
  expect(row).toMatchObject({ state: 'completed', verification: 'checksum' })
  expect([...seen]).toEqual([])
  if (row !== undefined) expect(bytes.equals(await lab.object(row))).toBe(true)
})

test('the answer to Complete is lost: the broker is asked, and the transfer is completed once', async () => {
  let completes = 0
  const proxy = async (endpoint: string) => {
    const store = new URL(endpoint)
    const server = createServer((incoming, answer) => {
      const isComplete = incoming.method === 'POST' && incoming.url?.includes('uploadId=')
      const onward = request(
        {
          host: store.hostname,
          port: store.port,
          method: incoming.method,
          path: incoming.url,
          headers: incoming.headers,
        },
        (stored) => {
          if (isComplete) {
            completes += 1
            stored.resume().once('end', () => answer.destroy())
            return
          }
          answer.writeHead(stored.statusCode ?? 502, stored.headers)
          stored.pipe(answer)
        },
      )
      onward.on('error', () => answer.destroy())
      incoming.pipe(onward)
    }).listen(0, '127.0.0.1')
    opened.push(
      () =>
        new Promise((resolve) => {
          server.close(resolve)
          server.closeAllConnections()
        }),
    )
    await new Promise((resolve) => server.once('listening', resolve))
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }
  const lab = await openLab({ between: proxy })
  const path = join(lab.folder, 'lost.bin')
  const bytes = randomBytes(2 * usualPart)
  await writeFile(path, bytes)
  const engine = lab.engine()
  await engine.signIn()
  await engine.add(path)
  const [row] = await engine.settled()
  expect(completes).toBeGreaterThan(0)
  expect(row).toMatchObject({ state: 'completed', verification: 'checksum', attempts: 0 })
  if (row !== undefined) expect(bytes.equals(await lab.object(row))).toBe(true)
})

test('a file whose times changed, but not its bytes, keeps the parts that S3 has', async () => {
  const lab = await openLab({ emulator: { bytesPerSecond: 60_000_000 } })
  const path = join(lab.folder, 'touched.bin')
  const bytes = randomBytes(6 * usualPart)
  await writeFile(path, bytes)
  const engine = lab.engine()
  await engine.signIn()
  await engine.add(path)
  const [sent] = await engine.until((rows) => (rows[0]?.acknowledged ?? 0) >= usualPart)
  value(await engine.engine.handlers.queue.pause())
  await engine.until((_, { counts }) => counts.active === 0)
  await utimes(path, new Date(0), new Date(0))
  value(await engine.engine.handlers.queue.resume())
  const [row] = await engine.settled()
  expect(row).toMatchObject({ id: sent?.id, state: 'completed' })
  if (row !== undefined) expect(bytes.equals(await lab.object(row))).toBe(true)
})

test('a file of the same size with other bytes is sent anew, and only the new bytes arrive', async () => {
  const lab = await openLab({ emulator: { bytesPerSecond: 60_000_000 } })
  const path = join(lab.folder, 'rewritten.bin')
  await writeFile(path, randomBytes(6 * usualPart))
  const engine = lab.engine()
  await engine.signIn()
  await engine.add(path)
  await engine.until((rows) => (rows[0]?.acknowledged ?? 0) >= usualPart)
  value(await engine.engine.handlers.queue.pause())
  await engine.until((_, { counts }) => counts.active === 0)
  const bytes = randomBytes(6 * usualPart)
  await truncate(path, 0)
  await writeFile(path, bytes)
  value(await engine.engine.handlers.queue.resume())
  const rows = await engine.settled()
  expect(rows).toHaveLength(1)
  const [row] = rows
  if (row !== undefined) expect(bytes.equals(await lab.object(row))).toBe(true)
}, 90_000)
