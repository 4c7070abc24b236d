import { GetObjectTaggingCommand, HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { configFor, runningStore, type Store } from './running-broker.ts'
import {
  answerTo,
  type SigningBroker,
  signingBroker,
  signingPurposes,
  uploaded,
  withField,
  withHeader,
} from './signing-client.ts'

const Bucket = 'uploads'
const bytes = Buffer.from('hello world')
const altered = '403 SignatureDoesNotMatch'
const day = 86_400_000

let store: Store
beforeAll(async () => {
  store = await runningStore()
})
afterAll(() => store?.close())
const head = (Key: string) => store.owner.send(new HeadObjectCommand({ Bucket, Key }))
const tagsOf = async (Key: string) => (await store.owner.send(new GetObjectTaggingCommand({ Bucket, Key }))).TagSet

describe('what the operator wants of an object', () => {
  const options = {
    encryption: { by: 'kms' as const, keyId: 'arn:aws:kms:us-east-1:123456789012:key/one' },
    storageClass: 'STANDARD_IA',
    tags: { team: 'a & b', state: 'new/raw' },
    metadata: { source: 'longshore' },
  }
  const locked = { objectLock: { mode: 'GOVERNANCE' as const, days: 30 }, legalHold: true }
  const arrived = {
    ServerSideEncryption: 'aws:kms',
    SSEKMSKeyId: options.encryption.keyId,
    StorageClass: 'STANDARD_IA',
    Metadata: { 'original-name': 'scan.tiff', source: 'longshore' },
  }
  const tags = [
    { Key: 'team', Value: 'a & b' },
    { Key: 'state', Value: 'new/raw' },
  ]
  let demanding: SigningBroker
  beforeAll(async () => {
    demanding = await signingBroker({
      ...configFor(store.emulator),
      purposes: signingPurposes.map((purpose) => ({
        ...purpose,
        options: purpose.method === 'post' ? options : { ...options, ...locked, createOnly: true },
      })),
    })
    return demanding.close
  })

  it('arrives with a single request, cannot be left out, and demands a free key', async () => {
    const object = await demanding.object('single')
    const { request } = await demanding.signPut(object, bytes)
    if (request.method !== 'PUT') throw new Error('not a PUT')
    const demanded = Object.keys(request.headers).filter((name) => name !== 'content-length')
    for (const name of demanded) expect(await answerTo(withHeader(request, name, undefined), bytes)).toBe(altered)
    expect(await answerTo(request, bytes)).toBe('200')
    const found = await head(object.key)
    expect(found).toMatchObject({ ...arrived, ObjectLockMode: 'GOVERNANCE', ObjectLockLegalHoldStatus: 'ON' })
    expect(Math.abs((found.ObjectLockRetainUntilDate?.getTime() ?? 0) - Date.now() - 30 * day)).toBeLessThan(60_000)
    expect(await tagsOf(object.key)).toEqual(tags)
    expect(await answerTo(request, bytes)).toBe('412 PreconditionFailed')
  })

  it('arrives with a form', async () => {
    const object = await demanding.object('form')
    const { request } = await demanding.signPut(object, bytes)
    expect(await answerTo(withField(request, 'tagging', undefined), bytes)).toBe('403 AccessDenied')
    expect(await answerTo(request, bytes)).toBe('201')
    expect(await head(object.key)).toMatchObject(arrived)
    expect(await tagsOf(object.key)).toEqual(tags)
  })

  it('arrives with a multipart upload', async () => {
    const { upload, asked } = await uploaded(demanding)
    expect(await demanding.codeOf('complete', asked)).toBe('ok')
    expect(await head(upload.key)).toMatchObject({
      ...arrived,
      ObjectLockMode: 'GOVERNANCE',
      ObjectLockLegalHoldStatus: 'ON',
    })
    expect(await tagsOf(upload.key)).toEqual(tags)
  })

  it('arrives also where the broker signs with sessions of a role, which may do no more than that', async () => {
    const { sts, ...config } = configFor(store.emulator)
    const narrow = await signingBroker({
      ...config,
      sts: { ...sts, roleArn: 'arn:aws:iam::123456789012:role/uploads' },
      purposes: signingPurposes.map((purpose) => ({
        ...purpose,
        options: { ...options, encryption: { by: 's3' }, ...(purpose.method === 'post' ? {} : locked) },
      })),
    })
    onTestFinished(narrow.close)
    const single = await narrow.object('single')
    const form = await narrow.object('form')
    const { request } = await narrow.signPut(single, bytes)
    expect(request.url).toContain('X-Amz-Security-Token')
    expect(await answerTo(request, bytes)).toBe('200')
    expect(await answerTo((await narrow.signPut(form, bytes)).request, bytes)).toBe('201')
    const { upload, asked } = await uploaded(narrow)
    expect(await narrow.codeOf('complete', asked)).toBe('ok')
    for (const { key } of [single, form, upload]) expect(await tagsOf(key)).toEqual(tags)
  })

  it('makes a multipart upload demand a free key, whatever the client says', async () => {
    const { upload, asked } = await uploaded(demanding)
    await store.owner.send(new PutObjectCommand({ Bucket, Key: upload.key, Body: bytes }))
    expect(await demanding.codeOf('complete', { ...asked, createOnly: false })).toBe('exists')
  })
})
