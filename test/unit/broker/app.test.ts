import { describe, expect, it } from 'vitest'
import { createApp } from '../../../src/broker/app.ts'
import { type BrokerConfig, brokerConfigSchema } from '../../../src/broker/config/config.ts'
import { createGrants } from '../../../src/broker/grants/grants.ts'
import { createInvitations } from '../../../src/broker/invitations/invitations.ts'
import type { SessionKind } from '../../../src/broker/kinds/session.ts'
import { createStoreClients } from '../../../src/broker/kinds/signed/store-clients.ts'
import { createUploads } from '../../../src/broker/kinds/signed/uploads.ts'
import { createMetrics } from '../../../src/broker/metrics.ts'
import type { Confirm } from '../../../src/broker/objects/confirm.ts'
import { createReceipts } from '../../../src/broker/objects/receipts.ts'
import { createWebhooks } from '../../../src/broker/objects/webhooks.ts'
import { memoryCounters } from '../../../src/broker/people/memory-counters.ts'
import { createReadiness } from '../../../src/broker/readiness.ts'
import {
  aboutResponseSchema,
  type GrantFile,
  grantResponseSchema,
  problemSchema,
  purposesResponseSchema,
  renewResponseSchema,
} from '../../../src/shared/broker-api.ts'
import { peopleOfTokens } from '../../support/broker-people.ts'

const start = Date.UTC(2026, 0, 1)
const day = 86_400_000
const secrets = [
  'a secret of the tests, 32 bytes long',
  'token-of-one',
  'token-of-two',
  'the-secret-key',
  'the-session',
]
const [signingSecret, one, two, secretAccessKey, sessionToken] = secrets as [string, string, string, string, string]

const config: BrokerConfig = {
  signingSecret,
  name: 'The broker of the tests',
  tokens: [
    { token: one, subject: 'user-1', label: 'One' },
    { token: two, subject: 'user-2', label: 'Two' },
  ],
  store: { bucket: 'uploads', region: 'eu-central-1', publicEndpoint: 'https://store.example', addressing: 'path' },
  purposes: [
    { name: 'drop', label: 'Drop' },
    { name: 'small', label: 'Small files', maxSize: 100 },
    {
      name: 'folders',
      label: 'Folders',
      keyTemplate: { prefix: 'folders/{userHash}/{folderHash}/', suffix: '{path}' },
    },
  ],
}

/** A broker over an STS and a store that say what they are told to. */
const broker = (overrides: { config?: BrokerConfig; session?: SessionKind; confirm?: Confirm } = {}) => {
  const settings = brokerConfigSchema.parse(overrides.config ?? config)
  let time = start
  const now = () => time
  const lines: string[] = []
  const session: SessionKind = overrides.session ?? {
    issue: async () => ({
      ok: true,
      value: {
        credentials: { accessKeyId: 'ASIAEXAMPLE', secretAccessKey, sessionToken, expiration: time + 3_600_000 },
        packedPolicySize: 12,
      },
    }),
  }
  const people = peopleOfTokens(settings, now)
  const grants = createGrants({ settings, sessions: { federation_token: session }, people, now })
  const app = createApp({
    settings,
    people,
    grants,
    invitations: createInvitations({
      settings,
      purposesOf: grants.purposesOf,
      counters: memoryCounters(now),
      isDenied: () => false,
      now,
    }),
    storeOrigins: [],
    uploads: createUploads({ clients: createStoreClients(settings, () => {}), now }),
    confirm:
      overrides.confirm ??
      (async (_bucket, objects) => ({ ok: true, value: objects.map(({ key }) => ({ key, outcome: 'absent' })) })),
    receipts: createReceipts(signingSecret),
    webhooks: createWebhooks({ webhooks: [], now, random: Math.random }),
    links: async () => ({ ok: false, failure: { code: 'not_supported' } }),
    metrics: createMetrics(),
    readiness: createReadiness({}, now),
    now,
    log: { write: (line) => lines.push(line) },
  })
  return {
    app,
    lines,
    audits: () => lines.flatMap((line) => JSON.parse(line).audit ?? []),
    wait: (milliseconds: number) => {
      time += milliseconds
    },
    post: (url: string, payload: object, token = one) =>
      app.inject({ method: 'POST', url, payload, headers: { authorization: `Bearer ${token}` } }),
  }
}
type Broker = ReturnType<typeof broker>

