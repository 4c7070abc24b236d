import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import {
  fileBytes as Body,
  type Broker,
  clientOf,
  configFor,
  crc32Of,
  file,
  type Granted,
  runningBroker,
  runningStore,
  type Store,
} from './running-broker.ts'

const Bucket = 'uploads'
/** The ways in which STS gives credentials: both are held to the same. */
const kinds = [
  { kind: 'federation_token', role: {}, session: /:federated-user\/longshore-[0-9a-f]{22}$/ },
  {
    kind: 'assumed_role',
    role: { roleArn: 'arn:aws:iam::123456789012:role/uploads/uploader' },
    session: /:assumed-role\/uploader\/longshore-[0-9a-f]{22}$/,
  },
]
const keyOf = ({ keys }: Granted, index = 0) => keys[index]?.key ?? ''

let store: Store
let broker: Broker
beforeAll(async () => {
  store = await runningStore()
  await store.owner.send(new CreateBucketCommand({ Bucket: 'other-bucket' }))
  broker = await runningBroker(configFor(store.emulator))
})
afterAll(async () => {
  await broker?.close()
  await store?.close()
})

describe.each(kinds)('the credentials of a grant of the kind $kind', ({ kind, role, session }) => {
  let broker: Broker
  let grant: Granted
  let client: S3Client
  beforeAll(async () => {
    const config = configFor(store.emulator)
    broker = await runningBroker({ ...config, sts: { ...config.sts, ...role } })
    grant = await broker.grant([file(), file({ relativePath: 'a folder/ümlaut & more.txt' })])
    client = clientOf(store.emulator, grant.credentials)
  })
  afterAll(async () => {
    client?.destroy()
    await broker?.close()
  })

  it('are told as what they are, and belong to a session that has the same name at each renewal', async () => {
    expect(grant.destination.kind).toBe(kind)
    const { endpoint, region } = store.emulator
    const nameOf = async (credentials: Granted['credentials']) => {
      const { expiration: _, ...keys } = credentials
      const sts = new STSClient({ endpoint, region, credentials: keys })
      const { Arn } = await sts.send(new GetCallerIdentityCommand({})).finally(() => sts.destroy())
      return Arn
    }
    const name = await nameOf(grant.credentials)
    expect(name).toMatch(session)
    expect(await nameOf((await broker.renew(grant.grant)).credentials)).toBe(name)
    expect(await nameOf((await broker.grant()).credentials)).toBe(name)
    expect(await nameOf((await broker.grant([file()], 'token-of-two')).credentials)).not.toBe(name)
  })

  it('put objects under each key of the grant', async () => {
    for (const { key } of grant.keys) {
      await client.send(new PutObjectCommand({ Bucket, Key: key, Body }))
      const stored = await store.owner.send(new GetObjectCommand({ Bucket, Key: key }))
      expect(await stored.Body?.transformToString()).toBe('hello world')
    }
  })

  it('create, list, complete and abort a multipart upload under a key of the grant', async () => {
    const Key = keyOf(grant, 1)
    const { UploadId } = await client.send(
      new CreateMultipartUploadCommand({ Bucket, Key, ChecksumAlgorithm: 'CRC32' }),
    )
    const part = { PartNumber: 1, ChecksumCRC32: crc32Of(Body) }
    const { ETag } = await client.send(new UploadPartCommand({ Bucket, Key, UploadId, ...part, Body }))
    const { Parts } = await client.send(new ListPartsCommand({ Bucket, Key, UploadId }))
    expect(Parts).toEqual([expect.objectContaining({ PartNumber: 1, ETag })])
    await client.send(
      new CompleteMultipartUploadCommand({
        Bucket,
        Key,
        UploadId,
        MultipartUpload: { Parts: [{ ...part, ETag }] },
      }),
    )
    const again = await client.send(new CreateMultipartUploadCommand({ Bucket, Key, ChecksumAlgorithm: 'CRC32' }))
    await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId: again.UploadId }))
  })

  it('write nowhere else', async () => {
    const other = await broker.grant([file()], 'token-of-two')
    const { prefix } = grant.destination
    const places = [
      { Bucket, Key: keyOf(other) },
      { Bucket, Key: 'top.txt' },
      { Bucket, Key: prefix.slice(0, -1) },
      { Bucket, Key: `${prefix.slice(0, -1)}-more/a` },
      { Bucket, Key: 'drops/a' },
      { Bucket: 'other-bucket', Key: keyOf(grant) },
    ]
    for (const place of places) {
      await expect(client.send(new PutObjectCommand({ ...place, Body }))).rejects.toMatchObject({
        name: 'AccessDenied',
      })
      await expect(client.send(new CreateMultipartUploadCommand(place))).rejects.toMatchObject({ name: 'AccessDenied' })
    }
  })

  it('touch no upload of another grant', async () => {
    const other = await broker.grant([file()], 'token-of-two')
    const theirs = clientOf(store.emulator, other.credentials)
    const Key = keyOf(other)
    const { UploadId } = await theirs.send(
      new CreateMultipartUploadCommand({ Bucket, Key, ChecksumAlgorithm: 'CRC32' }),
    )
    theirs.destroy()
    const upload = { Bucket, Key, UploadId }
    await expect(client.send(new UploadPartCommand({ ...upload, PartNumber: 1, Body }))).rejects.toMatchObject({
      name: 'AccessDenied',
    })
    await expect(client.send(new ListPartsCommand(upload))).rejects.toMatchObject({ name: 'AccessDenied' })
    await expect(client.send(new AbortMultipartUploadCommand(upload))).rejects.toMatchObject({ name: 'AccessDenied' })
  })

  it('neither read, look, list nor delete, not even their own', async () => {
    const own = { Bucket, Key: keyOf(grant) }
    await store.owner.send(new PutObjectCommand({ ...own, Body }))
    await expect(client.send(new GetObjectCommand(own))).rejects.toMatchObject({ name: 'AccessDenied' })
    await expect(client.send(new HeadObjectCommand(own))).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } })
    await expect(client.send(new DeleteObjectCommand(own))).rejects.toMatchObject({ name: 'AccessDenied' })
    const list = { Bucket, Prefix: grant.destination.prefix }
    await expect(client.send(new ListObjectsV2Command(list))).rejects.toMatchObject({ name: 'AccessDenied' })
    await expect(client.send(new ListMultipartUploadsCommand(list))).rejects.toThrow()
  })
})

