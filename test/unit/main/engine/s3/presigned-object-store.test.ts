import { describe, expect, it } from 'vitest'
import {
  createPresignedObjectStore,
  type GrantAtBroker,
} from '../../../../../src/main/engine/s3/presigned-object-store.ts'
import { failed, ok, type ServerFailure } from '../../../../../src/shared/failure.ts'
import {
  body,
  bytes,
  crc32,
  ever,
  facts,
  finished,
  headersOf,
  md5,
  part,
  stored,
  unclear,
  upload,
} from './object-store-harness.ts'
import { errorAnswer, scriptedStore } from './scripted-store.ts'

type Call = Parameters<GrantAtBroker['upload']>[0]
type Asked = { readonly call: Call | 'renew'; readonly request: Record<string, unknown> }
type Options = {
  readonly kind?: 'presigned_multipart' | 'single_request'
  readonly method?: 'PUT' | 'POST'
  readonly known?: Parameters<typeof scriptedStore>[1] extends { known?: infer Known } | undefined ? Known : never
  /** What the broker refuses a call with. */
  readonly refuse?: (asked: Asked) => ServerFailure | null
  readonly renewedAt?: number | null
}

const expiration = 900_000
const answers: Readonly<Record<Exclude<Call, 'put' | 'sign'>, object>> = {
  create: { uploadId: 'u', abortAt: 7 },
  parts: { parts: [{ partNumber: 1, size: 5, etag: 'e' }], abortAt: null },
  complete: { etag: 'whole', versionId: 'v', crc32 },
  abort: {},
}

/** The store of a grant without credentials: its server answers as the test says, and a broker signs requests by number. */
async function presignedStore(
  answer: Parameters<typeof scriptedStore>[0],
  {
    kind = 'presigned_multipart',
    method = 'PUT',
    known = {},
    refuse = () => null,
    renewedAt = Date.now(),
  }: Options = {},
) {
  const { place, tools, capabilities, ...server } = await scriptedStore(answer, { known })
  const asked: Asked[] = []
  let signed = 0
  const signature = (size: number) => {
    signed += 1
    const url = `${place.endpoint}/inbox/drops/1/a?signed=${signed}`
    return method === 'PUT'
      ? { method, url, headers: { 'x-amz-checksum-crc32': crc32, 'content-length': String(size) } }
      : { method, url, fields: { key: 'drops/1/a', policy: 'p' } }
  }
  const answerTo = (call: Call, request: Record<string, unknown>): object => {
    if (call === 'put') return { request: signature(bytes.length), expiration, serverTime: 0 }
    if (call !== 'sign') return answers[call]
    const parts = request.parts as readonly { partNumber: number; size: number }[]
    return {
      parts: parts.map(({ partNumber, size }) => ({ partNumber, request: signature(size) })),
      ...{ expiration, serverTime: 0 },
    }
  }
  const broker: GrantAtBroker = {
    renew: async () => {
      asked.push({ call: 'renew', request: {} })
      return ok(null)
    },
    upload: async (call, request) => {
      const one = { call, request }
      asked.push(one)
      const failure = refuse(one)
      return failure === null ? ok(answerTo(call, request) as never) : { ok: false, failure }
    },
  }
  const store = createPresignedObjectStore({ ...place, kind }, tools, broker, renewedAt)
  const signatures = () => server.received.map(({ query }) => Number(query.get('signed')))
  const calls = () => asked.map(({ call }) => call)
  return { ...server, store, asked, calls, signatures, learned: () => Object.fromEntries(capabilities) }
}

