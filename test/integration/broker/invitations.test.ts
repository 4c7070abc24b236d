import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { GetObjectCommand } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { temporaryFolder } from '../../../scripts/temporary-folder.ts'
import type { BrokerConfig } from '../../../src/broker/config/config.ts'
import { sessionView, signIn } from '../../../src/main/engine/session.ts'
import { type GrantFile, grantResponseSchema, problemSchema } from '../../../src/shared/broker-api.ts'
import {
  type InviteRequest,
  invitationResponseSchema,
  inviteResponseSchema,
} from '../../../src/shared/broker-invitations.ts'
import { signPutResponseSchema } from '../../../src/shared/broker-uploads.ts'
import { storedSessionSchema } from '../../../src/shared/session.ts'
import { value } from '../../support/value.ts'
import { type Broker, configFor, crc32Of, file, runningBroker, runningStore, type Store } from './running-broker.ts'

const bytes = Buffer.from('hello world')
const day = 86_400
/** What the broker's own document says of its routes. */
const documentSchema = z.object({
  paths: z.record(z.string(), z.record(z.string(), z.object({ security: z.array(z.unknown()).optional() }))),
})

let store: Store
let config: BrokerConfig
let now = Date.now()
let broker: Broker
beforeAll(async () => {
  store = await runningStore()
  config = {
    ...configFor(store.emulator),
    publicUrl: 'https://send.example/',
    purposes: [
      { name: 'guests', label: 'Guests', kind: 'presigned_multipart', maxSize: 10_000, invitations: true },
      { name: 'own', label: 'Own people', kind: 'presigned_multipart' },
      { name: 'pictures', label: 'Pictures', kind: 'single_request', contentTypes: ['image/*'], invitations: true },
    ],
  }
  broker = await runningBroker(config, () => now)
})
afterAll(async () => {
  await broker?.close()
  await store?.close()
})

const asked = (request: Partial<InviteRequest> = {}) => ({
  purpose: 'guests',
  expiresIn: day,
  maxBytes: 1_000,
  maxFiles: 3,
  ...request,
})
const invite = async (request: Partial<InviteRequest> = {}) =>
  inviteResponseSchema.parse((await broker.post('/v1/invitations', asked(request))).json)
const invitationOf = async (token: string, { url } = broker) => {
  const answer = await fetch(`${url}/v1/invitation`, { headers: { authorization: `Bearer ${token}` } })
  return { status: answer.status, json: await answer.json() }
}
const grant = (token: string, files: GrantFile[] = [file()], purpose = 'guests') =>
  broker.post('/v1/grants', { purpose, files }, token)
const granted = async (token: string, files?: GrantFile[]) => {
  const { grant: text, keys } = grantResponseSchema.parse((await grant(token, files)).json)
  return { grant: text, key: keys[0]?.key ?? '' }
}
const putOf = (place: { grant: string; key: string }, size = bytes.length) => ({
  ...place,
  contentType: 'text/plain',
  metadata: {},
  size,
  crc32: crc32Of(bytes),
  md5: null,
  createOnly: false,
})
const refusal = (code: string) => ({ json: { code } })

