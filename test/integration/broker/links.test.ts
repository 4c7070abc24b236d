import { generateKeyPairSync, verify } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { BrokerConfig } from '../../../src/broker/config/config.ts'
import { type LinkRequest, linkResponseSchema } from '../../../src/shared/broker-links.ts'
import {
  type Broker,
  configFor,
  file,
  fileBytes,
  putFiles,
  runningBroker,
  runningStore,
  type Store,
} from './running-broker.ts'

const size = fileBytes.length

let store: Store
let broker: Broker
beforeAll(async () => {
  store = await runningStore()
  broker = await runningBroker({ ...configFor(store.emulator), links: { mostSeconds: 600 } })
})
afterAll(async () => {
  await broker?.close()
  await store?.close()
})

/** A broker of a configuration of its own, for one test. */
const brokerWith = async (config: Partial<BrokerConfig>, now = Date.now) => {
  const running = await runningBroker({ ...configFor(store.emulator), ...config }, now)
  onTestFinished(running.close)
  return running
}

/** An object that its owner uploaded, with the grant and the receipt for it. */
const uploaded = async ({ by = broker, token = 'token-of-one', name = 'scan.tiff' } = {}) => {
  const granted = await by.grant([file({ name })], token)
  await putFiles(store, granted, { ContentType: 'image/tiff' })
  const { grant, keys } = granted
  const key = keys[0]?.key ?? ''
  const { json } = await by.post('/v1/confirm', { grant, objects: [{ key, size, crc32: null }] }, token)
  return { grant, key, receipt: String(json.objects[0].receipt) }
}

const asked = (request: Partial<LinkRequest>, token?: string, by = broker) =>
  by.post('/v1/links', { expiresIn: 60, ...request }, token)

const linkFor = async (request: Partial<LinkRequest>, by = broker) =>
  linkResponseSchema.parse((await asked(request, undefined, by)).json)

describe('a link', () => {
  it.each(['grant', 'receipt'] as const)('by a %s reads the object, by anyone, as a file to save', async (proof) => {
    const object = await uploaded()
    const { url } = await linkFor({ key: object.key, proof: object[proof] })
    const answer = await fetch(url)
    expect(answer.status).toBe(200)
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(fileBytes)
    expect(answer.headers.get('content-disposition')).toBe('attachment')
    expect(answer.headers.get('content-type')).toBe('image/tiff')
  })

  it('gives the object the name that was asked for, whatever is in it', async () => {
    const { grant, key } = await uploaded()
    const fileName = `Über "uns"\r\nset-cookie: a=b; 100%.pdf`
    const { url } = await linkFor({ key, proof: grant, fileName, disposition: 'inline' })
    const answer = await fetch(url)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-disposition')).toBe(
      `inline; filename="_ber _uns___set-cookie: a=b; 100_.pdf"; filename*=UTF-8''%C3%9Cber%20%22uns%22__set-cookie%3A%20a%3Db%3B%20100%25.pdf`,
    )
    expect(answer.headers.get('set-cookie')).toBeNull()
  })

  it('reads an object whose key has characters that addresses escape', async () => {
    const { grant, key } = await uploaded({ name: `a+b c'(*)!?#%41é.txt` })
    const { url } = await linkFor({ key, proof: grant })
    expect(await (await fetch(url)).text()).toBe('hello world')
  })

  it('for HEAD tells of the object, and does not read it', async () => {
    const { grant, key } = await uploaded()
    const { url } = await linkFor({ key, proof: grant, method: 'HEAD' })
    const answer = await fetch(url, { method: 'HEAD' })
    expect([answer.status, answer.headers.get('content-length')]).toEqual([200, String(size)])
    expect((await fetch(url)).status).toBe(403)
  })

  it('that was altered reads nothing', async () => {
    const { grant, key } = await uploaded()
    const other = await uploaded()
    const { url } = await linkFor({ key, proof: grant })
    const altered = [
      url.replace(key, other.key),
      url.replace('X-Amz-Expires=60', 'X-Amz-Expires=61'),
      url.replace('=attachment', '=inline'),
    ]
    for (const address of altered) {
      expect(address).not.toBe(url)
      expect((await fetch(address)).status).toBe(403)
    }
  })

  it('ends when the answer says, and not later than the configuration allows', async () => {
    const { grant, key } = await uploaded()
    const { url, expiration, serverTime } = await linkFor({ key, proof: grant, expiresIn: 604_800 })
    expect(expiration - serverTime).toBeGreaterThan(598_000)
    expect(expiration - serverTime).toBeLessThanOrEqual(600_000)
    store.wait(expiration - 5_000 - Date.now())
    onTestFinished(() => store.wait(-600_000))
    expect((await fetch(url)).status).toBe(200)
    store.wait(6_000)
    onTestFinished(() => store.wait(-6_000))
    expect((await fetch(url)).status).toBe(403)
  })

  it('is audited with who, what and until when, and no signature is logged', async () => {
    const { grant, key, receipt } = await uploaded()
    const { url, expiration } = await linkFor({ key, proof: grant, method: 'HEAD' })
    const written = broker.lines.join('')
    const entries = broker.lines.flatMap((line) => JSON.parse(line).audit ?? [])
    expect(entries.at(-1)).toEqual({
      event: 'link',
      subject: 'user-1',
      grantId: expect.any(String),
      bucket: 'uploads',
      key,
      method: 'HEAD',
      as: 'url',
      expiration,
    })
    const signature = new URL(url).searchParams.get('X-Amz-Signature') ?? 'none'
    for (const secret of [signature, grant, receipt]) expect(written).not.toContain(secret)
  })
})

