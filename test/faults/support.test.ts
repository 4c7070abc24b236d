import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openDatabase } from '../../src/main/engine/db/database.ts'
import { usualPart } from '../../src/main/engine/transfers/part-plan.ts'
import { expectArrived } from '../support/bucket-contents.ts'
import { ahead, fastClock } from '../support/clock.ts'
import { type Lab, startLab } from '../support/lab.ts'
import { value } from '../support/value.ts'

const hour = 3_600_000

let lab: Lab
beforeEach(async () => {
  lab = await startLab()
})
afterEach(() => lab.close())

async function file(parts: number, name = 'film.mov'): Promise<{ path: string; bytes: Buffer }> {
  const path = join(lab.folder, name)
  const bytes = randomBytes(parts * usualPart)
  await writeFile(path, bytes)
  return { path, bytes }
}

/** What an engine that is gone left in its database. */
function left(profile: string): { readonly parts: number; readonly states: readonly unknown[] } {
  const database = value(openDatabase(profile))
  const parts = database.prepare('SELECT count(*) FROM parts').pluck().get() as number
  const states = database.prepare('SELECT state FROM transfers ORDER BY id').pluck().all()
  database.close()
  return { parts, states }
}

test.each([
  { when: 'before', parts: 1 },
  { when: 'after', parts: 2 },
] as const)(
  'an engine that dies $when the second part is committed leaves $parts, and the next one finishes',
  async ({ when, parts }) => {
    const { path, bytes } = await file(3)
    const dying = await lab.engineProcess(undefined, { slots: 1, crashAt: { when, effect: 'part saved', nth: 2 } })
    await dying.signIn()
    await dying.add(path)
    await expect(dying.settled()).rejects.toThrow('SIGKILL')
    expect(await dying.exited).toEqual({ code: null, signal: 'SIGKILL' })
    expect(left(dying.profile)).toEqual({ parts, states: ['queued'] })

    const next = await lab.engineProcess(dying.profile)
    await next.begin()
    const [row] = await next.settled()
    expect(row?.state).toBe('completed')
    expect((await lab.object({ key: row?.key ?? null })).equals(bytes)).toBe(true)
    await next.stop()
    expect(await next.exited).toEqual({ code: 0, signal: null })
  },
)

test('a killed engine answers nothing any more, and frees its database', async () => {
  const engine = await lab.engineProcess()
  await engine.signIn()
  const waiting = engine.until(() => false)
  await Promise.all([expect(waiting).rejects.toThrow('SIGKILL'), engine.kill()])
  await expect(engine.list()).rejects.toThrow('SIGKILL')
  expect(left(engine.profile)).toEqual({ parts: 0, states: [] })
})

test('a second engine on the same profile is refused, and says why', async () => {
  const engine = await lab.engineProcess()
  await expect(lab.engineProcess(engine.profile)).rejects.toThrow('database_locked')
})

test('an engine lives in the time it is told, at its start and while it runs', async () => {
  const engine = await lab.engineProcess(undefined, { clock: ahead(-5 * hour) })
  await engine.signIn()
  value(await engine.handlers.queue.pause())
  const added: number[] = []
  for (const setting of [null, ahead(6 * hour), ahead(0)]) {
    if (setting !== null) await engine.setClock(setting)
    await engine.add((await file(1, `${added.length}.mov`)).path)
    added.push(Date.now())
  }
  await engine.stop()
  const database = value(openDatabase(engine.profile))
  const created = database.prepare('SELECT created_at FROM transfers ORDER BY id').pluck().all() as number[]
  database.close()
  for (const [index, hours] of [-5, 6, 0].entries()) {
    expect((created[index] ?? 0) - (added[index] ?? 0)).toBeCloseTo(hours * hour, -4)
  }
})

test('a store and an engine in a time that runs 720 times as fast understand each other', async () => {
  const clock = fastClock(720)
  await using fast = await startLab({ now: clock.now })
  const { path } = await file(2)
  const engine = await fast.engineProcess(undefined, { clock: clock.setting() })
  await engine.signIn()
  await engine.add(path)
  const [row] = await engine.settled()
  expect(row?.state).toBe('completed')
  await expectArrived(fast, [path])
})

test('an upload goes on by itself after the network was cut', async () => {
  await using lab = await startLab({ faults: true, network: 'tcp' })
  const { path } = await file(4)
  const last = lab.faults.add({
    match: { operation: 'UploadPart', partNumber: 4 },
    fault: { kind: 'hold', when: 'before' },
  })
  const engine = await lab.engineProcess()
  await engine.signIn()
  await engine.add(path)
  await engine.until(([row]) => (row?.acknowledged ?? 0) >= usualPart)
  await last.reached
  await lab.network.cut()
  last.remove()
  await engine.until((_, { hold }) => hold !== null)
  await lab.network.restore()
  value(await engine.handlers.queue.tryNow())
  await engine.settled()
  expect(lab.network.received()).toBeGreaterThan(4 * usualPart)
  await expectArrived(lab, [path])
})

test('an engine speaks TLS with a store whose authority it trusts, and with no other', async () => {
  await using lab = await startLab({ network: 'tls' })
  const { path } = await file(2)
  const stranger = await lab.engineProcess()
  await stranger.signIn()
  await stranger.add(path)
  await stranger.until(([row], { hold }) => row?.failure != null || hold !== null)
  expect(await lab.objects()).toEqual([])
  await stranger.kill()

  const friend = await lab.engineProcess(stranger.profile, { env: { NODE_EXTRA_CA_CERTS: lab.authority } })
  await friend.begin()
  value(await friend.handlers.transfers.retry({ all: true }))
  await friend.settled()
  await expectArrived(lab, [path])
})

test('an answer of the broker can be on its way for as long as a test likes', async () => {
  await using lab = await startLab({ brokerNetwork: true })
  const { path } = await file(1)
  const engine = await lab.engineProcess()
  await engine.signIn()
  const answer = lab.brokerNetwork.holdAnswers()
  await engine.add(path)
  await answer.reached
  expect((await engine.list()).map(({ key }) => key)).toEqual([null])
  answer.release()
  await engine.settled()
  await expectArrived(lab, [path])
})

test('a fault of the store is at hand, and the bucket shows what it left', async () => {
  await using lab = await startLab({ faults: true })
  const { path, bytes } = await file(2)
  const held = lab.faults.add({
    match: { operation: 'CompleteMultipartUpload' },
    fault: { kind: 'hold', when: 'before' },
  })
  const engine = await lab.engineProcess()
  await engine.signIn()
  await engine.add(path)
  await held.reached
  expect(await lab.uploads()).toHaveLength(1)
  await expect(expectArrived(lab, [path])).rejects.toThrow()
  held.release()
  await engine.settled()
  await expectArrived(lab, [bytes])
  await expect(expectArrived(lab, [path, path])).rejects.toThrow()
  await expect(expectArrived(lab, [Buffer.from(bytes).reverse()])).rejects.toThrow()
})
