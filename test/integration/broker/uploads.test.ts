import { HeadObjectCommand } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { mostSignedParts } from '../../../src/shared/broker-uploads.ts'
import { configFor, crc32Of, runningStore, type Store } from './running-broker.ts'
import {
  answerTo,
  factsOf,
  partSize,
  parts,
  type SigningBroker,
  send,
  signingBroker,
  signingPurposes,
  uploaded,
  whole,
  withField,
  withHeader,
  withText,
} from './signing-client.ts'

const Bucket = 'uploads'
const bytes = Buffer.from('hello world')
const others = Buffer.from('HELLO WORLD')
const shorter = bytes.subarray(1)
const longer = Buffer.concat([bytes, bytes])
const altered = '403 SignatureDoesNotMatch'

let store: Store
let broker: SigningBroker
beforeAll(async () => {
  store = await runningStore()
  broker = await signingBroker({ ...configFor(store.emulator), purposes: signingPurposes })
})
afterAll(async () => {
  await broker?.close()
  await store?.close()
})
const head = (Key: string) => store.owner.send(new HeadObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }))

describe('a single request', () => {
  it('is stored as it was signed', async () => {
    const object = await broker.object('single')
    const { request, expiration, serverTime } = await broker.signPut(object, bytes)
    expect(expiration - serverTime).toBeGreaterThan(898_000)
    expect(expiration - serverTime).toBeLessThanOrEqual(900_000)
    expect(await answerTo(request, bytes)).toBe('200')
    expect(await head(object.key)).toMatchObject({
      ContentLength: bytes.length,
      ContentType: 'image/tiff',
      ChecksumCRC32: crc32Of(bytes),
      Metadata: { 'original-name': 'scan.tiff' },
    })
  })

  it('goes through with nothing else than what was signed', async () => {
    const object = await broker.object('single')
    const { request } = await broker.signPut(object, bytes)
    expect(await answerTo(request, others)).toBe('400 BadDigest')
    expect(await answerTo(request, shorter)).toBe(altered)
    expect(await answerTo(request, longer)).toBe(altered)
    expect(await answerTo(withHeader(request, 'content-type', 'text/html'), bytes)).toBe(altered)
    expect(await answerTo(withHeader(request, 'x-amz-checksum-crc32', crc32Of(others)), others)).toBe(altered)
    expect(await answerTo(withHeader(request, 'x-amz-checksum-crc32', undefined), others)).toBe(altered)
    expect(await answerTo(withHeader(request, 'content-md5', undefined), bytes)).toBe(altered)
    expect(await answerTo(withHeader(request, 'x-amz-meta-original-name', 'other'), bytes)).toBe(altered)
    expect(await answerTo(withHeader(request, 'x-amz-storage-class', 'GLACIER_IR'), bytes)).toBe('403 AccessDenied')
    expect(await answerTo(withHeader(request, 'x-amz-tagging', 'a=b'), bytes)).toBe('403 AccessDenied')
    expect(await answerTo(withText(request, 'scan.tiff?', 'other.tiff?'), bytes)).toBe(altered)
    expect(await answerTo(withText(request, 'X-Amz-Expires=900', 'X-Amz-Expires=9000'), bytes)).toBe(altered)
    await expect(head(object.key)).rejects.toMatchObject({ name: 'NotFound' })
    expect(await answerTo(request, bytes)).toBe('200')
  })

  it('writes over nothing where it was signed to create', async () => {
    const object = await broker.object('single')
    const { request } = await broker.signPut(object, bytes, { createOnly: true })
    expect(await answerTo(withHeader(request, 'if-none-match', undefined), bytes)).toBe(altered)
    expect(await answerTo(request, bytes)).toBe('200')
    expect(await answerTo(request, bytes)).toBe('412 PreconditionFailed')
  })

  it('is for the address by which people reach the store', async () => {
    const config = configFor(store.emulator)
    const publicEndpoint = store.emulator.endpoint.replace('127.0.0.1', 'localhost')
    const elsewhere = await signingBroker({
      ...config,
      store: { ...config.store, endpoint: 'http://127.0.0.1:1', publicEndpoint },
      purposes: signingPurposes,
    })
    onTestFinished(elsewhere.close)
    const { request } = await elsewhere.signPut(await elsewhere.object('single'), bytes)
    expect(request.url.startsWith(`${publicEndpoint}/uploads/drops/`)).toBe(true)
    expect(await answerTo(request, bytes)).toBe('200')
  })
})

