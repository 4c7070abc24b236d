import { describe, expect, it } from 'vitest'
import { ok } from '../../../../../src/shared/failure.ts'
import {
  body,
  completed,
  crc32,
  etagOfAll,
  ever,
  facts,
  finished,
  headersOf,
  md5,
  objectStore,
  part,
  stored,
  unclear,
} from './object-store-harness.ts'
import { type Answer, errorAnswer, type Received } from './scripted-store.ts'

describe('the checksum that a store answers with', () => {
  const md5Sent = md5.toString('base64')

  it('makes the MD5, which is sent until then, superfluous', async () => {
    const { store, received, learned } = await objectStore(() => stored('e', crc32))
    await store.putObject(facts, body)
    await store.uploadPart(part, body, ever)
    expect([headersOf(received, 'content-md5'), learned()]).toEqual([[md5Sent, null], { checksum_echo: true }])
  })

  it.each([{ known: {} }, { known: { checksum_echo: true } }])(
    'is learned to be missing, known so far: $known; from then on the store checks the MD5',
    async ({ known }) => {
      const { store, received, learned } = await objectStore(() => stored('e'), known)
      for (const _ of [1, 2]) await store.uploadPart(part, body, ever)
      expect(headersOf(received, 'content-md5').at(-1)).toBe(md5Sent)
      expect(learned()).toEqual({ checksum_echo: false })
    },
  )

  it('is not learned of where the store refuses', async () => {
    const { store, learned } = await objectStore(() => errorAnswer(400, 'BadDigest'))
    await store.putObject(facts, body)
    expect(await store.uploadPart(part, body, ever)).toMatchObject({ failure: { kind: 'checksum_mismatch' } })
    expect(learned()).toEqual({})
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
    const { store, received, learned } = await objectStore((request) =>
      isFull(request) ? errorAnswer(status, code) : created,
    )
    expect(await store.createUpload(facts, 6)).toEqual(ok({ uploadId: 'u', abortAt: null }))
    expect(learned()).toEqual({ full_object: false })
    const asked = received.length
    await store.createUpload(facts, 6)
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
    const { store, received, learned } = await objectStore((request) =>
      isFull(request) ? errorAnswer(status, code) : completed({ ETag: etagOfAll, ...answered }),
    )
    expect(await store.completeUpload(finished)).toMatchObject(ok({ verification }))
    expect(learned()).toMatchObject({ full_object: false })
    const asked = received.length
    for (const _ of [1, 2]) await store.completeUpload(finished)
    expect(received.slice(asked).map(isFull)).toEqual([false, false])
  })

  it('is not suspected where another cause refuses Create', async () => {
    const { store, received, learned } = await objectStore(() => errorAnswer(404, 'NoSuchBucket'))
    expect(await store.createUpload(facts, 6)).toMatchObject({ ok: false, failure: { kind: 'no_such_bucket' } })
    expect([received.length, learned()]).toEqual([1, {}])
  })

  it('is not suspected where it took one before: the parts are really refused', async () => {
    const { store, received } = await objectStore(() => errorAnswer(400, 'InvalidPart'), { full_object: true })
    expect(await store.completeUpload(finished)).toMatchObject({ ok: false, failure: { kind: 'invalid_part' } })
    expect(received.length).toBe(1)
  })

  it('refuses Complete also without it: what it said first counts, and nothing is learned', async () => {
    const { store, received, learned } = await objectStore((request) =>
      isFull(request) ? errorAnswer(400, 'InvalidPart') : errorAnswer(400, 'InvalidRequest'),
    )
    expect(await store.completeUpload(finished)).toMatchObject({ ok: false, failure: { kind: 'invalid_part' } })
    expect([received.map(isFull), learned()]).toEqual([[true, false], {}])
  })

  it('gives no answer to Complete without it: that must be asked for, as it may be done', async () => {
    const { store } = await objectStore((request) => (isFull(request) ? errorAnswer(400, 'InvalidPart') : null))
    const { ok, failure } = unclear()
    expect(await store.completeUpload(finished)).toEqual({ ok, failure: { ...failure, from: 'way' } })
  })
})

describe('a key that must be free', () => {
  const writes = [
    { write: 'PutObject', by: 'putObject' },
    { write: 'Complete', by: 'completeUpload' },
  ] as const
  type Tools = Awaited<ReturnType<typeof objectStore>>
  const write = ({ store }: Tools, by: (typeof writes)[number]['by']) =>
    by === 'putObject' ? store.putObject(facts, body) : store.completeUpload(finished)
  const written = (request: Received): Answer =>
    request.method === 'PUT'
      ? stored('e', crc32)
      : completed({ ETag: 'e', ChecksumCRC32: crc32, ChecksumType: 'FULL_OBJECT' })
  const conditionsOf = (received: readonly Received[]) => headersOf(received, 'if-none-match')

  it.each(writes)('$write: where it is taken, that is said, and it is known that the store looks', async ({ by }) => {
    const tools = await objectStore(() => errorAnswer(412, 'PreconditionFailed'))
    expect(await write(tools, by)).toMatchObject({ ok: false, failure: { kind: 'exists', unclear: false } })
    expect(tools.learned()).toEqual({ conditional_writes: true })
  })

  it.each(writes)('$write: a store that cannot look is found out, and not asked again', async ({ by }) => {
    const tools = await objectStore((request) =>
      request.headers['if-none-match'] === undefined ? written(request) : errorAnswer(501, 'NotImplemented'),
    )
    expect((await write(tools, by)).ok).toBe(true)
    expect(tools.learned()).toMatchObject({ conditional_writes: false })
    const asked = tools.received.length
    await write(tools, by)
    expect(conditionsOf(tools.received.slice(asked))).toEqual([null])
  })

  it.each(writes)('$write: another refusal is not taken for that', async ({ by }) => {
    const tools = await objectStore(() => errorAnswer(403, 'AccountProblem'))
    expect(await write(tools, by)).toMatchObject({ ok: false, failure: { kind: 'access_denied' } })
    expect(new Set(conditionsOf(tools.received))).toEqual(new Set(['*']))
    expect(tools.learned()).toEqual({})
  })

  it.each(writes)('$write: where the store refuses without the wish too, nothing is learned', async ({ by }) => {
    const tools = await objectStore(() => errorAnswer(501, 'NotImplemented'))
    expect(await write(tools, by)).toMatchObject({ ok: false, failure: { kind: 'store_refused' } })
    expect(tools.learned()).toEqual({})
  })
})