describe('an invitation', () => {
  it('lets its holder send without an account, and says what is left of it', async () => {
    const { token, link } = await invite({ note: 'Please.' })
    expect(link).toBe(`https://send.example/invite/#${token}`)
    expect(token).toMatch(/^inv_/)
    const place = await granted(token)
    const signed = signPutResponseSchema.parse((await broker.post('/v1/uploads/put', putOf(place), token)).json)
    const { request } = signed
    if (request.method !== 'PUT') throw new Error('not a PUT')
    expect((await fetch(request.url, { method: 'PUT', headers: request.headers, body: bytes })).status).toBe(200)
    const objects = [{ key: place.key, size: bytes.length, crc32: crc32Of(bytes) }]
    const confirmed = await broker.post('/v1/confirm', { grant: place.grant, objects }, token)
    expect(confirmed.json).toMatchObject({ objects: [{ outcome: 'same' }] })
    const stored = await store.owner.send(new GetObjectCommand({ Bucket: 'uploads', Key: place.key }))
    expect(await stored.Body?.transformToString()).toBe('hello world')
    expect(invitationResponseSchema.parse((await invitationOf(token)).json)).toMatchObject({
      from: 'One',
      note: 'Please.',
      purpose: { name: 'guests', label: 'Guests' },
      usedFiles: 1,
      usedBytes: bytes.length,
      limits: { maxSize: 1_000, contentTypes: null },
    })
  })

  it('signs its holder in to the app, which says who invites', async () => {
    const { token, id } = await invite()
    const session = value(await signIn({ brokerUrl: broker.url, token }, crypto.randomUUID(), () => now))
    expect(storedSessionSchema.parse(session)).toEqual({
      brokerUrl: broker.url,
      brokerName: 'Longshore',
      token,
      subject: `invitation:${id}`,
      label: `invitation:${id}`,
      invitedBy: 'One',
      purposes: [{ name: 'guests', label: 'Guests' }],
    })
    expect(sessionView(session, true)).not.toHaveProperty('token')
  })

  it('is for its purpose only, and for no links and no further invitations', async () => {
    const { token } = await invite()
    expect(await grant(token, [file()], 'own')).toMatchObject({ status: 404, json: { code: 'unknown_purpose' } })
    expect(await broker.post('/v1/invitations', asked(), token)).toMatchObject({
      status: 403,
      ...refusal('not_allowed'),
    })
    expect(await broker.post('/v1/invitations/revoke', { token }, token)).toMatchObject(refusal('not_allowed'))
    const { key, grant: proof } = await granted(token)
    expect(await broker.post('/v1/links', { key, proof, expiresIn: 60 }, token)).toMatchObject(refusal('not_allowed'))
  })

  it('opens these routes and no others, whatever is added', async () => {
    const { token } = await invite()
    const answer = await fetch(`${broker.url}/v1/openapi.json`)
    const { paths } = documentSchema.parse(await answer.json())
    const routes = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { security }]) => ({ path, method, isPublic: security?.length === 0 })),
    )
    const open = await Promise.all(
      routes.map(async ({ path, method, isPublic }) => {
        if (isPublic) return []
        const headers = { authorization: `Bearer ${token}` }
        const asked = await fetch(broker.url + path, { method, headers })
        return problemSchema.safeParse(await asked.json()).data?.code === 'not_allowed' ? [] : path
      }),
    )
    expect(routes).toContainEqual({ path: '/v1/links', method: 'post', isPublic: false })
    expect(open.flat().toSorted()).toEqual([
      '/v1/confirm',
      '/v1/grants',
      '/v1/grants/renew',
      '/v1/invitation',
      '/v1/purposes',
      '/v1/uploads/abort',
      '/v1/uploads/complete',
      '/v1/uploads/create',
      '/v1/uploads/parts',
      '/v1/uploads/put',
      '/v1/uploads/sign',
    ])
  })

  it('has grants that nobody else can use, not even the one who invites', async () => {
    const place = await granted((await invite()).token)
    const other = await invite()
    for (const token of ['token-of-one', other.token]) {
      expect(await broker.post('/v1/uploads/put', putOf(place), token)).toMatchObject(refusal('not_yours'))
    }
  })

  it('takes no more files or bytes than it was made for, whatever a grant was asked for', async () => {
    const { token } = await invite({ maxFiles: 2, maxBytes: 100 })
    expect(await grant(token, [file(), file(), file()])).toMatchObject({ status: 403, ...refusal('over_quota') })
    expect(await grant(token, [file({ size: 60 }), file({ size: 60 })])).toMatchObject(refusal('over_quota'))
    const { token: small } = await invite({ maxSize: 10 })
    expect(await grant(small)).toMatchObject({ status: 413, ...refusal('too_large') })
    const place = await granted(token, [file({ size: 1 })])
    const put = (name: string, size: number) =>
      broker.post('/v1/uploads/put', putOf({ ...place, key: place.key + name }, size), token)
    expect(await put('', 60)).toMatchObject({ status: 200 })
    expect(await put('', 60)).toMatchObject({ status: 200 })
    expect(await put('-other', 41)).toMatchObject(refusal('over_quota'))
    const { uploadId } = (
      await broker.post(
        '/v1/uploads/create',
        { ...place, key: `${place.key}-other`, contentType: 'text/plain', metadata: {}, size: 40, fullObject: true },
        token,
      )
    ).json
    expect(uploadId).toEqual(expect.any(String))
    expect(await put('-third', 0)).toMatchObject(refusal('over_quota'))
    const sign = (partNumber: number, size: number) => {
      const parts = [{ partNumber, size, crc32: crc32Of(bytes), md5: null }]
      return broker.post('/v1/uploads/sign', { ...place, key: `${place.key}-other`, uploadId, parts }, token)
    }
    expect(await sign(1, 30)).toMatchObject({ status: 200 })
    expect(await sign(1, 30)).toMatchObject({ status: 200 })
    expect(await sign(2, 11)).toMatchObject(refusal('over_quota'))
  })

  it('gives a grant again for files that were counted, and counts nothing that is refused', async () => {
    const { token } = await invite({ maxFiles: 1, maxBytes: 11 })
    const files = [file()]
    const place = await granted(token, files)
    const forged = putOf({ ...place, grant: 'forged', key: 'elsewhere' })
    expect(await broker.post('/v1/uploads/put', forged, token)).toMatchObject(refusal('grant_invalid'))
    expect(await broker.post('/v1/uploads/put', putOf(place), token)).toMatchObject({ status: 200 })
    expect((await grant(token, files)).json).toMatchObject({ keys: [{ key: place.key }] })
    expect(await grant(token)).toMatchObject(refusal('over_quota'))
  })

  it('lets each object be written once', async () => {
    const { token } = await invite()
    const place = await granted(token)
    const { request } = signPutResponseSchema.parse((await broker.post('/v1/uploads/put', putOf(place), token)).json)
    if (request.method !== 'PUT') throw new Error('not a PUT')
    const send = async () => (await fetch(request.url, { method: 'PUT', headers: request.headers, body: bytes })).status
    expect([await send(), await send()]).toEqual([200, 412])
  })

  it('counts against the day of its maker, and what it refuses does not', async () => {
    const limited = await runningBroker({ ...config, limits: { user: { filesPerDay: 2 } } })
    onTestFinished(limited.close)
    const { token } = inviteResponseSchema.parse((await limited.post('/v1/invitations', asked({ maxFiles: 1 }))).json)
    const ask = async (who: string) =>
      grantResponseSchema.parse((await limited.post('/v1/grants', { purpose: 'guests', files: [file()] }, who)).json)
    const { grant: text, keys } = await ask(token)
    const put = (name: string) =>
      limited.post('/v1/uploads/put', putOf({ grant: text, key: keys[0]?.key + name }), token)
    expect(await put('')).toMatchObject({ status: 200 })
    for (let number = 0; number < 5; number += 1) {
      expect(await put(String(number))).toMatchObject(refusal('over_quota'))
    }
    const own = await ask('token-of-one')
    const place = { grant: own.grant, key: own.keys[0]?.key ?? '' }
    expect(await limited.post('/v1/uploads/put', putOf(place))).toMatchObject({ status: 200 })
    const more = inviteResponseSchema.parse((await limited.post('/v1/invitations', asked())).json)
    const refused = await limited.post('/v1/grants', { purpose: 'guests', files: [file()] }, more.token)
    expect(refused).toMatchObject({ status: 429, ...refusal('daily_limit') })
  })

  it('takes the types that it was made for and no others', async () => {
    const { token } = await invite({ purpose: 'pictures', contentTypes: ['image/png'] })
    const ask = (contentType?: string) => grant(token, [file({ ...(contentType && { contentType }) })], 'pictures')
    expect(await ask('image/png')).toMatchObject({ status: 200 })
    expect(await ask('image/gif')).toMatchObject({ status: 415, ...refusal('type_not_allowed') })
    expect(await ask()).toMatchObject(refusal('type_not_allowed'))
  })

  it('ends in time, also in the middle of an upload; what was sent can still be looked at', async () => {
    const { token } = await invite({ expiresIn: 60 })
    const place = await granted(token)
    const begin = { ...place, contentType: 'text/plain', metadata: {}, size: bytes.length, fullObject: true }
    const { uploadId } = (await broker.post('/v1/uploads/create', begin, token)).json
    onTestFinished(() => {
      now = Date.now()
    })
    now += 61_000
    expect(await invitationOf(token)).toMatchObject({ status: 410, ...refusal('deadline_passed') })
    expect(await broker.post('/v1/uploads/put', putOf(place), token)).toMatchObject(refusal('deadline_passed'))
    const objects = [{ key: place.key, size: 1, crc32: null }]
    expect(await broker.post('/v1/confirm', { grant: place.grant, objects }, token)).toMatchObject({ status: 200 })
    const upload = { ...place, uploadId }
    expect(await broker.post('/v1/uploads/parts', upload, token)).toMatchObject(refusal('deadline_passed'))
    expect(await broker.post('/v1/uploads/abort', upload, token)).toMatchObject({ status: 200 })
    now = Date.now()
    expect(await broker.post('/v1/uploads/parts', upload, token)).toMatchObject(refusal('upload_lost'))
  })

  it('that was altered, or is another broker’s, is nobody’s', async () => {
    const { token } = await invite()
    const other = await runningBroker({ ...config, signingSecret: 'another secret of the tests, 32 bytes' })
    onTestFinished(other.close)
    expect(await invitationOf(token, other)).toMatchObject({ status: 401, ...refusal('unauthenticated') })
    const [header, payload = '', signature] = token.slice(4).split('.')
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString())
    const wider = Buffer.from(JSON.stringify({ ...claims, maxBytes: 10 ** 12 })).toString('base64url')
    expect(await invitationOf(`inv_${header}.${wider}.${signature}`)).toMatchObject(refusal('unauthenticated'))
    const { grant: grantToken } = await granted(token)
    expect(await invitationOf(`inv_${grantToken}`)).toMatchObject(refusal('unauthenticated'))
  })
})

