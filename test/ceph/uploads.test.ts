import {
  CreateBucketCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest'
import type { BrokerConfig } from '../../src/broker/config/config.ts'
import { bucket as Bucket, ownerOf } from '../contract/store-under-test.ts'
import { configFor } from '../integration/broker/running-broker.ts'
import {
  answerTo,
  partSize,
  parts,
  type SigningBroker,
  signingBroker,
  signingPurposes,
  uploaded,
  whole,
  withField,
  withHeader,
  withText,
} from '../integration/broker/signing-client.ts'

const store = inject('store')
const bytes = Buffer.from('hello world')
const others = Buffer.from('HELLO WORLD')
const shorter = bytes.subarray(1)
const longer = Buffer.concat([bytes, bytes])
/** What Ceph says of a signature that does not fit; AWS says SignatureDoesNotMatch. */
const denied = '403 AccessDenied'

let owner: S3Client
let broker: SigningBroker
const brokerOf = (purposes: BrokerConfig['purposes'], bucket = Bucket, sts?: BrokerConfig['sts']) => {
  const { store: place, ...config } = configFor(store)
  return signingBroker({ ...config, store: { ...place, bucket }, purposes, ...(sts && { sts }) })
}
beforeAll(async () => {
  owner = ownerOf(store)
  broker = await brokerOf(signingPurposes)
})
afterAll(async () => {
  owner?.destroy()
  await broker?.close()
})
const head = (Key: string, inBucket = Bucket) => owner.send(new HeadObjectCommand({ Bucket: inBucket, Key }))

describe('a single request', () => {
  it('goes through as it was signed and in no other way', async () => {
    const object = await broker.object('single')
    const { request } = await broker.signPut(object, bytes)
    expect(await answerTo(request, others)).toBe('400 BadDigest')
    expect(await answerTo(request, shorter)).toBe(denied)
    expect(await answerTo(request, longer)).toBe(denied)
    expect(await answerTo(withHeader(request, 'content-type', 'text/html'), bytes)).toBe(denied)
    expect(await answerTo(withHeader(request, 'content-md5', undefined), others)).toBe(denied)
    expect(await answerTo(withHeader(request, 'x-amz-checksum-crc32', undefined), others)).toBe(denied)
    expect(await answerTo(withHeader(request, 'x-amz-meta-original-name', 'other'), bytes)).toBe(denied)
    expect(await answerTo(withText(request, 'scan.tiff?', 'other.tiff?'), bytes)).toBe(denied)
    expect(await answerTo(withText(request, 'X-Amz-Expires=900', 'X-Amz-Expires=9000'), bytes)).toBe(denied)
    await expect(head(object.key)).rejects.toMatchObject({ name: 'NotFound' })
    expect(await answerTo(request, bytes)).toBe('200')
    expect(await head(object.key)).toMatchObject({
      ContentLength: bytes.length,
      ContentType: 'image/tiff',
      Metadata: { 'original-name': 'scan.tiff' },
    })
  })

  it('writes over nothing where it was signed to create', async () => {
    const { request } = await broker.signPut(await broker.object('single'), bytes, { createOnly: true })
    expect(await answerTo(withHeader(request, 'if-none-match', undefined), bytes)).toBe(denied)
    expect(await answerTo(request, bytes)).toBe('200')
    expect(await answerTo(request, bytes)).toBe('412 PreconditionFailed')
  })
})

describe('headers that nobody signed, which AWS refuses and Ceph does not,', () => {
  /** What comes of it when a PUT and a part are sent with them. */
  const outcomes = async (by: SigningBroker) => {
    const foreign = await by.object('single')
    await owner.send(new PutObjectCommand({ Bucket, Key: foreign.key, Body: 'not yours' }))
    const source = `${Bucket}/${encodeURIComponent(foreign.key)}`
    const single = await by.object('single')
    const { request } = await by.signPut(single, bytes)
    const object = await by.object('multipart')
    const { uploadId } = await by.create(object, bytes.length)
    const part = await by.signPart({ ...object, uploadId }, 1, bytes)
    return {
      copied: await answerTo(withHeader(request, 'x-amz-copy-source', source), bytes),
      published: await answerTo(withHeader(request, 'x-amz-acl', 'public-read'), bytes),
      partCopied: await answerTo(withHeader(part, 'x-amz-copy-source', source), bytes),
    }
  }

  it('can do whatever the broker may, where it signs with its own rights', async () => {
    expect(await outcomes(broker)).toMatchObject({ copied: '200', published: '200' })
  })

  it('can copy nothing where it signs with a session of a role, though people may still publish what is theirs', async () => {
    const narrow = await brokerOf(signingPurposes, Bucket, { endpoint: store.endpoint, roleArn: store.roleArn ?? '' })
    onTestFinished(narrow.close)
    expect(await outcomes(narrow)).toEqual({ copied: denied, published: '200', partCopied: denied })
    for (const [purpose, answer] of [
      ['single', '200'],
      ['form', '201'],
    ] as const) {
      const { request } = await narrow.signPut(await narrow.object(purpose), bytes)
      expect(await answerTo(request, bytes)).toBe(answer)
    }
    const { asked } = await uploaded(narrow)
    expect(await narrow.codeOf('complete', asked)).toBe('ok')
  })
})

describe('a form', () => {
  it('goes through as it was signed and in no other way, but for other bytes of the same size', async () => {
    const object = await broker.object('form')
    const { request } = await broker.signPut(object, bytes)
    expect(await answerTo(request, shorter)).toBe('400 EntityTooSmall')
    expect(await answerTo(request, longer)).toBe('400 EntityTooLarge')
    expect(await answerTo(withField(request, 'Content-Type', 'text/html'), bytes)).toBe(denied)
    expect(await answerTo(withField(request, 'key', 'other'), bytes)).toBe(denied)
    expect(await answerTo(withField(request, 'x-amz-storage-class', 'STANDARD'), bytes)).toBe(denied)
    await expect(head(object.key)).rejects.toMatchObject({ name: 'NotFound' })
    expect(await answerTo(request, bytes)).toBe('201')
    expect(await head(object.key)).toMatchObject({
      ContentLength: bytes.length,
      ContentType: 'image/tiff',
      Metadata: { 'original-name': 'scan.tiff' },
    })
    // neither its CRC32 nor its MD5 is looked at
    expect(await answerTo(request, others)).toBe('201')
  })
})

describe('a multipart upload', () => {
  it('takes parts as they were signed, is aborted, and then nothing more can be done with it', async () => {
    const object = await broker.object('multipart')
    const { uploadId } = await broker.create(object, bytes.length)
    const other = await broker.create(object, bytes.length)
    const upload = { ...object, uploadId }
    const request = await broker.signPart(upload, 1, bytes)
    expect(await answerTo(request, others)).toBe('400 BadDigest')
    expect(await answerTo(request, shorter)).toBe(denied)
    expect(await answerTo(request, longer)).toBe(denied)
    expect(await answerTo(withText(request, 'partNumber=1', 'partNumber=2'), bytes)).toBe(denied)
    expect(await answerTo(withText(request, uploadId, other.uploadId), bytes)).toBe(denied)
    expect(await answerTo(withText(request, 'scan.tiff?', 'other.tiff?'), bytes)).toBe(denied)
    expect((await broker.parts(upload)).parts).toEqual([])
    expect(await answerTo(request, bytes)).toBe('200')
    expect(await broker.codeOf('abort', upload)).toBe('ok')
    expect(await broker.codeOf('abort', upload)).toBe('ok')
    expect(await broker.codeOf('parts', upload)).toBe('upload_lost')
    expect(await answerTo(request, bytes)).toBe('404 NoSuchUpload')
  })

  it('is completed with its size checked; asked again, nobody knows, for want of a checksum', async () => {
    const { upload, asked } = await uploaded(broker)
    expect(await broker.parts(upload)).toMatchObject({
      parts: [
        { partNumber: 1, size: partSize },
        { partNumber: 2, size: parts[1]?.length },
      ],
    })
    expect(await broker.codeOf('complete', { ...asked, parts: asked.parts.slice(1) })).toBe('invalid_part')
    expect(await broker.complete(asked)).toEqual({
      etag: expect.stringMatching(/^[0-9a-f]{32}-2$/),
      versionId: null,
      crc32: null,
    })
    expect(await head(upload.key)).toMatchObject({ ContentLength: whole.length, ContentType: 'image/tiff' })
    expect(await broker.codeOf('complete', asked)).toBe('unclear')
  })

  it('cannot be reached from another key', async () => {
    const { upload, asked } = await uploaded(broker)
    const mine = { ...(await broker.object('multipart')), uploadId: upload.uploadId }
    expect(await broker.codeOf('parts', mine)).toBe('upload_lost')
    expect(await broker.codeOf('complete', { ...asked, ...mine })).toBe('upload_lost')
    expect(await broker.codeOf('abort', mine)).toBe('ok')
    expect(await answerTo(await broker.signPart(mine, 1, bytes), bytes)).toBe('404 NoSuchUpload')
    expect((await broker.parts(upload)).parts).toHaveLength(2)
  })
})

describe('what the operator wants of an object', () => {
  const locking = 'locking'
  const options = { tags: { team: 'a & b' }, metadata: { source: 'longshore' }, storageClass: 'STANDARD' }
  const locked = { objectLock: { mode: 'GOVERNANCE' as const, days: 30 }, legalHold: true }
  const tags = [{ Key: 'team', Value: 'a & b' }]
  const tagsOf = async (Key: string) => (await owner.send(new GetObjectTaggingCommand({ Bucket: locking, Key }))).TagSet
  let demanding: SigningBroker
  beforeAll(async () => {
    await owner.send(new CreateBucketCommand({ Bucket: locking, ObjectLockEnabledForBucket: true }))
    demanding = await brokerOf(
      signingPurposes.map((purpose) => ({
        ...purpose,
        options: purpose.method === 'post' ? options : { ...options, ...locked },
      })),
      locking,
    )
    return demanding.close
  })

  it('arrives with a single request, with a form and with a multipart upload', async () => {
    const single = await demanding.object('single')
    const { request } = await demanding.signPut(single, bytes)
    expect(await answerTo(withHeader(request, 'x-amz-tagging', undefined), bytes)).toBe(denied)
    expect(await answerTo(withHeader(request, 'x-amz-object-lock-mode', undefined), bytes)).toBe(denied)
    expect(await answerTo(request, bytes)).toBe('200')
    const form = await demanding.object('form')
    expect(await answerTo((await demanding.signPut(form, bytes)).request, bytes)).toBe('201')
    const { upload, asked } = await uploaded(demanding)
    expect(await demanding.codeOf('complete', asked)).toBe('ok')

    const Metadata = { 'original-name': 'scan.tiff', source: 'longshore' }
    const lock = { ObjectLockMode: 'GOVERNANCE', ObjectLockLegalHoldStatus: 'ON' }
    expect(await head(single.key, locking)).toMatchObject({ Metadata, ...lock })
    expect(await head(form.key, locking)).toMatchObject({ Metadata })
    expect(await tagsOf(single.key)).toEqual(tags)
    expect(await tagsOf(form.key)).toEqual(tags)

    // Ceph 16 takes no notice of tags and locks that a multipart upload is created with
    const joined = await head(upload.key, locking)
    expect(joined).toMatchObject({ Metadata })
    expect(joined).not.toHaveProperty('ObjectLockMode')
    expect(await tagsOf(upload.key)).toBeUndefined()
  })
})