describe('a grant', () => {
  it('has the same keys when the same files are asked for again', async () => {
    const files = [file(), file({ name: 'other.txt' })]
    const first = await broker.grant(files)
    const again = await broker.grant(files)
    expect(again.keys).toEqual(first.keys)
    expect(again.destination).toEqual(first.destination)
    expect(again.credentials.accessKeyId).not.toBe(first.credentials.accessKeyId)
  })

  it.each(kinds)(
    'goes on after its credentials of the kind $kind ended, with a renewal’s and the same upload',
    async ({ role }) => {
      const ownStore = await runningStore()
      onTestFinished(ownStore.close)
      const config = configFor(ownStore.emulator)
      const ownBroker = await runningBroker({ ...config, sts: { ...config.sts, ...role }, sessionSeconds: 60 })
      onTestFinished(ownBroker.close)
      const grant = await ownBroker.grant()
      const Key = keyOf(grant)
      const ended = clientOf(ownStore.emulator, grant.credentials)
      const create = new CreateMultipartUploadCommand({ Bucket, Key, ChecksumAlgorithm: 'CRC32' })
      const { UploadId } = await ended.send(create)
      const part = { Bucket, Key, UploadId, Body }
      await ended.send(new UploadPartCommand({ ...part, PartNumber: 1 }))
      ownStore.wait(61_000)
      const late = ended.send(new UploadPartCommand({ ...part, PartNumber: 2 }))
      await expect(late).rejects.toMatchObject({ name: 'ExpiredToken' })
      ended.destroy()

      const renewed = clientOf(ownStore.emulator, (await ownBroker.renew(grant.grant)).credentials)
      await renewed.send(new UploadPartCommand({ ...part, PartNumber: 2 }))
      const { Parts } = await renewed.send(new ListPartsCommand({ Bucket, Key, UploadId }))
      expect(Parts?.map(({ PartNumber }) => PartNumber)).toEqual([1, 2])
      const elsewhere = new PutObjectCommand({ Bucket, Key: 'drops/elsewhere', Body })
      await expect(renewed.send(elsewhere)).rejects.toMatchObject({ name: 'AccessDenied' })
      renewed.destroy()
    },
  )

  it('says the expiration that STS said', async () => {
    const { credentials, serverTime } = await broker.grant()
    expect(Math.abs(credentials.expiration - serverTime - 3_600_000)).toBeLessThan(10_000)
  })
})

describe('a broker', () => {
  const unavailable = { status: 503, json: { code: 'unavailable', status: 503 } }

  it('whose STS is down says unavailable, and lives', async () => {
    const down = await runningBroker({ ...configFor(store.emulator), sts: { endpoint: 'http://127.0.0.1:1' } })
    onTestFinished(down.close)
    const answer = await down.post('/v1/grants', { purpose: 'drop', files: [file()] })
    expect(answer).toMatchObject(unavailable)
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await fetch(`${down.url}/healthz`)).status).toBe(200)
  })

  it('that STS refuses says unavailable, and logs the reason without its secret', async () => {
    const config = configFor(store.emulator)
    const awsCredentials = { accessKeyId: store.emulator.accessKeyId, secretAccessKey: 'not-the-secret-of-this-key' }
    const refused = await runningBroker({ ...config, awsCredentials })
    onTestFinished(refused.close)
    expect(await refused.post('/v1/grants', { purpose: 'drop', files: [file()] })).toMatchObject(unavailable)
    const log = refused.lines.join('')
    expect(log).toContain('SignatureDoesNotMatch')
    expect(log).not.toContain('not-the-secret-of-this-key')
  })

  it('has no credentials, token or secret in its log', async () => {
    const { credentials, grant } = await broker.grant()
    const renewed = await broker.renew(grant)
    const log = broker.lines.join('')
    expect(log).toContain('"event":"renewal"')
    const { signingSecret, awsCredentials } = configFor(store.emulator)
    for (const secret of [
      credentials.secretAccessKey,
      credentials.sessionToken,
      renewed.credentials.sessionToken,
      grant,
      renewed.grant,
      'token-of-one',
      signingSecret,
      awsCredentials?.secretAccessKey ?? '',
    ]) {
      expect(log).not.toContain(secret)
    }
  })
})
