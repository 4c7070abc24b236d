import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  HeadObjectCommand,
  ListPartsCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { GetFederationTokenCommand, STSClient } from '@aws-sdk/client-sts'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { type PolicyPurpose, sessionPolicy } from '../../../src/broker/policy/session-policy.ts'
import { clientOf, configFor, file, runningBroker, runningStore, type Store } from './running-broker.ts'

const Bucket = 'uploads'
const Body = Buffer.from('hello world')
const prefix = 'drops/a/'
const denied = { name: 'AccessDenied' }
const keyId = '1234abcd-12ab-34cd-56ef-1234567890ab'

let store: Store
let sts: STSClient
beforeAll(async () => {
  store = await runningStore()
  const { endpoint, region, accessKeyId, secretAccessKey } = store.emulator
  sts = new STSClient({ endpoint, region, credentials: { accessKeyId, secretAccessKey } })
})
afterAll(async () => {
  sts?.destroy()
  await store?.close()
})

/** S3 with a session of this policy. */
const under = async (policy: string): Promise<S3Client> => {
  const { Credentials } = await sts.send(new GetFederationTokenCommand({ Name: 'policy', Policy: policy }))
  const client = clientOf(store.emulator, {
    accessKeyId: Credentials?.AccessKeyId ?? '',
    secretAccessKey: Credentials?.SecretAccessKey ?? '',
    sessionToken: Credentials?.SessionToken ?? '',
  })
  onTestFinished(() => client.destroy())
  return client
}
const policyOf = (purpose: Partial<PolicyPurpose>) =>
  sessionPolicy(
    { bucket: Bucket, region: store.emulator.region },
    prefix,
    { options: {}, conditions: {}, ...purpose },
    { kms: true },
  )
const without = (policy: string, action: string) =>
  JSON.stringify(JSON.parse(policy), (_name, value) =>
    Array.isArray(value) && value.includes(action) ? value.filter((each) => each !== action) : value,
  )
const freshKey = () => `${prefix}${crypto.randomUUID()}`
const put = (client: S3Client, more: Partial<PutObjectCommandInput> = {}) =>
  client.send(new PutObjectCommand({ Bucket, Key: freshKey(), Body, ...more }))
const create = async (client: S3Client, more: Partial<PutObjectCommandInput> = {}) => {
  const upload = { Bucket, Key: freshKey(), ...more }
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ ...upload, ChecksumAlgorithm: 'CRC32' }))
  return { Bucket, Key: upload.Key, UploadId }
}
const send = async (client: S3Client, upload: Awaited<ReturnType<typeof create>>) => {
  const { ETag, ChecksumCRC32 } = await client.send(new UploadPartCommand({ ...upload, PartNumber: 1, Body }))
  return { ...upload, MultipartUpload: { Parts: [{ PartNumber: 1, ETag, ChecksumCRC32 }] } }
}

describe('each action of the session policy', () => {
  const tomorrow = () => new Date(Date.now() + 86_400_000)
  const kms = { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: keyId } as const
  const locked = () => ({ ObjectLockMode: 'GOVERNANCE', ObjectLockRetainUntilDate: tomorrow() }) as const

  it.each<[string, PolicyPurpose['options'], (client: S3Client) => Promise<unknown>]>([
    ['s3:PutObject', {}, put],
    ['s3:PutObject', {}, create],
    ['s3:PutObject', {}, async (client) => send(client, await create(store.owner))],
    [
      's3:PutObject',
      {},
      async (client) =>
        client.send(new CompleteMultipartUploadCommand(await send(store.owner, await create(store.owner)))),
    ],
    ['s3:ListMultipartUploadParts', {}, async (client) => client.send(new ListPartsCommand(await create(store.owner)))],
    [
      's3:AbortMultipartUpload',
      {},
      async (client) => client.send(new AbortMultipartUploadCommand(await create(store.owner))),
    ],
    ['s3:PutObjectTagging', { tags: { team: 'scans' } }, (client) => put(client, { Tagging: 'team=scans' })],
    ['s3:PutObjectTagging', { tags: { team: 'scans' } }, (client) => create(client, { Tagging: 'team=scans' })],
    ['s3:PutObjectRetention', { objectLock: { mode: 'GOVERNANCE', days: 1 } }, (client) => put(client, locked())],
    ['s3:PutObjectRetention', { objectLock: { mode: 'GOVERNANCE', days: 1 } }, (client) => create(client, locked())],
    ['s3:PutObjectLegalHold', { legalHold: true }, (client) => put(client, { ObjectLockLegalHoldStatus: 'ON' })],
    ['s3:PutObjectLegalHold', { legalHold: true }, (client) => create(client, { ObjectLockLegalHoldStatus: 'ON' })],
    ['kms:GenerateDataKey', { encryption: { by: 'kms', keyId } }, (client) => put(client, kms)],
    ['kms:GenerateDataKey', { encryption: { by: 'kms', keyId } }, (client) => create(client, kms)],
    ['kms:Decrypt', { encryption: { by: 'kms', keyId } }, (client) => create(client, kms)],
  ])('is needed, and enough: %s (%j)', async (action, options, work) => {
    const policy = policyOf({ options })
    await work(await under(policy))
    await expect(work(await under(without(policy, action)))).rejects.toMatchObject(denied)
  })

  it('lets a client use no other KMS key than its purpose’s', async () => {
    const client = await under(policyOf({ options: { encryption: { by: 'kms', keyId } } }))
    const other = '9876fedc-12ab-34cd-56ef-1234567890ab'
    await expect(put(client, { ...kms, SSEKMSKeyId: other })).rejects.toMatchObject(denied)
    await put(await under(policyOf({ options: { encryption: { by: 'kms', keyId: null } } })), {
      ServerSideEncryption: 'aws:kms',
    })
  })

  it('lets a client lock an object that it then cannot delete, and nor can the owner', async () => {
    const client = await under(policyOf({ options: { legalHold: true } }))
    const object = { Bucket, Key: freshKey() }
    await put(client, { ...object, ObjectLockLegalHoldStatus: 'ON' })
    expect(await store.owner.send(new HeadObjectCommand(object))).toMatchObject({ ObjectLockLegalHoldStatus: 'ON' })
    await expect(client.send(new DeleteObjectCommand(object))).rejects.toMatchObject(denied)
    await expect(store.owner.send(new DeleteObjectCommand(object))).rejects.toMatchObject(denied)
  })
})