const idOf = (number: number) => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`
const file = (overrides: Partial<GrantFile> = {}): GrantFile => ({ id: idOf(1), name: 'a.txt', size: 3, ...overrides })
const grantOf = async ({ post }: Broker, token = one) =>
  grantResponseSchema.parse((await post('/v1/grants', { purpose: 'drop', files: [file()] }, token)).json())

describe('the open routes', () => {
  it('say who the broker is and that it lives, to anyone', async () => {
    const { app } = broker()
    expect(aboutResponseSchema.parse((await app.inject('/v1/about')).json())).toEqual({
      name: 'The broker of the tests',
      serverTime: start,
    })
    expect((await app.inject('/healthz')).statusCode).toBe(200)
  })
})

describe('purposes', () => {
  it('say who the caller is, what may be sent and what only by watched folders, and nothing of the templates', async () => {
    const { app } = broker()
    const answer = await app.inject({ url: '/v1/purposes', headers: { authorization: `Bearer ${two}` } })
    expect(answer.json()).toEqual({
      subject: { id: 'user-2', label: 'Two' },
      purposes: [
        { name: 'drop', label: 'Drop', maxSize: 50_000_000_000_000, contentTypes: null },
        { name: 'small', label: 'Small files', maxSize: 100, contentTypes: null },
        { name: 'folders', label: 'Folders', maxSize: 50_000_000_000_000, contentTypes: null, folders: true },
      ],
      serverTime: start,
    })
    expect(purposesResponseSchema.safeParse(answer.json()).success).toBe(true)
  })
})

describe('a grant', () => {
  it('says where the objects go, their keys, the credentials and how long it can be renewed', async () => {
    const own = broker()
    const answer = await own.post('/v1/grants', {
      purpose: 'drop',
      files: [file(), file({ id: idOf(2), relativePath: 'folder/b.txt' })],
    })
    const grant = grantResponseSchema.parse(answer.json())
    const { prefix } = grant.destination
    expect(grant).toEqual({
      grant: expect.any(String),
      destination: {
        kind: 'federation_token',
        bucket: 'uploads',
        prefix: expect.stringMatching(/^drops\/[0-9a-f-]{36}\/$/),
        region: 'eu-central-1',
        endpoint: 'https://store.example',
        addressing: 'path',
        accelerate: false,
        dualStack: false,
        options: {},
      },
      keys: [
        { id: idOf(1), key: `${prefix}${idOf(1)}/a.txt` },
        { id: idOf(2), key: `${prefix}${idOf(2)}/folder/b.txt` },
      ],
      credentials: { accessKeyId: 'ASIAEXAMPLE', secretAccessKey, sessionToken, expiration: start + 3_600_000 },
      limits: { maxSize: 50_000_000_000_000, contentTypes: null },
      serverTime: start,
      renewUntil: start + 14 * day,
    })
    expect(answer.headers['cache-control']).toBe('no-store')
  })

  it('has the same keys when it is asked for again, days later, and others for somebody else', async () => {
    const own = broker()
    const first = await grantOf(own)
    own.wait(3 * day)
    const again = await grantOf(own)
    expect(again.keys).toEqual(first.keys)
    expect(again.destination).toEqual(first.destination)
    expect((await grantOf(own, two)).destination.prefix).not.toBe(first.destination.prefix)
  })

  it('serves 1,000 files with long names', async () => {
    const name = `${'n'.repeat(1_015)}.tiff`
    const files = Array.from({ length: 1_000 }, (_, index) =>
      file({ id: idOf(index), name, relativePath: `${'f'.repeat(60)}/${name.slice(-800)}` }),
    )
    const answer = await broker().post('/v1/grants', { purpose: 'drop', files })
    expect(answer.statusCode).toBe(200)
    expect(new Set(grantResponseSchema.parse(answer.json()).keys.map(({ key }) => key)).size).toBe(1_000)
  })

  it('is renewed for its owner for as long as it said, and confirmed for a while after', async () => {
    const own = broker()
    const { grant } = await grantOf(own)
    const late = start + 14 * day - 1
    own.wait(14 * day - 1)
    expect(renewResponseSchema.parse((await own.post('/v1/grants/renew', { grant })).json())).toEqual({
      grant: expect.any(String),
      credentials: expect.objectContaining({ expiration: late + 3_600_000 }),
      serverTime: late,
      renewUntil: late + 14 * day,
    })
    own.wait(1)
    expect((await own.post('/v1/grants/renew', { grant })).json()).toMatchObject({
      code: 'deadline_passed',
      status: 410,
    })

    const confirm = { grant, objects: [{ key: (await grantOf(own)).keys[0]?.key, size: 3, crc32: 'AAAAAA==' }] }
    expect((await own.post('/v1/confirm', confirm)).statusCode).toBe(200)
    own.wait(31 * day)
    expect((await own.post('/v1/confirm', confirm)).json()).toMatchObject({ code: 'deadline_passed' })
  })

  it('is neither renewed nor confirmed for anybody else', async () => {
    const own = broker()
    const { grant, keys } = await grantOf(own)
    const notYours = { status: 403, code: 'not_yours' }
    expect((await own.post('/v1/grants/renew', { grant }, two)).json()).toMatchObject(notYours)
    const objects = [{ key: keys[0]?.key, size: 3, crc32: 'AAAAAA==' }]
    expect((await own.post('/v1/confirm', { grant, objects }, two)).json()).toMatchObject(notYours)
  })

  it('is renewed by another replica, but not once its purpose is gone', async () => {
    const { grant, destination } = await grantOf(broker())
    const scopes: unknown[] = []
    const replica = broker({
      session: {
        issue: async ({ subject, bucket, prefix }) => {
          scopes.push({ subject, bucket, prefix })
          return {
            ok: true,
            value: {
              credentials: { accessKeyId: 'A', secretAccessKey, sessionToken, expiration: start },
              packedPolicySize: null,
            },
          }
        },
      },
    })
    expect((await replica.post('/v1/grants/renew', { grant })).statusCode).toBe(200)
    expect(scopes).toEqual([{ subject: 'user-1', bucket: 'uploads', prefix: destination.prefix }])

    const without = broker({ config: { ...config, purposes: [{ name: 'small', label: 'Small files' }] } })
    expect((await without.post('/v1/grants/renew', { grant })).json()).toMatchObject({ status: 403, code: 'revoked' })
  })

  it('is over once its purpose permits otherwise, so that a new one is asked for', async () => {
    const { grant } = await grantOf(broker())
    const purposes = [{ name: 'drop', label: 'Drop', kind: 'single_request' as const }]
    const changed = broker({ config: { ...config, purposes } })
    expect((await changed.post('/v1/grants/renew', { grant })).json()).toMatchObject({ code: 'deadline_passed' })
  })
})

describe('a refusal', () => {
  const grantRequest = (overrides: object = {}) => ({ purpose: 'drop', files: [file()], ...overrides })
  const cases: [string, number, string, string, object | string, Record<string, string>?][] = [
    ['no body', 400, 'invalid_request', '/v1/grants', ''],
    ['malformed JSON', 400, 'invalid_request', '/v1/grants', '{"purpose": "drop"'],
    ['JSON that is no object', 400, 'invalid_request', '/v1/grants', '7'],
    ['JSON a million levels deep', 400, 'invalid_request', '/v1/grants', `${'['.repeat(1e6)}${']'.repeat(1e6)}`],
    [
      'deep JSON with a poisoned prototype',
      400,
      'invalid_request',
      '/v1/grants',
      `${'['.repeat(9e5)}{"__proto__":1}${']'.repeat(9e5)}`,
    ],
    ['a poisoned prototype', 400, 'invalid_request', '/v1/grants', '{"__proto__": {"purpose": "drop"}}'],
    ['another type of content', 415, 'invalid_request', '/v1/grants', 'a', { 'content-type': 'text/plain' }],
    ['a form', 415, 'invalid_request', '/v1/grants', 'a=b', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['wrong types', 400, 'invalid_request', '/v1/grants', { purpose: 7, files: 'all' }],
    ['no files', 400, 'invalid_request', '/v1/grants', grantRequest({ files: [] })],
    ['an unknown field', 400, 'invalid_request', '/v1/grants', grantRequest({ bucket: 'mine' })],
    [
      'an unknown field of a file',
      400,
      'invalid_request',
      '/v1/grants',
      { purpose: 'drop', files: [{ ...file(), key: 'mine' }] },
    ],
    ['an id that is none', 400, 'invalid_request', '/v1/grants', grantRequest({ files: [file({ id: '../1' })] })],
    ['an id twice', 400, 'invalid_request', '/v1/grants', grantRequest({ files: [file(), file()] })],
    ['a negative size', 400, 'invalid_request', '/v1/grants', grantRequest({ files: [file({ size: -1 })] })],
    ['half a byte', 400, 'invalid_request', '/v1/grants', grantRequest({ files: [file({ size: 0.5 })] })],
    [
      'an absurd size',
      400,
      'invalid_request',
      '/v1/grants',
      '{"purpose":"drop","files":[{"id":"00000000-0000-4000-8000-000000000001","name":"a","size":1e999}]}',
    ],
    [
      'more than S3 stores',
      400,
      'invalid_request',
      '/v1/grants',
      grantRequest({ files: [file({ size: 50_000_000_000_001 })] }),
    ],
    ['an empty name', 400, 'invalid_request', '/v1/grants', grantRequest({ files: [file({ name: '' })] })],
    [
      '1,001 files',
      400,
      'invalid_request',
      '/v1/grants',
      grantRequest({ files: Array.from({ length: 1_001 }, (_, index) => file({ id: idOf(index) })) }),
    ],
    ['10 MB', 413, 'invalid_request', '/v1/grants', grantRequest({ purpose: 'a'.repeat(10_000_000) })],
    ['a purpose that is not there', 404, 'unknown_purpose', '/v1/grants', grantRequest({ purpose: 'constructor' })],
    [
      'a file larger than the purpose allows',
      413,
      'too_large',
      '/v1/grants',
      grantRequest({ purpose: 'small', files: [file({ size: 101 })] }),
    ],
    ['a token that is no grant', 400, 'grant_invalid', '/v1/grants/renew', { grant: 'hello' }],
    ['a grant that is too long', 400, 'invalid_request', '/v1/grants/renew', { grant: 'a'.repeat(16_385) }],
    [
      'a checksum that is none',
      400,
      'invalid_request',
      '/v1/confirm',
      { grant: 'a', objects: [{ key: 'a', size: 1, crc32: '' }] },
    ],
    ['a route that is not there', 404, 'not_found', '/v2/grants', {}],
    ['another method', 404, 'not_found', '/v1/about', {}],
    ['an address that cannot be decoded', 400, 'invalid_request', '/v1/%ff', {}],
  ]
  it.each(cases)('of %s says %i %s', async (_what, status, code, url, payload, headers) => {
    const { app, audits } = broker()
    const answer = await app.inject({
      method: 'POST',
      url,
      payload,
      headers: { authorization: `Bearer ${one}`, 'content-type': 'application/json', ...headers },
    })
    expect(answer.statusCode).toBe(status)
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/)
    expect(problemSchema.parse(answer.json())).toMatchObject({ status, code })
    expect(answer.body).not.toMatch(/node_modules|\.ts:| {4}at /)
    expect(audits()).toEqual([expect.objectContaining({ event: 'refusal', status, code })])
  })

  it.each([undefined, 'Bearer nobody', `Basic ${one}`])('meets whoever comes with %j', async (authorization) => {
    const { app } = broker()
    for (const [method, url] of [
      ['GET', '/v1/purposes'],
      ['POST', '/v1/grants'],
      ['POST', '/v1/grants/renew'],
      ['POST', '/v1/confirm'],
    ] as const) {
      const answer = await app.inject({ method, url, ...(authorization && { headers: { authorization } }) })
      expect(answer.json()).toMatchObject({ status: 401, code: 'unauthenticated' })
      expect(answer.headers['www-authenticate']).toBe('Bearer')
    }
  })

  it('names the fields that are wrong, but not their values, and not thousands of them', async () => {
    const { post } = broker()
    const files = Array.from({ length: 500 }, () => ({ ...file(), size: 'private words' }))
    const answer = await post('/v1/grants', { purpose: 'drop', files })
    const { errors } = problemSchema.parse(answer.json())
    expect(errors?.[0]).toEqual({ path: '/files/0/size', message: expect.any(String) })
    expect(errors).toHaveLength(20)
    expect(answer.body).not.toContain('private words')
  })

  it.each(['drops/other/a', '../a', '\ud800'])(
    'meets the confirmation of a key that is not of the grant: %j',
    async (tail) => {
      const own = broker()
      const { grant, destination } = await grantOf(own)
      const key = tail.startsWith('drops') ? tail : `${destination.prefix}${tail}`
      const answer = await own.post('/v1/confirm', { grant, objects: [{ key, size: 1, crc32: 'AAAAAA==' }] })
      expect(answer.json()).toMatchObject({
        status: 400,
        code: 'invalid_request',
        errors: [{ path: '/objects/0/key', message: 'is no key of this grant' }],
      })
    },
  )

  it('says unavailable and when to come again while STS denies, and logs why', async () => {
    const cause = { operation: 'GetFederationToken', name: 'AccessDenied', status: 403, requestId: 'request-1' }
    const own = broker({ session: { issue: async () => ({ ok: false, failure: cause }) } })
    const answer = await own.post('/v1/grants', grantRequest())
    expect(answer.json()).toMatchObject({ status: 503, code: 'unavailable' })
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
    expect(answer.body).not.toContain('AccessDenied')
    expect(own.lines.map((line) => JSON.parse(line).cause)).toContainEqual(cause)
  })

  it('of a mistake of our own is a 500 that says nothing', async () => {
    const own = broker({
      session: {
        issue: async () => {
          throw new Error('inner words')
        },
      },
    })
    const answer = await own.post('/v1/grants', grantRequest())
    expect(answer.json()).toMatchObject({ status: 500, code: 'unavailable' })
    expect(answer.body).not.toContain('inner words')
  })
})

describe('the log', () => {
  it('has one audit line for each grant, renewal, confirmation and refusal, and no secret', async () => {
    const own = broker()
    const { grant, keys, destination } = await grantOf(own)
    await own.post('/v1/grants/renew', { grant })
    await own.post('/v1/confirm', { grant, objects: [{ key: keys[0]?.key, size: 3, crc32: 'AAAAAA==' }] })
    await own.post('/v1/grants/renew', { grant: `${grant}x` })
    await own.post('/v1/grants/renew', { grant }, two)
    await own.post('/v1/grants/renew', { grant }, 'a-wrong-token')
    await own.post(`/v1/nowhere?access_token=${one}`, { grant })

    const grantId = expect.stringMatching(/^[0-9a-f-]{36}$/)
    const expiration = start + 3_600_000
    const refusal = { event: 'refusal', route: '/v1/grants/renew' }
    expect(own.audits()).toEqual([
      {
        event: 'grant',
        subject: 'user-1',
        purpose: 'drop',
        grantId,
        kind: 'federation_token',
        bucket: 'uploads',
        prefix: destination.prefix,
        files: 1,
        bytes: 3,
        expiration,
        packedPolicySize: 12,
      },
      { event: 'renewal', subject: 'user-1', purpose: 'drop', grantId, expiration, packedPolicySize: 12 },
      { event: 'confirm', subject: 'user-1', grantId, same: 0, different: 0, absent: 1 },
      { ...refusal, subject: 'user-1', code: 'grant_invalid', status: 400 },
      { ...refusal, subject: 'user-2', code: 'not_yours', status: 403 },
      { ...refusal, subject: null, code: 'unauthenticated', status: 401 },
      { event: 'refusal', subject: null, route: null, code: 'not_found', status: 404 },
    ])
    const all = own.lines.join('')
    for (const secret of [...secrets, grant, 'a-wrong-token', 'Bearer']) expect(all).not.toContain(secret)
  })
})