describe('an object in one signed request', () => {
  it('goes as it was signed for these bytes, and is verified by the echo', async () => {
    const { store, received, asked } = await presignedStore(() => stored('e', crc32))
    expect(await store.putObject(facts, body)).toEqual(ok({ etag: 'e', verification: 'checksum', versionId: null }))
    expect(asked).toEqual([
      {
        call: 'put',
        request: { ...facts, size: bytes.length, crc32, md5: md5.toString('base64'), createOnly: true },
      },
    ])
    expect(received).toMatchObject([
      { method: 'PUT', body: bytes.toString(), headers: { 'content-length': '300000', 'x-amz-checksum-crc32': crc32 } },
    ])
    expect(headersOf(received, 'authorization')).toEqual([null])
  })

  it('goes as a form, with its fields before the bytes', async () => {
    const { store, received, learned } = await presignedStore(
      () => ({ status: 201, body: `<PostResponse><ETag>&quot;${md5.toString('hex')}&quot;</ETag></PostResponse>` }),
      { kind: 'single_request', method: 'POST' },
    )
    const etag = md5.toString('hex')
    expect(await store.putObject(facts, body)).toEqual(ok({ etag, verification: 'md5_of_parts', versionId: null }))
    const form = await new Response(received[0]?.body, {
      headers: { 'content-type': received[0]?.headers['content-type'] ?? '' },
    }).formData()
    expect([...form.keys()]).toEqual(['key', 'policy', 'file'])
    expect(await (form.get('file') as File).text()).toBe(bytes.toString())
    expect(learned()).toEqual({})
  })

  it('as a form, which cannot ask for a free key, is asked for without that from the second on, and nothing is learned', async () => {
    const { store, asked, learned } = await presignedStore(() => ({ status: 204, headers: { etag: '"e"' } }), {
      kind: 'single_request',
      method: 'POST',
      refuse: ({ request }) =>
        request.createOnly === true ? { kind: 'store_refused', detail: 'not_supported' } : null,
    })
    for (const _ of [1, 2]) expect((await store.putObject(facts, body)).ok).toBe(true)
    expect(asked.map(({ request }) => request.createOnly)).toEqual([true, false, false])
    expect(learned()).toEqual({})
  })

  it('whose answer is lost may be there', async () => {
    const { store } = await presignedStore(() => null)
    expect(await store.putObject(facts, body)).toEqual({ ...unclear(), failure: { ...unclear().failure, from: 'way' } })
  })

  it('that is empty goes too', async () => {
    const { store, received } = await presignedStore(() => stored('e', 'AAAAAA=='))
    const empty = { bytes: Buffer.alloc(0), crc32: 'AAAAAA==', onSent: () => {} }
    expect((await store.putObject(facts, empty)).ok).toBe(true)
    expect(headersOf(received, 'content-length')).toEqual(['0'])
  })
})