describe('a form', () => {
  it('is stored as it was signed', async () => {
    const object = await broker.object('form')
    const { request } = await broker.signPut(object, bytes)
    expect(await answerTo(request, bytes)).toBe('201')
    expect(await head(object.key)).toMatchObject({
      ContentLength: bytes.length,
      ContentType: 'image/tiff',
      ChecksumCRC32: crc32Of(bytes),
      Metadata: { 'original-name': 'scan.tiff' },
    })
  })

  it('goes through with nothing else than what was signed', async () => {
    const object = await broker.object('form')
    const { request } = await broker.signPut(object, bytes)
    const denied = '403 AccessDenied'
    expect(await answerTo(request, others)).toBe('400 BadDigest')
    expect(await answerTo(request, shorter)).toBe('400 EntityTooSmall')
    expect(await answerTo(request, longer)).toBe('400 EntityTooLarge')
    expect(await answerTo(withField(request, 'Content-Type', 'text/html'), bytes)).toBe(denied)
    expect(await answerTo(withField(request, 'key', 'other'), bytes)).toBe(denied)
    expect(await answerTo(withField(request, 'x-amz-checksum-crc32', undefined), others)).toBe(denied)
    expect(await answerTo(withField(request, 'x-amz-storage-class', 'GLACIER_IR'), bytes)).toBe(denied)
    await expect(head(object.key)).rejects.toMatchObject({ name: 'NotFound' })
    expect(await answerTo(request, bytes)).toBe('201')
  })

  it('can neither demand that its key is free nor name a key with S3’s variable', async () => {
    const variable = { name: `a${'$'}{filename}`, contentType: 'image/tiff' }
    const asked = { contentType: 'image/tiff', metadata: {}, size: 1, crc32: 'AAAAAA==', md5: null, createOnly: false }
    expect(await broker.codeOf('put', { ...(await broker.object('form')), ...asked, createOnly: true })).toBe(
      'not_supported',
    )
    expect(await broker.codeOf('put', { ...(await broker.object('form', variable)), ...asked })).toBe('not_supported')
    expect(await broker.codeOf('put', { ...(await broker.object('single', variable)), ...asked })).toBe('ok')
  })
})