describe('the conditions of a purpose', () => {
  it.each<[string, PolicyPurpose['conditions'], boolean]>([
    ['from an address of the purpose', { sourceIps: ['192.0.2.0/24', '127.0.0.0/8'] }, true],
    ['from another address', { sourceIps: ['192.0.2.0/24', '2001:db8::/32'] }, false],
    ['not by the VPC endpoint', { vpcEndpoints: ['vpce-1a2b'] }, false],
    [
      'not by the VPC endpoint, but from an address',
      { vpcEndpoints: ['vpce-1a2b'], sourceIps: ['127.0.0.1/32'] },
      true,
    ],
    ['without TLS', { secureTransport: true, sourceIps: ['127.0.0.1/32'] }, false],
  ])('a request %s (%j): %s', async (_what, conditions, expected) => {
    const client = await under(policyOf({ conditions }))
    const outcome = await put(client).then(
      () => true,
      ({ name }) => name !== 'AccessDenied' && name,
    )
    expect(outcome).toBe(expected)
  })

  it('a purpose that only creates demands If-None-Match of each object, and of no part', async () => {
    const client = await under(policyOf({ options: { createOnly: true } }))
    await expect(put(client)).rejects.toMatchObject(denied)
    const object = { Key: freshKey(), IfNoneMatch: '*' }
    await put(client, object)
    await expect(put(client, object)).rejects.toMatchObject({ name: 'PreconditionFailed' })
    const joined = await send(client, await create(client))
    await expect(client.send(new CompleteMultipartUploadCommand(joined))).rejects.toMatchObject(denied)
    await client.send(new CompleteMultipartUploadCommand({ ...joined, IfNoneMatch: '*' }))
  })
})

describe('a grant', () => {
  const folderTemplate = { prefix: 'folders/{userHash}/{folderHash}/', suffix: '{path}' }
  const folder = crypto.randomUUID()
  const brokerOf = async () => {
    const broker = await runningBroker({
      ...configFor(store.emulator),
      purposes: [
        { name: 'drop', label: 'Drop' },
        { name: 'folder', label: 'Folder', keyTemplate: folderTemplate },
      ],
    })
    onTestFinished(broker.close)
    return broker
  }

  it('is logged with the size of its policy by STS’s measure, at each renewal too', async () => {
    const broker = await brokerOf()
    await broker.renew((await broker.grant()).grant)
    const audits = broker.lines.flatMap((line) => JSON.parse(line).audit ?? [])
    const packedPolicySize = expect.toSatisfy((size) => Number.isInteger(size) && size > 0 && size <= 100)
    expect(audits).toMatchObject([
      { event: 'grant', packedPolicySize },
      { event: 'renewal', packedPolicySize },
    ])
  })

  it('of a watched folder has one key for each path, whenever and with whichever id it is asked for', async () => {
    const broker = await brokerOf()
    const ask = async (relativePath: string, of = folder) => {
      const body = { purpose: 'folder', folder: of, files: [file({ relativePath })] }
      const { json } = await broker.post('/v1/grants', body)
      return json.keys[0].key
    }
    const key = await ask('2024/scan.tiff')
    expect(key).toMatch(/^folders\/[0-9a-f]{32}\/[0-9a-f]{32}\/2024\/scan\.tiff$/)
    expect(await ask('2024/scan.tiff')).toBe(key)
    expect(await ask('2024/scan.tiff', crypto.randomUUID())).not.toBe(key)
  })

  it('of a watched folder is refused where two paths would share a key, or no folder is named', async () => {
    const broker = await brokerOf()
    const files = ['a.txt', 'cafe\u0301', 'caf\u00e9', 'A.txt'].map((relativePath) => file({ relativePath }))
    expect(await broker.post('/v1/grants', { purpose: 'folder', folder, files })).toMatchObject({
      status: 400,
      json: {
        code: 'invalid_request',
        errors: [{ path: '/files/2/relativePath', message: 'gives the same key as /files/1/relativePath' }],
      },
    })
    expect(await broker.post('/v1/grants', { purpose: 'folder', files: [file()] })).toMatchObject({
      status: 400,
      json: { code: 'invalid_request', errors: [{ path: '/folder' }] },
    })
    expect(await broker.post('/v1/grants', { purpose: 'drop', files })).toMatchObject({ status: 200 })
  })
})
