import { request } from 'node:http'
import { json } from 'node:stream/consumers'
import { DeleteBucketCommand } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { grantKey, signGrant } from '../../../src/broker/grants/grant-token.ts'
import { problemSchema } from '../../../src/shared/broker-api.ts'
import { type Broker, configFor, file, runningBroker, runningStore, type Store } from './running-broker.ts'

const purposes = [
  { name: 'drop', label: 'Drop' },
  { name: 'guests', label: 'Guests', kind: 'presigned_multipart', invitations: true },
] as const

let store: Store
let broker: Broker
/** Every route with a body, and every other one. */
let posted: readonly string[]
let fetched: readonly string[]
/** Of a right request. */
let granted: { readonly grant: string; readonly key: string }

const start = async (own: Store) => {
  const config = configFor(own.emulator)
  return runningBroker({ ...config, purposes: [...purposes], publicUrl: 'https://send.example', links: {} })
}
beforeAll(async () => {
  store = await runningStore()
  broker = await start(store)
  const { paths } = await (await fetch(`${broker.url}/v1/openapi.json`)).json()
  const withMethod = (method: string) => Object.keys(paths).filter((path) => method in paths[path])
  posted = withMethod('post')
  fetched = withMethod('get')
  const { grant, keys } = await broker.grant()
  granted = { grant, key: keys[0]?.key ?? '' }
})
afterAll(async () => {
  await broker.close()
  await store.close()
})

/** Sends bytes as they are, also what `fetch` would put right. */
const send = (
  path: string,
  body: string | Buffer,
  { method = 'POST', ...headers }: Readonly<Record<string, string>> = {},
) =>
  new Promise<{ status: number; type: string; body: unknown }>((resolve, reject) => {
    const sent = request(broker.url, {
      method,
      path,
      headers: { authorization: 'Bearer token-of-one', 'content-type': 'application/json', ...headers },
    })
    sent.on('response', async (answer) =>
      resolve({
        status: answer.statusCode ?? 0,
        type: answer.headers['content-type'] ?? '',
        body: await json(answer),
      }),
    )
    sent.on('error', reject)
    sent.end(body)
  })

/** A refusal as the API promises it: a client's mistake, with a stable code, and nothing of what is inside. */
const refused = ({ status, type, body }: Awaited<ReturnType<typeof send>>) => {
  const problem = problemSchema.parse(body)
  expect(type).toMatch(/^application\/problem\+json/)
  expect(status).toBeGreaterThanOrEqual(400)
  expect(status).toBeLessThan(500)
  expect(problem.status).toBe(status)
  expect(JSON.stringify(body)).not.toMatch(/node_modules|\.[jt]s:\d|\bat \w+ \(/)
  return problem
}
const forEachPosted = async (of: (path: string) => Promise<void>) => {
  expect(posted.length).toBeGreaterThan(10)
  for (const path of posted) await of(path)
}

const deep = (levels: number) => `${'{"files":['.repeat(levels)}${']}'.repeat(levels)}`
const bodies: readonly (readonly [string, string | Buffer])[] = [
  ['nothing', ''],
  ['half of an object', '{"purpose": "dr'],
  ['null', 'null'],
  ['a list', '[]'],
  ['a text', '"drop"'],
  ['a number', '1e400'],
  ['an empty object', '{}'],
  ['a field that is unknown', '{"purpose":"drop","files":[],"admin":true}'],
  ['__proto__', '{"__proto__":{"caller":{"subject":"user-2"}}}'],
  ['constructor.prototype', '{"constructor":{"prototype":{"subject":"user-2"}}}'],
  ['wrong types', '{"grant":1,"key":[],"purpose":{},"files":"","objects":7,"token":null}'],
  ['5,000 levels', deep(5_000)],
  ['bytes that are no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])],
  ['NUL', '\0'],
]

describe.each(bodies)('%s as the body', (_, body) => {
  test('is refused by every route', async () => {
    await forEachPosted(async (path) => {
      expect(refused(await send(path, body)).code, path).toBe('invalid_request')
    })
  })
})

test('what names thousands of things is refused before it is looked at, but where a request may', async () => {
  const metadata = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`name-${index}`, 'x']))
  const answer = await send('/v1/uploads/put', JSON.stringify({ metadata }))
  expect([answer.status, refused(answer).code]).toEqual([413, 'invalid_request'])
})