describe('a multipart upload', () => {
  it('is created, signed, listed and completed, and says so again when it is asked again', async () => {
    const { upload, asked } = await uploaded(broker)
    expect(await broker.parts(upload)).toMatchObject({
      abortAt: expect.any(Number),
      parts: [
        { partNumber: 1, size: partSize },
        { partNumber: 2, size: parts[1]?.length },
      ],
    })
    const completed = await broker.complete(asked)
    expect(completed).toEqual({
      etag: expect.stringMatching(/^[0-9a-f]{32}-2$/),
      versionId: null,
      crc32: crc32Of(whole),
    })
    expect(await head(upload.key)).toMatchObject({
      ContentLength: whole.length,
      ContentType: 'image/tiff',
      ChecksumType: 'FULL_OBJECT',
      Metadata: { 'original-name': 'scan.tiff' },
    })
    expect(await broker.complete(asked)).toEqual(completed)
    expect(await broker.codeOf('complete', { ...asked, crc32: null })).toBe('unclear')
    expect(await broker.codeOf('complete', { ...asked, crc32: 'AAAAAA==' })).toBe('upload_lost')
  })

  it('takes a part as it was signed, and nothing else', async () => {
    const object = await broker.object('multipart')
    const { uploadId } = await broker.create(object, bytes.length)
    const other = await broker.create(object, bytes.length)
    const upload = { ...object, uploadId }
    const request = await broker.signPart(upload, 1, bytes)
    expect(await answerTo(request, others)).toBe('400 BadDigest')
    expect(await answerTo(request, shorter)).toBe(altered)
    expect(await answerTo(request, longer)).toBe(altered)
    expect(await answerTo(withHeader(request, 'x-amz-checksum-crc32', crc32Of(others)), others)).toBe(altered)
    expect(await answerTo(withText(request, 'partNumber=1', 'partNumber=2'), bytes)).toBe(altered)
    expect(await answerTo(withText(request, uploadId, other.uploadId), bytes)).toBe(altered)
    expect(await answerTo(withText(request, 'scan.tiff?', 'other.tiff?'), bytes)).toBe(altered)
    expect((await broker.parts(upload)).parts).toEqual([])
    expect(await answerTo(request, bytes)).toBe('200')
  })

  it('lists more parts than the store lists in one page, each signed with others', async () => {
    const object = await broker.object('multipart')
    const { uploadId } = await broker.create(object, 1)
    const upload = { ...object, uploadId }
    const numbers = Array.from({ length: 1_001 }, (_, index) => index + 1)
    while (numbers.length > 0) {
      const batch = numbers.splice(0, mostSignedParts).map((partNumber) => ({ partNumber, ...factsOf(bytes) }))
      const { parts: signed } = await broker.sign({ ...upload, parts: batch })
      expect(signed.map(({ partNumber }) => partNumber)).toEqual(batch.map(({ partNumber }) => partNumber))
      await Promise.all(signed.map(({ request }) => send(request, bytes)))
    }
    const listed = await broker.parts(upload)
    expect(listed.parts.map(({ partNumber }) => partNumber)).toEqual(Array.from({ length: 1_001 }, (_, n) => n + 1))
  })

  it('is completed only with the parts that the store has, and only if they make the size', async () => {
    const { asked } = await uploaded(broker)
    const [one, two] = asked.parts
    const codeOf = (more: object) => broker.codeOf('complete', { ...asked, ...more })
    expect(await codeOf({ size: whole.length - 1 })).toBe('invalid_part')
    expect(await codeOf({ parts: [one] })).toBe('invalid_part')
    expect(await codeOf({ parts: [two, one] })).toBe('invalid_part')
    expect(await codeOf({ parts: [one, one, two] })).toBe('invalid_part')
    expect(await codeOf({ parts: [one, { ...two, partNumber: 3 }] })).toBe('invalid_part')
    expect(await codeOf({ parts: [one, { ...two, etag: '0'.repeat(32) }] })).toBe('invalid_part')
    expect(await codeOf({ parts: [one, { ...two, crc32: 'AAAAAA==' }] })).toBe('invalid_part')
    expect(await codeOf({ crc32: 'AAAAAA==' })).toBe('checksum_mismatch')
    await expect(head(asked.key)).rejects.toMatchObject({ name: 'NotFound' })
    expect(await codeOf({})).toBe('ok')
  })

  it('is not completed with a part that is too small', async () => {
    const object = await broker.object('multipart')
    const { uploadId } = await broker.create(object, 2 * bytes.length)
    const upload = { ...object, uploadId }
    for (const number of [1, 2]) await send(await broker.signPart(upload, number, bytes), bytes)
    const named = (await broker.parts(upload)).parts.map(({ partNumber, etag }) => ({ partNumber, etag, crc32: null }))
    const asked = { ...upload, size: 2 * bytes.length, crc32: null, parts: named, fullObject: true, createOnly: true }
    expect(await broker.codeOf('complete', asked)).toBe('not_supported')
  })

  it('does not take a key that is taken, and lives on', async () => {
    const { upload, asked } = await uploaded(broker)
    const { request } = await broker.signPut({ grant: upload.grant, key: upload.key }, bytes)
    expect(await answerTo(request, bytes)).toBe('200')
    expect(await broker.codeOf('complete', asked)).toBe('exists')
    expect((await broker.parts(upload)).parts).toHaveLength(2)
    expect(await broker.codeOf('complete', { ...asked, createOnly: false })).toBe('ok')
  })

  it('is aborted, also twice, and then nothing more can be done with it', async () => {
    const { upload, asked } = await uploaded(broker)
    const request = await broker.signPart(upload, 3, bytes)
    expect(await broker.codeOf('abort', upload)).toBe('ok')
    expect(await broker.codeOf('abort', upload)).toBe('ok')
    expect(await broker.codeOf('parts', upload)).toBe('upload_lost')
    expect(await broker.codeOf('complete', asked)).toBe('upload_lost')
    expect(await answerTo(request, bytes)).toBe('404 NoSuchUpload')
  })
})

it('the log says who did what and how much, and holds no address, upload id or signature', async () => {
  const own = await signingBroker({ ...configFor(store.emulator), purposes: signingPurposes })
  onTestFinished(own.close)
  const { upload, asked } = await uploaded(own)
  await own.complete(asked)
  await own.codeOf('complete', { ...asked, crc32: 'AAAAAA==' })
  await own.codeOf('abort', upload)
  const single = await own.object('single')
  const { request } = await own.signPut(single, bytes)
  const entries = own.lines.flatMap((line) => JSON.parse(line).audit ?? []).filter(({ event }) => event === 'upload')
  const by = {
    event: 'upload',
    subject: 'user-1',
    grantId: expect.any(String),
    prefix: expect.stringMatching(/^drops\//),
  }
  expect(entries).toEqual([
    { ...by, step: 'create', purpose: 'multipart', bytes: whole.length },
    { ...by, step: 'complete', purpose: 'multipart', bytes: whole.length },
    { ...by, step: 'abort', purpose: 'multipart', bytes: null },
    { ...by, step: 'put', purpose: 'single', bytes: bytes.length },
  ])
  const log = own.lines.join('')
  const signature = new URL(request.url).searchParams.get('X-Amz-Signature') ?? ''
  expect(signature).toHaveLength(64)
  for (const secret of [signature, 'X-Amz-', upload.uploadId, upload.grant, store.emulator.endpoint])
    expect(log).not.toContain(secret)
})