describe('where the operator has set CloudFront up', () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 })
  const cloudFront = {
    url: 'https://files.example.com',
    keyPairId: 'K2EXAMPLE',
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cookieDomain: 'example.com',
  }

  it('a link goes by its distribution, and not longer than was asked for', async () => {
    const distributed = await brokerWith({ links: { cloudFront } })
    const { key, grant } = await uploaded()
    const { url, expiration } = await linkFor({ key, proof: grant, fileName: 'scan.tiff' }, distributed)
    const { origin, pathname, searchParams } = new URL(url)
    expect(origin + pathname).toBe(`https://files.example.com/${key}`)
    expect(searchParams.get('response-content-disposition')).toBe('attachment; filename="scan.tiff"')
    expect(Number(searchParams.get('Expires')) * 1_000).toBe(expiration)
    expect(await asked({ key, proof: grant, method: 'HEAD' }, undefined, distributed)).toMatchObject({
      status: 501,
      json: { code: 'not_supported' },
    })
  })

  it('cookies open the grant’s prefix, which a receipt does not', async () => {
    const distributed = await brokerWith({ links: { cloudFront } })
    const { key, grant, receipt } = await uploaded()
    const { url, setCookies = [] } = await linkFor({ key, proof: grant, as: 'cookies' }, distributed)
    expect(url).toBe(`https://files.example.com/${key}`)
    const values = Object.fromEntries(setCookies.map((line) => line.split(';')[0]?.split('=') ?? []))
    const bytesOf = (name: string) =>
      Buffer.from(values[name].replaceAll('-', '+').replaceAll('_', '=').replaceAll('~', '/'), 'base64')
    const policy = bytesOf('CloudFront-Policy')
    const prefix = key.split('/').slice(0, 2).join('/')
    expect(JSON.parse(policy.toString()).Statement[0].Resource).toBe(`https://files.example.com/${prefix}/*`)
    expect(verify('RSA-SHA256', policy, publicKey, bytesOf('CloudFront-Signature'))).toBe(true)
    expect(await asked({ key, proof: receipt, as: 'cookies' }, undefined, distributed)).toMatchObject({
      status: 400,
      json: { code: 'invalid_request', errors: [{ path: '/proof' }] },
    })
    expect(distributed.lines.join('')).not.toContain(values['CloudFront-Signature'])
  })
})