describe('a signed part', () => {
  it('tells how much of it has left, slice by slice, in each attempt', async () => {
    const sent: number[] = []
    let attempts = 0
    const { store } = await presignedStore(() => {
      attempts += 1
      return attempts === 1 ? errorAnswer(503, 'SlowDown') : stored('e', crc32)
    })
    const answer = await store.uploadPart(part, { ...body, onSent: (count) => sent.push(count) }, ever)
    expect(answer).toEqual(ok({ etag: 'e', proof: 'checksum' }))
    expect(sent).toEqual([0, 131_072, 262_144, 300_000, 0, 131_072, 262_144, 300_000])
  })

  it('goes with its MD5 until the store was seen to echo checksums', async () => {
    const { store, asked } = await presignedStore(() => stored('e', crc32))
    for (const partNumber of [1, 2]) await store.uploadPart({ ...part, partNumber }, body, ever)
    const md5s = asked.map(({ request }) => (request.parts as { md5: unknown }[])[0]?.md5)
    expect(md5s).toEqual([md5.toString('base64'), null])
  })

  it('waits for its signature with the others of its upload', async () => {
    const { store, asked } = await presignedStore(() => stored('e', crc32), { known: { checksum_echo: true } })
    const numbers = [1, 2, 3, 4]
    const sent = await Promise.all(numbers.map((partNumber) => store.uploadPart({ ...part, partNumber }, body, ever)))
    expect(sent.every((answer) => answer.ok)).toBe(true)
    const named = asked.map(({ request }) => (request.parts as { partNumber: number }[]).map((one) => one.partNumber))
    expect(named).toEqual([numbers])
  })

  it.each(['AccessDenied', 'ExpiredToken'])('that the store refuses with %s is signed once more', async (code) => {
    const { store, signatures } = await presignedStore(({ query }) =>
      query.get('signed') === '1' ? errorAnswer(403, code) : stored('e', crc32),
    )
    expect((await store.uploadPart(part, body, ever)).ok).toBe(true)
    expect(signatures()).toEqual([1, 2])
  })

  it.each(['Request has expired', 'Invalid according to Policy: Policy expired.'])(
    'that is over for the store though it is fresh shows a wrong clock, and no answer ends that: %s',
    async (message) => {
      const over = { status: 403, body: `<Error><Code>AccessDenied</Code><Message>${message}</Message></Error>` }
      const { store, signatures, answers } = await presignedStore(() => over)
      const failure = { kind: 'clock_skew', detail: 'RequestExpired', unclear: false, retryAfter: null }
      expect(await store.uploadPart(part, body, ever)).toEqual({ ok: false, failure })
      expect([signatures(), answers.count]).toEqual([[1, 2], 0])
    },
  )

  it('that was over when its turn came is signed once more', async () => {
    const over = { status: 403, body: '<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>' }
    const { store, signatures } = await presignedStore(({ query }) =>
      query.get('signed') === '1' ? over : stored('e', crc32),
    )
    expect((await store.uploadPart(part, body, ever)).ok).toBe(true)
    expect(signatures()).toEqual([1, 2])
  })

  it('that the store goes on refusing is signed no third time', async () => {
    const { store, signatures } = await presignedStore(() => errorAnswer(403, 'AccessDenied'))
    expect(await store.uploadPart(part, body, ever)).toMatchObject({ ok: false, failure: { kind: 'access_denied' } })
    expect(signatures()).toEqual([1, 2])
  })

  it.each([
    { status: 404, code: 'NoSuchUpload', kind: 'upload_lost', attempts: 1 },
    { status: 400, code: 'BadDigest', kind: 'checksum_mismatch', attempts: 1 },
    { status: 500, code: 'InternalError', kind: 'server', attempts: 3 },
  ] as const)('has the meaning of $code, after $attempts attempts', async ({ status, code, kind, attempts }) => {
    const { store, received, answers } = await presignedStore(() => errorAnswer(status, code))
    const failure = { kind, detail: code, unclear: status >= 500, retryAfter: null }
    expect(await store.uploadPart(part, body, ever)).toEqual({ ok: false, failure })
    expect([received.length, answers.count]).toEqual([attempts, 1])
  })

  it('that the store acknowledges with another checksum, or not in its own words, is not acknowledged', async () => {
    const other = await presignedStore(() => stored('e', 'AAAAAA=='))
    expect(await other.store.uploadPart(part, body, ever)).toMatchObject({ failure: { kind: 'checksum_mismatch' } })
    const page = await presignedStore(() => ({ status: 200, body: '<html>sign in</html>' }))
    expect(await page.store.uploadPart(part, body, ever)).toMatchObject({ failure: { kind: 'server', unclear: true } })
  })

  it('heeds how long the store wants to be left alone', async () => {
    const { store, received } = await presignedStore(() => ({
      ...errorAnswer(503, 'SlowDown'),
      headers: { 'retry-after': '7' },
    }))
    const answer = await store.uploadPart(part, body, ever)
    expect(answer).toMatchObject({ failure: { kind: 'throttled', retryAfter: 7_000 } })
    expect(received).toHaveLength(1)
  })

  it('ends when it is called off, or the person has left', async () => {
    const calling = new AbortController()
    const called = await presignedStore(() => {
      calling.abort()
      return null
    })
    const rejected = { name: 'AbortError' }
    await expect(called.store.uploadPart(part, body, calling.signal)).rejects.toMatchObject(rejected)
    const left = await presignedStore(() => null)
    left.leave()
    await expect(left.store.uploadPart(part, body, ever)).rejects.toMatchObject(rejected)
    expect(left.received).toEqual([])
  })
})

