import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createAwsObjectStore } from '../../../../../src/main/engine/s3/aws-object-store.ts'
import type { Capability } from '../../../../../src/main/engine/s3/capabilities.ts'
import type { CompletedPart } from '../../../../../src/main/engine/s3/object-store.ts'
import { etagOfParts } from '../../../../../src/main/engine/s3/proof.ts'
import { crc32Of } from '../../../../../src/main/engine/transfers/crc32.ts'
import { ok } from '../../../../../src/shared/failure.ts'
import { type Answer, errorAnswer, type Received, scriptedStore } from './scripted-store.ts'

const ever = new AbortController().signal
const bytes = Buffer.alloc(300_000, 'part ')
const crc32 = crc32Of(bytes)
const md5 = createHash('md5').update(bytes).digest()
const body = { bytes, crc32, onSent: () => undefined }
const upload = { key: 'drops/1/a', uploadId: 'u' }
const part = { ...upload, partNumber: 1 }
const facts = { key: 'drops/1/a', contentType: 'text/plain', metadata: { 'original-name': 'a' } }

type Known = Partial<Record<Capability, boolean>>

async function harness(answer: Parameters<typeof scriptedStore>[0], known: Known = {}) {
  const { place, tools, capabilities, ...server } = await scriptedStore(answer, { known })
  return { ...server, store: createAwsObjectStore(place, tools), learned: () => Object.fromEntries(capabilities) }
}
const headersOf = (received: readonly Received[], name: string) => received.map(({ headers }) => headers[name] ?? null)
const page: Answer = { status: 200, body: '<html>sign in to this network</html>' }
const unclear = (detail: unknown = expect.anything()) => ({
  ok: false,
  failure: { kind: 'server', detail, unclear: true, retryAfter: null },
})

/** What an object, or a part, is answered with: an ETag, and the checksum where there is one. */
const stored = (etag: string, checksum?: string): Answer => ({
  status: 200,
  headers: { etag: `"${etag}"`, ...(checksum !== undefined && { 'x-amz-checksum-crc32': checksum }) },
})

describe('an object in one request', () => {
  it('goes with its name, its checksum and the wish that the key is free', async () => {
    const { store, received } = await harness(() => stored('e', crc32))
    await store.putObject(facts, body)
    expect(received).toMatchObject([
      {
        method: 'PUT',
        body: bytes.toString(),
        headers: {
          'content-length': String(bytes.length),
          'content-type': 'text/plain',
          'if-none-match': '*',
          'x-amz-checksum-crc32': crc32,
          'x-amz-meta-original-name': 'a',
        },
      },
    ])
  })

  it.each([
    { shows: 'our checksum', answer: stored('e', crc32), etag: 'e', verification: 'checksum' },
    { shows: 'our MD5', answer: stored(md5.toString('hex')), etag: md5.toString('hex'), verification: 'md5_of_parts' },
    { shows: 'nothing of ours', answer: stored('e'), etag: 'e', verification: 'size' },
  ] as const)('is verified by what the answer shows: $shows', async ({ answer, etag, verification }) => {
    const { store } = await harness(() => ({ ...answer, headers: { ...answer.headers, 'x-amz-version-id': 'v' } }))
    expect(await store.putObject(facts, body)).toEqual(ok({ etag, verification, versionId: 'v' }))
  })

  it.each([
    { answer: 'another checksum', given: stored('e', 'AAAAAA=='), detail: 'echo' },
    { answer: 'no ETag', given: { status: 200 }, detail: 'etag' },
  ])('answered with $answer must be asked for: what is stored is not clear', async ({ given, detail }) => {
    const { store } = await harness(() => given)
    expect(await store.putObject(facts, body)).toEqual(unclear(detail))
  })
})

describe('a part', () => {
  it('tells how much of it has left, slice by slice, to its end', async () => {
    const sent: number[] = []
    const { store } = await harness(() => stored('e'))
    await store.uploadPart(part, { ...body, onSent: (count) => sent.push(count) }, ever)
    expect(sent).toEqual([0, 131_072, 262_144, 300_000])
  })

  it.each([
    { shows: 'our checksum', answer: stored('e', crc32), etag: 'e', proof: 'checksum' },
    { shows: 'our MD5', answer: stored(md5.toString('hex')), etag: md5.toString('hex'), proof: 'md5' },
    { shows: 'nothing of ours', answer: stored('e'), etag: 'e', proof: 'none' },
  ] as const)('is proven by what the answer shows: $shows', async ({ answer, etag, proof }) => {
    const { store } = await harness(() => answer)
    expect(await store.uploadPart(part, body, ever)).toEqual(ok({ etag, proof }))
  })

  it('that the store acknowledges under another checksum is not acknowledged', async () => {
    const { store } = await harness(() => stored('e', 'AAAAAA=='))
    expect(await store.uploadPart(part, body, ever)).toMatchObject({
      ok: false,
      failure: { kind: 'checksum_mismatch', unclear: false },
    })
  })

  it('on the wire ends with the signal, and that is no failure', async () => {
    const person = new AbortController()
    const { store } = await harness(() => {
      person.abort()
      return stored('e')
    })
    await expect(store.uploadPart(part, body, person.signal)).rejects.toThrow(
      expect.objectContaining({ name: 'AbortError' }),
    )
  })
})

