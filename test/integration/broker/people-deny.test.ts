import { randomUUID } from 'node:crypto'
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { startBroker } from '../../../src/broker/start-broker.ts'
import { deviceHeader } from '../../../src/shared/broker-api.ts'
import { type Broker, configFor, file, runningBroker, runningStore, type Store } from './running-broker.ts'

let store: Store
let folder: string
let denyFile: string
let broker: Broker
let time = Date.now()
beforeAll(async () => {
  store = await runningStore()
})
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'longshore-deny-'))
  denyFile = join(folder, 'deny.json')
  writeFileSync(denyFile, '{}')
  broker = await runningBroker({ ...configFor(store.emulator), denyFile }, () => time)
})
afterEach(async () => {
  await broker.close()
  rmSync(folder, { recursive: true })
})
afterAll(() => store.close())

/** The operator changes the file, and a second goes by. */
const deny = (text: string | object) => {
  writeFileSync(denyFile, typeof text === 'string' ? text : JSON.stringify(text))
  time += 1_000
}
const codeOf = ({ status, json }: { status: number; json: unknown }) =>
  status === 200 ? 200 : `${status} ${(json as { code: string }).code}`
const ask = (token = 'token-of-one') => broker.post('/v1/grants', { purpose: 'drop', files: [file()] }, token)
const idOf = (grant: string): string => JSON.parse(Buffer.from(grant.split('.')[1] ?? '', 'base64url').toString()).jti

it('a person who is denied gets nothing any more, from the next request on, until they are taken off the list', async () => {
  const { grant, keys } = await broker.grant()
  const objects = [{ key: keys[0]?.key ?? '', size: 11, crc32: null }]
  deny({ subjects: ['user-1'] })
  expect(codeOf(await ask())).toBe('403 not_allowed')
  expect(codeOf(await broker.post('/v1/grants/renew', { grant }))).toBe('403 not_allowed')
  expect(codeOf(await broker.post('/v1/confirm', { grant, objects }))).toBe('403 not_allowed')
  expect(codeOf(await ask('token-of-two'))).toBe(200)
  expect(broker.lines.flatMap((line) => JSON.parse(line).audit ?? [])).toContainEqual({
    event: 'refusal',
    subject: 'user-1',
    route: '/v1/grants/renew',
    code: 'not_allowed',
    status: 403,
  })
  deny({})
  expect(codeOf(await broker.post('/v1/grants/renew', { grant }))).toBe(200)
})

it('a device that is denied gets nothing any more; another one of the same person does', async () => {
  const [lost, other] = [randomUUID(), randomUUID()]
  const from = async (device: string) =>
    fetch(`${broker.url}/v1/purposes`, { headers: { authorization: 'Bearer token-of-one', [deviceHeader]: device } })
  expect((await from(lost)).status).toBe(200)
  deny({ devices: [lost.toUpperCase()] })
  const refused = await from(lost)
  expect([refused.status, await refused.json()]).toMatchObject([403, { code: 'revoked' }])
  expect((await from(other)).status).toBe(200)
})

it('a grant that is denied is neither renewed nor confirmed; others are', async () => {
  const [one, other] = [await broker.grant(), await broker.grant()]
  const confirm = ({ grant, keys }: typeof one) =>
    broker.post('/v1/confirm', { grant, objects: [{ key: keys[0]?.key ?? '', size: 11, crc32: null }] })
  const renewed = await broker.renew(one.grant)
  deny({ grants: [idOf(one.grant)] })
  for (const grant of [one.grant, renewed.grant]) {
    expect(codeOf(await broker.post('/v1/grants/renew', { grant }))).toBe('403 revoked')
  }
  expect(codeOf(await confirm(one))).toBe('403 revoked')
  expect(codeOf(await confirm(other))).toBe(200)
  expect(codeOf(await broker.post('/v1/grants/renew', { grant: other.grant }))).toBe(200)
})

it('a list that is broken, or gone, changes nothing and is told once; the next good one counts', async () => {
  const told = () => broker.lines.flatMap((line) => JSON.parse(line).denyFile ?? [])
  deny({ subjects: ['user-1'] })
  expect(codeOf(await ask())).toBe('403 not_allowed')
  deny('{"subjects": [')
  for (const _ of [1, 2]) {
    expect(codeOf(await ask())).toBe('403 not_allowed')
    time += 1_000
  }
  rmSync(denyFile)
  time += 1_000
  expect(codeOf(await ask())).toBe('403 not_allowed')
  expect(told()).toEqual(['is not JSON', 'cannot be read (ENOENT)'])
  deny({ subjects: ['user-2'] })
  expect([codeOf(await ask()), codeOf(await ask('token-of-two'))]).toEqual([200, '403 not_allowed'])
})

it('is read again also where another file of the same size takes its place', async () => {
  deny({ subjects: ['user-2'] })
  expect(codeOf(await ask())).toBe(200)
  writeFileSync(join(folder, 'next.json'), JSON.stringify({ subjects: ['user-1'] }))
  renameSync(join(folder, 'next.json'), denyFile)
  time += 1_000
  expect(codeOf(await ask())).toBe('403 not_allowed')
})

it('a broker does not start without its list', async () => {
  const config = { ...configFor(store.emulator), denyFile: join(folder, 'missing.json') }
  await expect(startBroker(config)).rejects.toThrow('denyFile: cannot be read (ENOENT)')
})