describe('what the broker does', () => {
  const away: ServerFailure = { kind: 'broker_unreachable', detail: 'ECONNREFUSED' }
  const calls = {
    put: (store) => store.putObject(facts, body),
    create: (store) => store.createUpload(facts, 6),
    sign: (store) => store.uploadPart(part, body, ever),
    parts: (store) => store.listParts(upload, ever),
    complete: (store) => store.completeUpload(finished),
    abort: (store) => store.abortUpload(upload),
  } satisfies Record<Call, (store: Awaited<ReturnType<typeof presignedStore>>['store']) => Promise<unknown>>
  const names = Object.keys(calls) as Call[]

  it.each(names)('is its failure where it is away, and says nothing of the store: %s', async (name) => {
    const { store, received, answers } = await presignedStore(() => stored('e'), { refuse: () => away })
    const failure = { ...away, from: 'broker', unclear: false, retryAfter: null }
    expect(await calls[name](store)).toEqual({ ok: false, failure })
    expect([received, answers.count]).toEqual([[], 0])
  })

  it('is answered as the store would', async () => {
    const { store, calls: asked } = await presignedStore(() => stored('e'))
    expect(await calls.create(store)).toEqual(ok({ uploadId: 'u', abortAt: 7 }))
    expect(await calls.parts(store)).toEqual(ok(answers.parts))
    expect(await calls.complete(store)).toEqual(ok({ etag: 'whole', verification: 'checksum', versionId: 'v' }))
    expect(await calls.abort(store)).toEqual(ok(null))
    expect(asked()).toEqual(['create', 'parts', 'complete', 'abort'])
  })

  it('may have been done where it does not know that itself', async () => {
    const { store } = await presignedStore(() => null, { refuse: () => ({ kind: 'server', detail: 'unclear' }) })
    expect(await calls.complete(store)).toMatchObject({ failure: { kind: 'server', unclear: true } })
  })

  it('is asked for without what the store cannot do, which is remembered', async () => {
    const { store, asked, learned } = await presignedStore(() => null, {
      refuse: ({ request }) =>
        request.fullObject === true || request.createOnly === true
          ? { kind: 'store_refused', detail: 'not_supported' }
          : null,
    })
    expect((await calls.create(store)).ok).toBe(true)
    expect((await calls.complete(store)).ok).toBe(true)
    expect(learned()).toEqual({ full_object: false, conditional_writes: false })
    const before = asked.length
    await calls.create(store)
    await calls.complete(store)
    expect(asked.slice(before)).toMatchObject([
      { call: 'create', request: { fullObject: false } },
      { call: 'complete', request: { fullObject: false, createOnly: false } },
    ])
  })

  it('is not waited for by who called it off', async () => {
    const calling = new AbortController()
    calling.abort()
    const { store } = await presignedStore(() => null)
    await expect(store.listParts(upload, calling.signal)).rejects.toMatchObject({ name: 'AbortError' })
  })
})

describe('the grant of an upload', () => {
  const day = 86_400_000

  it.each([
    { renewed: 'just now', renewedAt: Date.now(), asked: ['create', 'create'] },
    { renewed: 'nobody knows when', renewedAt: null, asked: ['renew', 'create', 'create'] },
    { renewed: 'days ago', renewedAt: Date.now() - 2 * day, asked: ['renew', 'create', 'create'] },
  ])('renewed $renewed is kept alive before it begins', async ({ renewedAt, asked }) => {
    const { store, calls } = await presignedStore(() => null, { renewedAt })
    for (const _ of [1, 2]) await store.createUpload(facts, 6)
    expect(calls()).toEqual(asked)
  })
})

it('a grant of single requests has no uploads in parts', async () => {
  const { store, asked } = await presignedStore(() => null, { kind: 'single_request' })
  const refused = failed('store_refused', 'single_request')
  const answers = [
    await store.createUpload(facts, 6),
    await store.uploadPart(part, body, ever),
    await store.listParts(upload, ever),
    await store.completeUpload(finished),
    await store.abortUpload(upload),
  ]
  for (const answer of answers) expect(answer).toMatchObject(refused)
  expect(asked).toEqual([])
})