describe('a link is refused', () => {
  it('to somebody else, by the grant or by the receipt', async () => {
    const { grant, key, receipt } = await uploaded()
    for (const proof of [grant, receipt]) {
      const answer = await asked({ key, proof }, 'token-of-two')
      expect(answer).toMatchObject({ status: 403, json: { code: 'not_yours' } })
    }
  })

  it('for another key than the proof’s', async () => {
    const one = await uploaded()
    const two = await uploaded()
    for (const proof of [one.grant, one.receipt]) {
      expect(await asked({ key: two.key, proof })).toMatchObject({
        status: 400,
        json: { code: 'invalid_request', errors: [{ path: '/key' }] },
      })
    }
    const inside = `${one.key}/../../${two.key.split('/').slice(1).join('/')}`
    expect(await asked({ key: inside, proof: one.grant })).toMatchObject({ json: { code: 'invalid_request' } })
    expect(await asked({ key: `${one.key}x`, proof: one.receipt })).toMatchObject({ json: { code: 'invalid_request' } })
  })

  it('with a proof that was altered, or that another broker signed', async () => {
    const { key, grant, receipt } = await uploaded()
    const other = await brokerWith({ signingSecret: 'another secret of the tests, 32 bytes' })
    const foreign = await uploaded({ by: other })
    const altered = (proof: string) => proof.replace(/\.(.{9})./, (_all, kept: string) => `.${kept}_`)
    for (const proof of [altered(grant), altered(receipt), foreign.grant, foreign.receipt, 'nothing']) {
      expect(await asked({ key, proof })).toMatchObject({ status: 400, json: { code: 'grant_invalid' } })
    }
  })

  it('under a grant that was put on the deny-list, also by its receipts', async () => {
    const { key, grant, receipt } = await uploaded()
    const folder = await mkdtemp(join(tmpdir(), 'longshore-deny-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const denyFile = join(folder, 'deny.json')
    await writeFile(denyFile, JSON.stringify({ grants: [decodeJwt(receipt).grantId] }))
    const denying = await brokerWith({ links: {}, denyFile })
    for (const proof of [grant, receipt]) {
      expect(await asked({ key, proof }, undefined, denying)).toMatchObject({ status: 403, json: { code: 'revoked' } })
    }
  })

  it('where no object is', async () => {
    const { grant, keys } = await broker.grant()
    const answer = await asked({ key: keys[0]?.key ?? '', proof: grant })
    expect(answer).toMatchObject({ status: 404, json: { code: 'absent' } })
  })

  it('where the configuration has no links, and as cookies where it has no distribution', async () => {
    const without = await brokerWith({})
    const { key, grant } = await uploaded()
    const refusal = { status: 501, json: { code: 'not_supported' } }
    expect(await asked({ key, proof: grant }, undefined, without)).toMatchObject(refusal)
    expect(await asked({ key, proof: grant, as: 'cookies' })).toMatchObject(refusal)
  })

  it('where the store does not answer', async () => {
    const place = { ...configFor(store.emulator).store, endpoint: 'http://127.0.0.1:9' }
    const away = await brokerWith({ store: place, links: {} })
    const { key, grant } = await uploaded()
    const answer = await asked({ key, proof: grant }, undefined, away)
    expect(answer).toMatchObject({ status: 503, json: { code: 'unavailable' } })
  })

  it.each([
    ['/expiresIn', { expiresIn: 0 }],
    ['/expiresIn', { expiresIn: 604_801 }],
    ['/expiresIn', { expiresIn: 1.5 }],
    ['/method', { method: 'PUT' }],
    ['/fileName', { fileName: '' }],
    ['/fileName', { fileName: 'x'.repeat(256) }],
    ['/disposition', { disposition: 'form-data' }],
    ['/as', { as: 'form' }],
    ['/proof', { proof: '' }],
    ['', { more: true }],
  ])('with a wrong %s: %j', async (path, wrong) => {
    const answer = await broker.post('/v1/links', { key: 'drops/a', proof: 'x', expiresIn: 60, ...wrong })
    expect(answer).toMatchObject({ status: 400, json: { code: 'invalid_request', errors: [{ path }] } })
  })
})
