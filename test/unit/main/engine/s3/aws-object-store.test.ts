import { describe, expect, it } from 'vitest'
import { ok } from '../../../../../src/shared/failure.ts'
import {
  body,
  bytes,
  completed,
  crc32,
  etagOfAll,
  ever,
  facts,
  finished,
  md5,
  objectStore,
  page,
  part,
  parts,
  stored,
  unclear,
  upload,
} from './object-store-harness.ts'
import { type Answer, errorAnswer } from './scripted-store.ts'

describe('an object in one request', () => {
  it('goes with its name, its checksum and the wish that the key is free', async () => {
    const { store, received } = await objectStore(() => stored('e', crc32))
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
    const { store } = await objectStore(() => ({ ...answer, headers: { ...answer.headers, 'x-amz-version-id': 'v' } }))
    expect(await store.putObject(facts, body)).toEqual(ok({ etag, verification, versionId: 'v' }))
  })

  it.each([
    { answer: 'another checksum', given: stored('e', 'AAAAAA=='), detail: 'echo' },
    { answer: 'no ETag', given: { status: 200 }, detail: 'etag' },
  ])('answered with $answer must be asked for: what is stored is not clear', async ({ given, detail }) => {
    const { store } = await objectStore(() => given)
    expect(await store.putObject(facts, body)).toEqual(unclear(detail))
  })
})

describe('a part', () => {
  it('tells how much of it has left, slice by slice, to its end', async () => {
    const sent: number[] = []
    const { store } = await objectStore(() => stored('e'))
    await store.uploadPart(part, { ...body, onSent: (count) => sent.push(count) }, ever)
    expect(sent).toEqual([0, 131_072, 262_144, 300_000])
  })

  it.each([
    { shows: 'our checksum', answer: stored('e', crc32), etag: 'e', proof: 'checksum' },
    { shows: 'our MD5', answer: stored(md5.toString('hex')), etag: md5.toString('hex'), proof: 'md5' },
    { shows: 'nothing of ours', answer: stored('e'), etag: 'e', proof: 'none' },
  ] as const)('is proven by what the answer shows: $shows', async ({ answer, etag, proof }) => {
    const { store } = await objectStore(() => answer)
    expect(await store.uploadPart(part, body, ever)).toEqual(ok({ etag, proof }))
  })

  it('that the store acknowledges under another checksum is not acknowledged', async () => {
    const { store } = await objectStore(() => stored('e', 'AAAAAA=='))
    expect(await store.uploadPart(part, body, ever)).toMatchObject({
      ok: false,
      failure: { kind: 'checksum_mismatch', unclear: false },
    })
  })

  it('on the wire ends with the signal, and that is no failure', async () => {
    const person = new AbortController()
    const { store } = await objectStore(() => {
      person.abort()
      return stored('e')
    })
    await expect(store.uploadPart(part, body, person.signal)).rejects.toThrow(
      expect.objectContaining({ name: 'AbortError' }),
    )
  })
})

describe('completing an upload', () => {
  it('names each part with its checksum, and the checksum and size of the whole', async () => {
    const { store, received } = await objectStore(() => completed({ ETag: `"${etagOfAll}"`, ChecksumCRC32: crc32 }))
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
    const { store, learned } = await objectStore(() => completed(answer))
    expect(await store.completeUpload(finished)).toMatchObject(ok({ verification, versionId: null }))
    expect(learned()).toEqual(verification === 'checksum' ? { full_object: true } : {})
  })

  it.each([
    { answer: 'another checksum', given: completed({ ETag: 'e', ChecksumCRC32: 'AAAAAA==' }), detail: 'echo' },
    { answer: 'no ETag', given: completed({}), detail: 'etag' },
    { answer: 'a page of something else', given: page, detail: expect.anything() },
    { answer: 'an error under 200', given: { ...errorAnswer(200, 'InternalError') }, detail: 'InternalError' },
  ])('that is answered with $answer must be asked for', async ({ given, detail }) => {
    const { store } = await objectStore(() => given)
    expect(await store.completeUpload(finished)).toEqual(unclear(detail))
  })
})

describe('a new upload', () => {
  it('knows when the lifecycle rule will take it', async () => {
    const { store } = await objectStore(() => ({
      status: 200,
      headers: { 'x-amz-abort-date': 'Wed, 21 Oct 2015 07:28:00 GMT' },
      body: '<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>',
    }))
    expect(await store.createUpload(facts, 6)).toEqual(ok({ uploadId: 'u', abortAt: Date.UTC(2015, 9, 21, 7, 28) }))
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
    const { store, received } = await objectStore(({ query }) =>
      query.get('part-number-marker') === '2' ? listed(partXml(3)) : listed(partXml(1) + partXml(2) + next),
    )
    const parts = [1, 2, 3].map((partNumber) => ({ partNumber, size: 5, etag: `e${partNumber}` }))
    expect(await store.listParts(upload, ever)).toEqual(ok({ parts, abortAt: Date.UTC(2015, 9, 21, 7, 28) }))
    expect(received.length).toBe(2)
  })

  it('may be empty, and tell no date', async () => {
    const { store } = await objectStore(() => ({ ...listed(''), headers: {} }))
    expect(await store.listParts(upload, ever)).toEqual(ok({ parts: [], abortAt: null }))
  })

  it('ends with the signal', async () => {
    const person = new AbortController()
    const { store } = await objectStore(() => {
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
    const { store } = await objectStore(() => ({ status: 200 }))
    expect(await store.uploadPart(part, body, ever)).toEqual(unclear())
    expect(await store.createUpload(facts, 6)).toEqual(unclear())
  })

  it('does not pass for an empty list of parts, nor for a thrown away upload', async () => {
    const { store } = await objectStore(() => page)
    expect(await store.listParts(upload, ever)).toEqual(unclear())
    expect(await store.abortUpload(upload)).toEqual(unclear())
  })
})

it.each(['NoSuchUpload', 'NoSuchKey'])(
  'an upload that the store does not know (%s) is lost to all that it is asked for, and aborted',
  async (code) => {
    const { store } = await objectStore(() => errorAnswer(404, code))
    const lost = { ok: false, failure: { kind: 'upload_lost', unclear: false } }
    expect(await store.listParts(upload, ever)).toMatchObject(lost)
    expect(await store.completeUpload(finished)).toMatchObject(lost)
    expect(await store.abortUpload(upload)).toEqual(ok(null))
  },
)
