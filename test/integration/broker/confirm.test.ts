import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import {
  fileBytes as Body,
  type Broker,
  clientOf,
  configFor,
  crc32Of,
  file,
  type Granted,
  putFiles,
  runningBroker,
  runningStore,
  type Store,
} from './running-broker.ts'

const Bucket = 'uploads'
const size = Body.length
const crc32 = crc32Of(Body)
const etag = expect.stringMatching(/^[0-9a-f]{32}(-\d+)?$/)
const receipt = expect.any(String)

let store: Store
let broker: Broker
let grant: Granted
let key: string
let client: S3Client
beforeAll(async () => {
  store = await runningStore()
  broker = await runningBroker(configFor(store.emulator))
})
beforeEach(async () => {
  grant = await broker.grant()
  key = grant.keys[0]?.key ?? ''
  client = clientOf(store.emulator, grant.credentials)
  return () => client.destroy()
})
afterAll(async () => {
  await broker?.close()
  await store?.close()
})

/** An upload in one part, with a checksum of the given type over the whole. */
const uploadInParts = async (ChecksumType: 'FULL_OBJECT' | 'COMPOSITE') => {
  const upload = { Bucket, Key: key, ChecksumAlgorithm: 'CRC32' } as const
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ ...upload, ChecksumType }))
  const part = { PartNumber: 1, ChecksumCRC32: crc32 }
  const { ETag } = await client.send(new UploadPartCommand({ ...upload, ...part, UploadId, Body }))
  await client.send(
    new CompleteMultipartUploadCommand({
      Bucket,
      Key: key,
      UploadId,
      ChecksumType,
      ...(ChecksumType === 'FULL_OBJECT' && { ChecksumCRC32: crc32 }),
      MultipartUpload: { Parts: [{ ...part, ETag }] },
    }),
  )
}

describe('an object is confirmed', () => {
  it('as the same with its checksum, put in one request', async () => {
    await client.send(new PutObjectCommand({ Bucket, Key: key, Body, ChecksumCRC32: crc32 }))
    expect(await broker.confirm(grant.grant, [{ key, size, crc32 }])).toEqual([
      { key, outcome: 'same', etag, versionId: null, crc32, receipt },
    ])
  })

  it('as the same with its checksum, sent in parts', async () => {
    await uploadInParts('FULL_OBJECT')
    expect(await broker.confirm(grant.grant, [{ key, size, crc32 }])).toEqual([
      { key, outcome: 'same', etag, versionId: null, crc32, receipt },
    ])
  })

  it('as the same by its size, where the store knows no checksum of the whole', async () => {
    await uploadInParts('COMPOSITE')
    expect(await broker.confirm(grant.grant, [{ key, size, crc32: 'AAAAAA==' }])).toEqual([
      { key, outcome: 'same', etag, versionId: null, crc32: null, receipt },
    ])
  })

  it('as the same by its size where the caller does not know the checksum yet, and says the store’s to compare', async () => {
    await uploadInParts('FULL_OBJECT')
    expect(await broker.confirm(grant.grant, [{ key, size, crc32: null }])).toEqual([
      { key, outcome: 'same', etag, versionId: null, crc32, receipt },
    ])
    expect(await broker.confirm(grant.grant, [{ key, size: size - 1, crc32: null }])).toEqual([
      { key, outcome: 'different' },
    ])
  })

  it('as different where its size or its checksum is another', async () => {
    await client.send(new PutObjectCommand({ Bucket, Key: key, Body, ChecksumCRC32: crc32 }))
    for (const claimed of [
      { key, size: size + 1, crc32 },
      { key, size, crc32: 'AAAAAA==' },
    ])
      expect(await broker.confirm(grant.grant, [claimed])).toEqual([{ key, outcome: 'different' }])
  })

  it('once in a request: one that is named twice is refused', async () => {
    const objects = [key, key].map((each) => ({ key: each, size, crc32 }))
    expect((await broker.post('/v1/confirm', { grant: grant.grant, objects })).json).toMatchObject({
      code: 'invalid_request',
      errors: [{ path: '/objects/1/key', message: 'is there twice' }],
    })
  })

  it('as absent where nothing is, or only an unfinished upload', async () => {
    await client.send(new CreateMultipartUploadCommand({ Bucket, Key: key }))
    expect(await broker.confirm(grant.grant, [{ key, size, crc32 }])).toEqual([{ key, outcome: 'absent' }])
  })

  it('among 1,000, each with its own outcome in its own place', async () => {
    const files = Array.from({ length: 1_000 }, () => file())
    const granted = await broker.grant(files)
    const { grant: token, keys } = granted
    const sent = keys.filter((_, index) => index % 100 === 7)
    await putFiles(store, { ...granted, keys: sent }, { ChecksumCRC32: crc32 })
    const present = new Set(sent.map((entry) => entry.key))
    const outcomes = await broker.confirm(
      token,
      keys.map((entry) => ({ key: entry.key, size, crc32 })),
    )
    expect(outcomes.map((object) => [object.key, object.outcome])).toEqual(
      keys.map((entry) => [entry.key, present.has(entry.key) ? 'same' : 'absent']),
    )
  })
})

describe('nothing is guessed', () => {
  const objects = () => [{ key, size, crc32 }]

  it('where the bucket is gone: that is not an absent object', async () => {
    const config = configFor(store.emulator)
    const gone = await runningBroker({ ...config, store: { ...config.store, bucket: 'gone-bucket' } })
    onTestFinished(gone.close)
    const elsewhere = await gone.grant()
    const claimed = [{ key: elsewhere.keys[0]?.key, size, crc32 }]
    const answer = await gone.post('/v1/confirm', { grant: elsewhere.grant, objects: claimed })
    expect(answer).toMatchObject({ status: 503, json: { code: 'unavailable' } })
  })

  it('where the store does not answer', async () => {
    const config = configFor(store.emulator)
    const down = await runningBroker({ ...config, store: { ...config.store, endpoint: 'http://127.0.0.1:1' } })
    onTestFinished(down.close)
    const answer = await down.post('/v1/confirm', { grant: grant.grant, objects: objects() })
    expect(answer).toMatchObject({ status: 503, json: { code: 'unavailable' } })
  })
})