describe('the checksum that a store answers with', () => {
  const md5Sent = md5.toString('base64')

  it('makes the MD5, which is sent until then, superfluous', async () => {
    const { store, received, learned } = await harness(() => stored('e', crc32))
    await store.putObject(facts, body)
    await store.uploadPart(part, body, ever)
    expect([headersOf(received, 'content-md5'), learned()]).toEqual([[md5Sent, null], { checksum_echo: true }])
  })

  it.each([{ known: {} }, { known: { checksum_echo: true } }])(
    'is learned to be missing, known so far: $known; from then on the store checks the MD5',
    async ({ known }) => {
      const { store, received, learned } = await harness(() => stored('e'), known)
      for (const _ of [1, 2]) await store.uploadPart(part, body, ever)
      expect(headersOf(received, 'content-md5').at(-1)).toBe(md5Sent)
      expect(learned()).toEqual({ checksum_echo: false })
    },
  )

  it('is not learned of where the store refuses', async () => {
    const { store, learned } = await harness(() => errorAnswer(400, 'BadDigest'))
    await store.putObject(facts, body)
    expect(await store.uploadPart(part, body, ever)).toMatchObject({ failure: { kind: 'checksum_mismatch' } })
    expect(learned()).toEqual({})
  })
})

/** A finished upload of two parts; the ETags are MD5s, as the store makes them. */
const parts: readonly CompletedPart[] = ['one', 'two'].map((text, index) => ({
  partNumber: index + 1,
  etag: createHash('md5').update(text).digest('hex'),
  checksum: crc32Of(Buffer.from(text)),
  proof: 'md5',
}))
const finished = { ...upload, parts, crc32, size: 6 }
const etagOfAll = etagOfParts(parts)
const completed = (fields: Readonly<Record<string, string>>): Answer => ({
  status: 200,
  body: `<CompleteMultipartUploadResult>${Object.entries(fields)
    .map(([name, text]) => `<${name}>${text}</${name}>`)
    .join('')}</CompleteMultipartUploadResult>`,
})

describe('completing an upload', () => {
  it('names each part with its checksum, and the checksum and size of the whole', async () => {
    const { store, received } = await harness(() => completed({ ETag: `"${etagOfAll}"`, ChecksumCRC32: crc32 }))
    await store.completeUpload(finished)
    expect(received).toMatchObject([
      {
        method: 'POST',
        headers: {
          'if-none-match': '*',
          'x-amz-checksum-crc32': crc32,
          'x-amz-checksum-type': 'FULL_OBJECT',
          'x-amz-mp-object-size': '6',
        },
      },
    ])
    for (const { partNumber, etag, checksum } of parts) {
      expect(received[0]?.body).toMatch(`<PartNumber>${partNumber}</PartNumber>`)
      expect(received[0]?.body).toMatch(`<ETag>${etag}</ETag>`)
      expect(received[0]?.body).toMatch(`<ChecksumCRC32>${checksum}</ChecksumCRC32>`)
    }
  })

  it.each([
    {
      shows: 'the checksum of the whole',
      answer: { ETag: 'e', ChecksumCRC32: crc32, ChecksumType: 'FULL_OBJECT' },
      verification: 'checksum',
    },
    {
      shows: 'the checksum of the checksums',
      answer: { ETag: 'e', ChecksumCRC32: `${crc32}-2` },
      verification: 'size',
    },
    {
      shows: 'a checksum of another kind',
      answer: { ETag: 'e', ChecksumCRC32: 'AAAAAA==', ChecksumType: 'COMPOSITE' },
      verification: 'size',
    },
    { shows: 'the MD5 of the MD5s', answer: { ETag: `&quot;${etagOfAll}&quot;` }, verification: 'md5_of_parts' },
    { shows: 'nothing of ours', answer: { ETag: 'e' }, verification: 'size' },
  ])('is verified by what the answer shows: $shows', async ({ answer, verification }) => {
    const { store, learned } = await harness(() => completed(answer))
    expect(await store.completeUpload(finished)).toMatchObject(ok({ verification, versionId: null }))
    expect(learned()).toEqual({ full_object: true })
  })

  it.each([
    { answer: 'another checksum', given: completed({ ETag: 'e', ChecksumCRC32: 'AAAAAA==' }), detail: 'echo' },
    { answer: 'no ETag', given: completed({}), detail: 'etag' },
    { answer: 'a page of something else', given: page, detail: expect.anything() },
    { answer: 'an error under 200', given: { ...errorAnswer(200, 'InternalError') }, detail: 'InternalError' },
  ])('that is answered with $answer must be asked for', async ({ given, detail }) => {
    const { store } = await harness(() => given)
    expect(await store.completeUpload(finished)).toEqual(unclear(detail))
  })
})

