import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, errors, jwtVerify } from 'jose'
import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest'
import type { ReceiptClaims } from '../../../src/shared/broker-receipts.ts'
import {
  type Broker,
  configFor,
  crc32Of,
  file,
  fileBytes,
  type Granted,
  putFiles,
  runningBroker,
  runningStore,
  type Store,
} from './running-broker.ts'

const size = fileBytes.length
const crc32 = crc32Of(fileBytes)

let store: Store
let broker: Broker
let ahead = 0
const now = () => Date.now() + ahead
let grant: Granted
let key: string
beforeAll(async () => {
  store = await runningStore()
  broker = await runningBroker(configFor(store.emulator), now)
})
beforeEach(async () => {
  grant = await broker.grant([file({ name: 'Übersicht.pdf', size })])
  key = grant.keys[0]?.key ?? ''
  await put(fileBytes)
})
afterAll(async () => {
  await broker?.close()
  await store?.close()
})

const put = (Body: Buffer) => putFiles(store, grant, { Body, ChecksumCRC32: crc32Of(Body) })
const receiptFor = async (claimed: { size: number; crc32: string | null } = { size, crc32 }, by = broker) => {
  const [object] = await by.confirm(grant.grant, [{ key, ...claimed }])
  return object?.outcome === 'same' ? object.receipt : object?.outcome
}

it('anyone checks a receipt with the broker’s public keys, and reads in it what was seen', async () => {
  const receipt = String(await receiptFor())

  const keys = createRemoteJWKSet(new URL(`${broker.url}/v1/receipts/keys`))
  const { payload } = await jwtVerify(receipt, keys, { algorithms: ['EdDSA'], typ: 'longshore-receipt+jwt' })

  expect(payload).toEqual({
    sub: 'user-1',
    grantId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    purpose: 'drop',
    bucket: 'uploads',
    region: store.emulator.region,
    key,
    size,
    etag: '5eb63bbbe01eeed093cb22bb8f5acdc3',
    crc32,
    versionId: null,
    seenAt: expect.any(Number),
  })
  expect(Math.abs(Number(payload.seenAt) - now())).toBeLessThan(60_000)
})

it('a receipt that was altered, or that another broker signed, is no receipt', async () => {
  const receipt = String(await receiptFor())
  const [header, payload = '', signature] = receipt.split('.')
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString())
  const forged = Buffer.from(JSON.stringify({ ...claims, size: size + 1 })).toString('base64url')
  const other = await runningBroker({ ...configFor(store.emulator), signingSecret: 'another secret, of 32 bytes too.' })
  onTestFinished(other.close)
  const check = (token: string, { url } = broker) =>
    jwtVerify(token, createRemoteJWKSet(new URL(`${url}/v1/receipts/keys`)), { algorithms: ['EdDSA'] })

  await expect(check(`${header}.${forged}.${signature}`)).rejects.toThrow(errors.JWSSignatureVerificationFailed)
  await expect(check(receipt, other)).rejects.toThrow(errors.JWKSNoMatchingKey)
})

it('all replicas sign with one key, which may be cached, and which tells nothing of the secret', async () => {
  const replica = await runningBroker(configFor(store.emulator))
  onTestFinished(replica.close)
  const keysOf = async ({ url }: Broker) => {
    const answer = await fetch(`${url}/v1/receipts/keys`)
    return { cache: answer.headers.get('cache-control'), ...(await answer.json()) }
  }
  expect(await keysOf(broker)).toEqual({
    cache: 'public, max-age=3600',
    keys: [{ kty: 'OKP', crv: 'Ed25519', x: expect.any(String), kid: expect.any(String), alg: 'EdDSA', use: 'sig' }],
  })
  expect(await keysOf(replica)).toEqual(await keysOf(broker))
  expect(decodeProtectedHeader(String(await receiptFor(undefined, replica))).kid).toBe(
    (await keysOf(broker)).keys[0].kid,
  )
})

it('the same object gives the same receipt again but for the time, and another object another', async () => {
  const claims = async () => decodeJwt<ReceiptClaims>(String(await receiptFor({ size, crc32: null })))
  const first = await claims()
  ahead += 3_600_000
  onTestFinished(() => {
    ahead = 0
  })
  const second = await claims()
  expect(second.seenAt - first.seenAt).toBeGreaterThanOrEqual(3_600_000)
  expect({ ...second, seenAt: 0 }).toEqual({ ...first, seenAt: 0 })

  await put(Buffer.from('hello earth'))
  const { etag, crc32: other, ...rest } = await claims()
  expect([etag === first.etag, other === first.crc32]).toEqual([false, false])
  expect({ ...rest, etag: first.etag, crc32: first.crc32, seenAt: 0 }).toEqual({ ...first, seenAt: 0 })
})

it('there is no receipt for what is different', async () => {
  expect(await receiptFor({ size: size + 1, crc32: null })).toBe('different')
  const answer = await broker.post('/v1/confirm', { grant: grant.grant, objects: [{ key, size: 1, crc32: null }] })
  expect(JSON.stringify(answer.json)).not.toContain('receipt')
})