describe('taking an invitation back', () => {
  it('ends it at the next grant, renewal, signature and completion, and can be repeated', async () => {
    const { token, id } = await invite()
    const place = await granted(token)
    const revoke = () => broker.post('/v1/invitations/revoke', { token })
    expect(await revoke()).toMatchObject({ status: 200, json: { id } })
    expect(await revoke()).toMatchObject({ status: 200, json: { id } })
    const revoked = { status: 403, ...refusal('revoked') }
    expect(await grant(token)).toMatchObject(revoked)
    expect(await broker.post('/v1/grants/renew', { grant: place.grant }, token)).toMatchObject(revoked)
    expect(await broker.post('/v1/uploads/put', putOf(place), token)).toMatchObject(revoked)
    const upload = { ...place, uploadId: 'a' }
    const part = { partNumber: 1, size: 1, crc32: crc32Of(bytes), md5: null }
    expect(await broker.post('/v1/uploads/sign', { ...upload, parts: [part] }, token)).toMatchObject(revoked)
    const parts = [{ partNumber: 1, etag: 'a', crc32: null }]
    const complete = { ...upload, size: 1, crc32: null, parts, fullObject: false, createOnly: false }
    expect(await broker.post('/v1/uploads/complete', complete, token)).toMatchObject(revoked)
    expect(await invitationOf(token)).toMatchObject(revoked)
    expect(await invitationOf((await invite()).token)).toMatchObject({ status: 200 })
  })

  it('is not needed where its maker may use the broker no longer', async () => {
    const { token } = await invite()
    const folder = await temporaryFolder('invitations')
    onTestFinished(folder.remove)
    const denyFile = join(folder.path, 'deny.json')
    await writeFile(denyFile, JSON.stringify({ subjects: ['user-1'] }))
    const later = await runningBroker({ ...config, denyFile })
    onTestFinished(later.close)
    expect(await invitationOf(token, later)).toMatchObject({ status: 403, ...refusal('revoked') })
  })

  it('is for the one who made it', async () => {
    const { token } = await invite()
    expect(await broker.post('/v1/invitations/revoke', { token }, 'token-of-two')).toMatchObject(refusal('not_yours'))
    expect(await broker.post('/v1/invitations/revoke', { token: 'inv_x' })).toMatchObject(refusal('invalid_request'))
    expect(await invitationOf(token)).toMatchObject({ status: 200 })
  })
})