test('10 MB are refused by every route', async () => {
  const { url } = broker
  await forEachPosted(async (path) => {
    const answer = await fetch(url + path, {
      method: 'POST',
      headers: { authorization: 'Bearer token-of-one', 'content-type': 'application/json' },
      body: `{"purpose":"${'a'.repeat(10_000_000)}"}`,
    })
    expect([path, answer.status]).toEqual([path, 413])
    expect(problemSchema.parse(await answer.json()).code).toBe('invalid_request')
  })
})

test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'nonsense', ''])(
  'the content type %j is refused by every route',
  async (type) => {
    await forEachPosted(async (path) => {
      expect(refused(await send(path, '{}', { 'content-type': type })).code, path).toBe('invalid_request')
    })
  },
)

test('the wrong method finds nothing', async () => {
  await forEachPosted(async (path) => {
    expect(refused(await send(path, '{}', { method: 'PUT' })).code, path).toBe('not_found')
  })
  for (const path of fetched)
    expect(refused(await send(path, '{}')).code, path).toBe(posted.includes(path) ? 'invalid_request' : 'not_found')
})

test.each([
  '',
  'Bearer',
  'Bearer ',
  'Bearer nobody',
  'Basic dG9rZW4=',
  `Bearer ${'a'.repeat(20_000)}`,
  'Bearer token-of-one, x',
])('the header %# lets nobody in', async (authorization) => {
  await forEachPosted(async (path) => {
    expect(refused(await send(path, '{}', { authorization })).code, path).toBe('unauthenticated')
  })
})

test.each([
  '/v1/%',
  '/v1/grants%00',
  '/%2e%2e/etc/passwd',
  '/v1/docs/static/..%2f..%2fpackage.json',
  `/${'a'.repeat(8_000)}`,
  '/v1//grants',
  '*',
])('there is nothing at the address %#', async (path) => {
  const { code } = refused(await send(path, '', { method: 'GET' }))
  expect(['not_found', 'invalid_request']).toContain(code)
})

describe('a grant request', () => {
  const ask = (files: unknown, more: object = {}) =>
    send('/v1/grants', JSON.stringify({ purpose: 'drop', files, ...more }))

  test('for 1,001 files, or none', async () => {
    expect(refused(await ask(Array.from({ length: 1_001 }, () => file()))).code).toBe('invalid_request')
    expect(refused(await ask([])).code).toBe('invalid_request')
  })

  test.each<[string, unknown]>([
    ['size', -1],
    ['size', 0.5],
    ['size', 1e300],
    ['size', 50_000_000_000_001],
    ['size', '11'],
    ['size', null],
    ['id', 'one'],
    ['id', '../../etc'],
    ['name', ''],
    ['name', 'a'.repeat(1_025)],
    ['name', { toString: 'x' }],
    ['relativePath', 'a/'.repeat(8_192)],
    ['contentType', 'a'.repeat(256)],
    ['unheardOf', 1],
  ])('with a wrong %s (%#) is refused by the field’s name', async (field, value) => {
    const { code, errors = [] } = refused(await ask([{ ...file(), [field]: value }]))
    expect(code).toBe('invalid_request')
    expect(errors[0]?.path).toMatch(field === 'unheardOf' ? /^\/files\/0$/ : new RegExp(`^/files/0/${field}$`))
  })

  test.each(['drop\0', '__proto__', 'constructor', 'no such purpose', 'Drop'])(
    'for the purpose %j',
    async (purpose) => {
      expect(['unknown_purpose', 'invalid_request']).toContain(refused(await ask([file()], { purpose })).code)
    },
  )
})

