import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import type { ServedOperation } from '../../../src/emulator/faults/rule.ts'
import type { EngineControl } from '../../support/engine-control.ts'
import type { Lab } from '../../support/lab.ts'
import { film, hold, only, pauseRows, queueFilms, sendFilm, startSmallLab } from '../../support/sending.ts'
import { value } from '../../support/value.ts'

const parts = 6
/** Parts that an engine of a lab sends at once. */
const onTheWire = 2

const startPresignedLab = (options: Parameters<typeof startSmallLab>[0] = {}) =>
  startSmallLab({ ...options, broker: { purposes: [{ name: 'drop', label: 'Drop', kind: 'presigned_multipart' }] } })

/** How often the store carried an operation out. */
const countOf = (lab: Lab, operation: ServedOperation) =>
  lab.served().filter((served) => served.operation === operation && served.stored).length

const completed = { state: 'completed', verification: 'checksum', failure: null } as const

async function expectWhole(lab: Lab, engine: EngineControl, path: string): Promise<void> {
  const row = only(await engine.list())
  expect(row).toMatchObject(completed)
  expect((await lab.object(row)).equals(await readFile(path))).toBe(true)
  expect([await lab.objects(), await lab.uploads()]).toMatchObject([[{ size: row.size }], []])
}

test('a file arrives in parts and is verified, without any session of STS', async () => {
  await using lab = await startPresignedLab()
  const { engine, path, settled } = await sendFilm(lab, { parts })
  await settled()
  await expectWhole(lab, engine, path)
  expect(['UploadPart', 'GetFederationToken'].map((name) => countOf(lab, name as ServedOperation))).toEqual([parts, 0])
})

test('a file of one part goes in one request', async () => {
  await using lab = await startPresignedLab()
  const { engine, path, settled } = await sendFilm(lab, { parts: 1 })
  await settled()
  await expectWhole(lab, engine, path)
  expect([countOf(lab, 'PutObject'), countOf(lab, 'CreateMultipartUpload')]).toEqual([1, 0])
})

test('an engine that is killed goes on where it was: only what was on the wire is sent again', async () => {
  await using lab = await startPresignedLab()
  const path = await film(lab, parts)
  const profile = await queueFilms(lab, [path])
  const held = hold(lab, { operation: 'UploadPart', nth: 4 })
  const dying = await lab.engineProcess(profile, { slots: 1 })
  await dying.begin()
  await held.reached
  await dying.kill()
  held.remove()
  const engine = await lab.engineProcess(profile)
  await engine.begin()
  await engine.settled()
  await expectWhole(lab, engine, path)
  expect(countOf(lab, 'UploadPart')).toBe(parts)
})

test('a paused upload keeps its parts, and goes on with the rest', async () => {
  await using lab = await startPresignedLab()
  const held = hold(lab, { operation: 'UploadPart', nth: 4 })
  const { engine, path, row } = await sendFilm(lab, { parts })
  await held.reached
  await pauseRows(engine)
  held.remove()
  expect(await row()).toMatchObject({ state: 'paused' })
  const kept = (await row()).acknowledged
  expect(kept).toBeGreaterThan(0)
  value(await engine.handlers.transfers.resume({ all: true }))
  await engine.until((rows) => rows.every(({ state }) => state === 'completed'))
  await expectWhole(lab, engine, path)
  expect(countOf(lab, 'CreateMultipartUpload')).toBe(1)
  expect(countOf(lab, 'UploadPart')).toBeLessThanOrEqual(parts + onTheWire)
})

test('a canceled upload is gone at the store too', async () => {
  await using lab = await startPresignedLab()
  const held = hold(lab, { operation: 'UploadPart', nth: 3 })
  const { engine } = await sendFilm(lab, { parts })
  await held.reached
  value(await engine.handlers.transfers.cancel({ all: true }))
  held.remove()
  await engine.until((rows) => rows.length === 0)
  expect([await lab.objects(), await lab.uploads()]).toEqual([[], []])
})

test('a broker that is away half-way holds the upload without an attempt, and it goes on when it is back', async () => {
  await using lab = await startPresignedLab()
  const held = hold(lab, { operation: 'UploadPart', nth: 3 })
  const { engine, path, row, seen } = await sendFilm(lab, { parts })
  await held.reached
  await lab.stopBroker()
  held.remove()
  await engine.until((_, status) => status.hold?.kind === 'broker_unreachable')
  expect(await row()).toMatchObject({ state: 'queued', attempts: 0 })
  await lab.startBroker()
  await engine.until((rows) => rows.every(({ state }) => state === 'completed'))
  await expectWhole(lab, engine, path)
  expect([...seen]).toEqual(['broker_unreachable'])
})

test('a Complete whose answer is lost between store and broker is settled, and the object is there once', async () => {
  await using lab = await startPresignedLab()
  lab.faults.add({
    match: { operation: 'CompleteMultipartUpload', times: 1 },
    fault: { kind: 'loseAnswer' },
  })
  const { engine, path, settled } = await sendFilm(lab, { parts: 2 })
  await settled()
  await expectWhole(lab, engine, path)
})

test('a part whose bytes change on the way is sent again', async () => {
  await using lab = await startPresignedLab()
  lab.faults.add({ match: { operation: 'UploadPart', times: 1 }, fault: { kind: 'corrupt', atByte: 10 } })
  const { engine, path, settled } = await sendFilm(lab, { parts: 2 })
  await settled()
  await expectWhole(lab, engine, path)
})

test('an upload that the store has lost begins anew under the same key', async () => {
  await using lab = await startPresignedLab()
  lab.faults.add({ match: { operation: 'UploadPart', nth: 2 }, fault: { kind: 'forgetUpload' } })
  const { engine, path, settled } = await sendFilm(lab, { parts: 3 })
  await settled()
  await expectWhole(lab, engine, path)
  expect(countOf(lab, 'CreateMultipartUpload')).toBe(2)
})

test('an object that the store refuses fails by itself, and the others arrive', async () => {
  await using lab = await startPresignedLab()
  const refused = await film(lab, 2, 'refused.mov')
  const others = await Promise.all(['first.mov', 'second.mov'].map((name) => film(lab, 2, name)))
  lab.faults.add({
    match: { operation: 'CreateMultipartUpload', key: '*refused*' },
    fault: { kind: 'error', code: 'AccessDenied' },
  })
  const engine = lab.engine(await queueFilms(lab, [refused, ...others]))
  await engine.begin()
  await engine.settled()
  const rows = await engine.list()
  expect(rows.filter(({ state }) => state === 'completed')).toHaveLength(others.length)
  expect(rows.find(({ name }) => name === 'refused.mov')).toMatchObject({
    state: 'failed',
    failure: { kind: 'access_denied', detail: 'store_denied' },
  })
})

test('an object at which the store always stumbles keeps no other waiting', async () => {
  await using lab = await startPresignedLab()
  const stuck = await film(lab, 2, 'stuck.mov')
  const others = await Promise.all(['first.mov', 'second.mov'].map((name) => film(lab, 2, name)))
  lab.faults.add({
    match: { operation: 'CreateMultipartUpload', key: '*stuck*' },
    fault: { kind: 'error', code: 'InternalError' },
  })
  const engine = await lab.engineProcess(await queueFilms(lab, [stuck, ...others]), { slots: 1 })
  await engine.begin()
  await engine.until((rows) => rows.filter(({ state }) => state === 'completed').length === others.length)
  const left = (await engine.list()).filter(({ state }) => state !== 'completed')
  expect(left).toMatchObject([{ name: 'stuck.mov', state: 'queued', attempts: 0 }])
})