describe('inviting', () => {
  it('is refused where the purpose has no invitations, and never gives more than the purpose', async () => {
    const ask = (request: Partial<InviteRequest>) => broker.post('/v1/invitations', asked(request))
    expect(await ask({ purpose: 'own' })).toMatchObject({ status: 403, ...refusal('not_allowed') })
    expect(await ask({ purpose: 'none' })).toMatchObject(refusal('unknown_purpose'))
    expect(await ask({ maxSize: 10_001 })).toMatchObject({ json: { errors: [{ path: '/maxSize' }] } })
    const types = { purpose: 'pictures', contentTypes: ['image/png', 'text/plain'] }
    expect(await ask(types)).toMatchObject({ status: 400, json: { errors: [{ path: '/contentTypes' }] } })
    expect(await ask({ contentTypes: ['jpg'] })).toMatchObject({
      status: 400,
      json: { errors: [{ path: '/contentTypes/0', message: 'must be a media type' }] },
    })
    expect(await ask({ expiresIn: 0 })).toMatchObject(refusal('invalid_request'))
  })

  it('is audited, and so is each use with the invitation and its maker, and no token is logged', async () => {
    const { token, id } = await invite()
    const place = await granted(token)
    await broker.post('/v1/uploads/put', putOf(place, 10_000), token)
    await broker.post('/v1/invitations/revoke', { token })
    const lines = broker.lines
      .map((line) => JSON.parse(line))
      .filter(({ audit }) => JSON.stringify(audit)?.includes(id))
    expect(lines.map(({ audit, invitation }) => [audit.event, invitation?.inviter])).toEqual([
      ['invitation', undefined],
      ['grant', 'user-1'],
      ['refusal', 'user-1'],
      ['invitation_revoked', undefined],
    ])
    expect(broker.lines.join('')).not.toContain(token.slice(4))
  })
})

describe('the page for invitations', () => {
  it('may load nothing but itself and send nowhere but to the store', async () => {
    const page = await fetch(`${broker.url}/invite/`)
    expect(page.status).toBe(200)
    const { origin } = new URL(store.emulator.endpoint)
    expect(page.headers.get('content-security-policy')).toBe(
      `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self' ${origin}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    )
    expect(page.headers.get('referrer-policy')).toBe('no-referrer')
    expect((await fetch(`${broker.url}/invite`)).url).toBe(`${broker.url}/invite/`)
    expect((await fetch(`${broker.url}/invite/..%2fadd-page-routes.ts`)).status).toBe(404)
  })

  it('is not there where nobody can be invited', async () => {
    const plain = await runningBroker(configFor(store.emulator))
    onTestFinished(plain.close)
    expect((await fetch(`${plain.url}/invite/`)).status).toBe(404)
  })
})