describe('a grant token', () => {
  const bodyOf = (path: string, grant: string) => {
    const object = { grant, key: granted.key, size: 1, crc32: 'AAAAAA==' }
    const upload = { ...object, uploadId: 'none' }
    const facts = { contentType: 'text/plain', metadata: {} }
    const known: Readonly<Record<string, object>> = {
      '/v1/grants/renew': { grant },
      '/v1/confirm': { grant, objects: [{ key: granted.key, size: 1, crc32: null }] },
      '/v1/uploads/put': { ...object, ...facts, md5: null, createOnly: false },
      '/v1/uploads/create': { grant, key: granted.key, ...facts, size: 1, fullObject: false },
      '/v1/uploads/sign': {
        grant,
        key: granted.key,
        uploadId: 'none',
        parts: [{ partNumber: 1, size: 1, crc32: 'AAAAAA==', md5: null }],
      },
      '/v1/uploads/parts': { grant, key: granted.key, uploadId: 'none' },
      '/v1/uploads/complete': {
        ...upload,
        parts: [{ partNumber: 1, etag: 'a', crc32: null }],
        fullObject: false,
        createOnly: false,
      },
      '/v1/uploads/abort': { grant, key: granted.key, uploadId: 'none' },
      '/v1/links': { key: granted.key, proof: grant, expiresIn: 60 },
    }
    return known[path]
  }
  const codesFor = async (grant: string, token = 'token-of-one') => {
    const codes = new Set<string>()
    await forEachPosted(async (path) => {
      const body = bodyOf(path, grant)
      if (body === undefined) return
      codes.add(refused(await send(path, JSON.stringify(body), { authorization: `Bearer ${token}` })).code)
    })
    return [...codes]
  }
  const grantWith = async (secret: string, renewUntil: number) =>
    signGrant(await grantKey(secret), {
      ...{ id: crypto.randomUUID(), subject: 'user-1', purpose: 'drop', kind: 'federation_token', bucket: 'uploads' },
      ...{ region: store.emulator.region, prefix: granted.key.slice(0, granted.key.indexOf('/', 6) + 1) },
      ...{ issuedAt: 0, renewUntil },
    } as Parameters<typeof signGrant>[1])

  test('that was altered is refused by every route', async () => {
    const [head = '', claims = '', signature = ''] = granted.grant.split('.')
    const forged = Buffer.from(
      JSON.stringify({ ...JSON.parse(Buffer.from(claims, 'base64url').toString()), prefix: '' }),
    )
    const unsigned = Buffer.from('{"alg":"none","typ":"longshore-grant+jwt"}').toString('base64url')
    for (const token of [
      `${granted.grant}x`,
      granted.grant.slice(0, -2),
      [head, forged.toString('base64url'), signature].join('.'),
      [unsigned, claims, ''].join('.'),
      [head, claims].join('.'),
      'a',
      '..',
      'a'.repeat(16_384),
    ])
      expect(await codesFor(token), token.slice(-20)).toEqual(['grant_invalid'])
  })

  test('of another broker is refused by every route', async () => {
    expect(await codesFor(await grantWith('another secret that is long enough', Date.now() + 1e9))).toEqual([
      'grant_invalid',
    ])
  })

  test('of somebody else is refused by every route', async () => {
    expect(await codesFor(granted.grant, 'token-of-two')).toEqual(['not_yours'])
  })

  test('that is over is refused by every route', async () => {
    const secret = configFor(store.emulator).signingSecret
    expect(await codesFor(await grantWith(secret, Date.now() - 31 * 86_400_000))).toEqual(['deadline_passed'])
  })
})

test('a bucket that is gone makes the broker unavailable for as long, and is no mistake of its own', async () => {
  const own = await runningStore()
  onTestFinished(own.close)
  const lost = await start(own)
  onTestFinished(lost.close)
  const { grant, keys } = await lost.grant()
  await own.owner.send(new DeleteBucketCommand({ Bucket: 'uploads' }))
  const answer = await lost.post('/v1/confirm', { grant, objects: [{ key: keys[0]?.key, size: 1, crc32: null }] })
  expect([answer.status, answer.json.code]).toEqual([503, 'unavailable'])
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(lost.lines.join('')).not.toContain('a mistake of the broker')
})

test('nothing above was a mistake of the broker’s own', () => {
  expect(broker.lines.filter((line) => line.includes('a mistake of the broker'))).toEqual([])
})