describe('a store that does not take the checksum of the whole', () => {
  const isFull = ({ headers }: Received) => headers['x-amz-checksum-type'] === 'FULL_OBJECT'
  const created: Answer = {
    status: 200,
    body: '<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>',
  }

  it.each([
    { status: 400, code: 'InvalidRequest' },
    { status: 501, code: 'NotImplemented' },
  ])('is found out at Create ($code), and not asked again', async ({ status, code }) => {
    const { store, received, learned } = await harness((request) =>
      isFull(request) ? errorAnswer(status, code) : created,
    )
    expect(await store.createUpload(facts)).toEqual(ok({ uploadId: 'u', abortAt: null }))
    expect(learned()).toEqual({ full_object: false })
    const asked = received.length
    await store.createUpload(facts)
    expect(received.slice(asked).map(isFull)).toEqual([false])
  })

  it.each([
    { status: 400, code: 'InvalidRequest', answered: {}, verification: 'md5_of_parts' },
    { status: 400, code: 'InvalidPart', answered: {}, verification: 'md5_of_parts' },
    { status: 501, code: 'NotImplemented', answered: {}, verification: 'md5_of_parts' },
    {
      ...{ status: 400, code: 'InvalidPart' },
      ...{ answered: { ChecksumCRC32: crc32, ChecksumType: 'FULL_OBJECT' }, verification: 'checksum' },
    },
  ])('is found out at Complete ($code), and not asked again', async ({ status, code, answered, verification }) => {
    const { store, received, learned } = await harness((request) =>
      isFull(request) ? errorAnswer(status, code) : completed({ ETag: etagOfAll, ...answered }),
    )
    expect(await store.completeUpload(finished)).toMatchObject(ok({ verification }))
    expect(learned()).toMatchObject({ full_object: false })
    const asked = received.length
    await store.completeUpload(finished)
    expect(received.slice(asked).map(isFull)).toEqual([false])
  })

  it('is not suspected where another cause refuses Create', async () => {
    const { store, received, learned } = await harness(() => errorAnswer(404, 'NoSuchBucket'))
    expect(await store.createUpload(facts)).toMatchObject({ ok: false, failure: { kind: 'no_such_bucket' } })
    expect([received.length, learned()]).toEqual([1, {}])
  })

  it('is not suspected where it took one before: the parts are really refused', async () => {
    const { store, received } = await harness(() => errorAnswer(400, 'InvalidPart'), { full_object: true })
    expect(await store.completeUpload(finished)).toMatchObject({ ok: false, failure: { kind: 'invalid_part' } })
    expect(received.length).toBe(1)
  })

  it('refuses Complete also without it: what it said first counts, and nothing is learned', async () => {
    const { store, received, learned } = await harness((request) =>
      isFull(request) ? errorAnswer(400, 'InvalidPart') : errorAnswer(400, 'InvalidRequest'),
    )
    expect(await store.completeUpload(finished)).toMatchObject({ ok: false, failure: { kind: 'invalid_part' } })
    expect([received.map(isFull), learned()]).toEqual([[true, false], {}])
  })

  it('gives no answer to Complete without it: that must be asked for, as it may be done', async () => {
    const { store } = await harness((request) => (isFull(request) ? errorAnswer(400, 'InvalidPart') : null))
    expect(await store.completeUpload(finished)).toEqual(unclear())
  })
})

describe('a key that must be free', () => {
  const writes = [
    { write: 'PutObject', by: 'putObject' },
    { write: 'Complete', by: 'completeUpload' },
  ] as const
  type Tools = Awaited<ReturnType<typeof harness>>
  const write = ({ store }: Tools, by: (typeof writes)[number]['by']) =>
    by === 'putObject' ? store.putObject(facts, body) : store.completeUpload(finished)
  const written = (request: Received): Answer =>
    request.method === 'PUT'
      ? stored('e', crc32)
      : completed({ ETag: 'e', ChecksumCRC32: crc32, ChecksumType: 'FULL_OBJECT' })
  const conditionsOf = (received: readonly Received[]) => headersOf(received, 'if-none-match')

  it.each(writes)('$write: where it is taken, that is said, and it is known that the store looks', async ({ by }) => {
    const tools = await harness(() => errorAnswer(412, 'PreconditionFailed'))
    expect(await write(tools, by)).toMatchObject({ ok: false, failure: { kind: 'exists', unclear: false } })
    expect(tools.learned()).toEqual({ conditional_writes: true })
  })

  it.each(writes)('$write: a store that cannot look is found out, and not asked again', async ({ by }) => {
    const tools = await harness((request) =>
      request.headers['if-none-match'] === undefined ? written(request) : errorAnswer(501, 'NotImplemented'),
    )
    expect((await write(tools, by)).ok).toBe(true)
    expect(tools.learned()).toMatchObject({ conditional_writes: false })
    const asked = tools.received.length
    await write(tools, by)
    expect(conditionsOf(tools.received.slice(asked))).toEqual([null])
  })

  it.each(writes)('$write: another refusal is not taken for that', async ({ by }) => {
    const tools = await harness(() => errorAnswer(403, 'AccountProblem'))
    expect(await write(tools, by)).toMatchObject({ ok: false, failure: { kind: 'access_denied' } })
    expect(new Set(conditionsOf(tools.received))).toEqual(new Set(['*']))
    expect(tools.learned()).toEqual({})
  })

  it.each(writes)('$write: where the store refuses without the wish too, nothing is learned', async ({ by }) => {
    const tools = await harness(() => errorAnswer(501, 'NotImplemented'))
    expect(await write(tools, by)).toMatchObject({ ok: false, failure: { kind: 'store_refused' } })
    expect(tools.learned()).toEqual({})
  })
})

describe('a new upload', () => {
  it('knows when the lifecycle rule will take it', async () => {
    const { store } = await harness(() => ({
      status: 200,
      headers: { 'x-amz-abort-date': 'Wed, 21 Oct 2015 07:28:00 GMT' },
      body: '<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>',
    }))
    expect(await store.createUpload(facts)).toEqual(ok({ uploadId: 'u', abortAt: Date.UTC(2015, 9, 21, 7, 28) }))
  })
})

describe('the list of parts', () => {
  const listed = (fields: string): Answer => ({
    status: 200,
    headers: { 'x-amz-abort-date': 'Wed, 21 Oct 2015 07:28:00 GMT' },
    body: `<ListPartsResult><UploadId>u</UploadId>${fields}</ListPartsResult>`,
  })
  const partXml = (partNumber: number) =>
    `<Part><PartNumber>${partNumber}</PartNumber><Size>5</Size><ETag>"e${partNumber}"</ETag></Part>`

  it('is read through all its pages, with the date of the lifecycle rule', async () => {
    const next = '<IsTruncated>true</IsTruncated><NextPartNumberMarker>2</NextPartNumberMarker>'
    const { store, received } = await harness(({ query }) =>
      query.get('part-number-marker') === '2' ? listed(partXml(3)) : listed(partXml(1) + partXml(2) + next),
    )
    const parts = [1, 2, 3].map((partNumber) => ({ partNumber, size: 5, etag: `e${partNumber}` }))
    expect(await store.listParts(upload, ever)).toEqual(ok({ parts, abortAt: Date.UTC(2015, 9, 21, 7, 28) }))
    expect(received.length).toBe(2)
  })

  it('may be empty, and tell no date', async () => {
    const { store } = await harness(() => ({ ...listed(''), headers: {} }))
    expect(await store.listParts(upload, ever)).toEqual(ok({ parts: [], abortAt: null }))
  })

  it('ends with the signal', async () => {
    const person = new AbortController()
    const { store } = await harness(() => {
      person.abort()
      return listed('')
    })
    await expect(store.listParts(upload, person.signal)).rejects.toThrow(
      expect.objectContaining({ name: 'AbortError' }),
    )
  })
})

describe('an answer without what every S3 tells', () => {
  it('is an unclear failure, not a defect: a part without its ETag, an upload without its id', async () => {
    const { store } = await harness(() => ({ status: 200 }))
    expect(await store.uploadPart(part, body, ever)).toEqual(unclear())
    expect(await store.createUpload(facts)).toEqual(unclear())
  })

  it('does not pass for an empty list of parts, nor for a thrown away upload', async () => {
    const { store } = await harness(() => page)
    expect(await store.listParts(upload, ever)).toEqual(unclear())
    expect(await store.abortUpload(upload)).toEqual(unclear())
  })
})

it.each(['NoSuchUpload', 'NoSuchKey'])(
  'an upload that the store does not know (%s) is lost to all that it is asked for, and aborted',
  async (code) => {
    const { store } = await harness(() => errorAnswer(404, code))
    const lost = { ok: false, failure: { kind: 'upload_lost', unclear: false } }
    expect(await store.listParts(upload, ever)).toMatchObject(lost)
    expect(await store.completeUpload(finished)).toMatchObject(lost)
    expect(await store.abortUpload(upload)).toEqual(ok(null))
  },
)
