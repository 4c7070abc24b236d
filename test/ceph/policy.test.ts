// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables are hostile input here
import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketPolicyCommand,
  HeadObjectCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
} from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest'
import type { BrokerConfig } from '../../src/broker/config/config.ts'
import type { Credentials } from '../../src/shared/broker-api.ts'
import { bucket as Bucket, ownerOf } from '../contract/store-under-test.ts'
import { type Broker, clientOf, configFor, file, runningBroker } from '../integration/broker/running-broker.ts'

const store = inject('store')
const Body = Buffer.from('hello world')
const denied = { name: 'AccessDenied' }

/** As a proxy sends on what came to it over TLS. */
const overTls = (client: S3Client): S3Client => {
  client.middlewareStack.add(
    (next) => (args) => {
      const request = args.request as { headers: Record<string, string> }
      request.headers['x-forwarded-proto'] = 'https'
      return next(args)
    },
    { step: 'build' },
  )
  return client
}

/** Over TLS, so that none of the policies below shuts the owner out. */
const owner = overTls(ownerOf(store))
afterAll(() => owner.destroy())

type Purpose = BrokerConfig['purposes'][number]

const brokerOf = async (purpose: Partial<Purpose>, bucket = Bucket): Promise<Broker> => {
  const { store: place, ...config } = configFor(store)
  return runningBroker({
    ...config,
    store: { ...place, bucket },
    sts: { endpoint: store.endpoint, roleArn: store.roleArn ?? '' },
    purposes: [{ name: 'drop', label: 'Drop', ...purpose }],
  })
}
const s3 = (credentials: Credentials): S3Client => {
  const client = clientOf(store, credentials)
  onTestFinished(() => client.destroy())
  return client
}

const hostileNames = [
  ...[
    '*',
    '?',
    '${aws:username}',
    '${*}',
    '${?}',
    '${$}',
    '$',
    '"',
    "'",
    '{}',
    '%2e%2e%2f',
    '%00',
    '<Key>&',
    ' ',
    '+',
    '#?a=b',
  ],
  ...['../../other', '..', '.', '/', 'a//b', '..\\other', '\\', 'a\0b', 'a\nb', 'a\r\nb', 'a\x1b[2J', 'a\x7fb'],
  ...['\u202egpj.exe', '\u200f', '\u2215..\u2215', '\uff0f\uff0e\uff0e\uff0f', '\ufeff', '\ud800', '\udfff', '\ufffe'],
  ...['e\u0301', '\u212a', '\u0958', '📷', 'x'.repeat(1_024), '📷'.repeat(512), `${'d/'.repeat(511)}x`],
]

describe.each<[string, Purpose['keyTemplate']]>([
  ['a drop', { prefix: 'hostile/{uuid}/', suffix: '{id}/{path}' }],
  ['a prefix of odd letters', { prefix: "hos-tile.!_'()/{date}/{userHash}/", suffix: "{id}-'({name}" }],
  ['a watched folder', { prefix: 'hostile/{userHash}/{folderHash}/', suffix: '{path}' }],
])('hostile names under %s', (_what, keyTemplate) => {
  const folder = crypto.randomUUID()
  let broker: Broker
  beforeAll(async () => {
    broker = await brokerOf(keyTemplate ? { keyTemplate } : {})
  })
  afterAll(() => broker?.close())

  const grant = async (token: string) => {
    const files = hostileNames.map((name) => file({ name, relativePath: name }))
    const { status, json } = await broker.post('/v1/grants', { purpose: 'drop', folder, files }, token)
    expect(status).toBe(200)
    const keys: string[] = json.keys.map(({ key }: { key: string }) => key)
    return { client: s3(json.credentials), prefix: json.destination.prefix, keys }
  }

  it('are written under their own keys, and the neighbour’s are out of reach', async () => {
    const [one, two] = [await grant('token-of-one'), await grant('token-of-two')]
    expect(new Set([...one.keys, ...two.keys]).size).toBe(2 * hostileNames.length)
    for (const [index, Key] of one.keys.entries()) {
      await one.client.send(new PutObjectCommand({ Bucket, Key, Body }))
      expect(await owner.send(new HeadObjectCommand({ Bucket, Key }))).toMatchObject({ ContentLength: Body.length })
      const theirs = { Bucket, Key: two.keys[index] }
      await expect(one.client.send(new PutObjectCommand({ ...theirs, Body }))).rejects.toMatchObject(denied)
      await expect(two.client.send(new PutObjectCommand({ Bucket, Key, Body }))).rejects.toMatchObject(denied)
      await expect(one.client.send(new CreateMultipartUploadCommand(theirs))).rejects.toMatchObject(denied)
    }
  })

  it('are no keys by themselves, nor beside the prefix', async () => {
    const { client, prefix } = await grant('token-of-one')
    // what S3 itself takes as a key
    const names = hostileNames.filter((name) => name.isWellFormed() && !/^[./]|\0|\ufffe/.test(name))
    for (const name of names) {
      for (const Key of [name, `${prefix.slice(0, -1)}${name}`].filter((key) => Buffer.byteLength(key) <= 1_024)) {
        await expect(client.send(new PutObjectCommand({ Bucket, Key, Body })), Key).rejects.toMatchObject(denied)
      }
    }
  })
})

describe('a purpose’s conditions', () => {
  it.each<[string, Purpose['conditions'], boolean]>([
    ['an address of the purpose', { sourceIps: ['127.0.0.0/8'] }, true],
    ['another address', { sourceIps: ['192.0.2.0/24', '2001:db8::/32'] }, false],
    ['no VPC endpoint', { vpcEndpoints: ['vpce-1a2b'] }, false],
    ['no VPC endpoint, but an address', { vpcEndpoints: ['vpce-1a2b'], sourceIps: ['127.0.0.0/8'] }, true],
    ['plain HTTP', { secureTransport: true }, false],
  ])('hold of a request from %s', async (_what, conditions, expected) => {
    const broker = await brokerOf(conditions ? { conditions } : {})
    onTestFinished(broker.close)
    const { keys, credentials } = await broker.grant()
    const put = s3(credentials).send(new PutObjectCommand({ Bucket, Key: keys[0]?.key, Body }))
    if (expected) await put
    else await expect(put).rejects.toMatchObject(denied)
  })

  it('hold of a request over TLS, which a proxy ended', async () => {
    const broker = await brokerOf({ conditions: { secureTransport: true } })
    onTestFinished(broker.close)
    const { keys, credentials } = await broker.grant()
    await overTls(s3(credentials)).send(new PutObjectCommand({ Bucket, Key: keys[0]?.key, Body }))
  })
})

describe('a bucket policy beside the grants', () => {
  const guarded = 'guarded'
  let broker: Broker
  beforeAll(async () => {
    await owner.send(new CreateBucketCommand({ Bucket: guarded }))
    broker = await brokerOf({}, guarded)
  })
  afterAll(() => broker?.close())

  /** Denies `Action` where one of the conditions holds. */
  const deny = async (Action: string, ...conditions: readonly object[]) => {
    const Resource = [`arn:aws:s3:::${guarded}`, `arn:aws:s3:::${guarded}/*`]
    const Statement = conditions.map((Condition) => ({ Effect: 'Deny', Principal: '*', Action, Resource, Condition }))
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement })
    await owner.send(new PutBucketPolicyCommand({ Bucket: guarded, Policy }))
    onTestFinished(async () => void (await owner.send(new DeleteBucketPolicyCommand({ Bucket: guarded }))))
  }
  const put = async (more: Partial<PutObjectCommandInput> = {}, through = (client: S3Client) => client) => {
    const { keys, credentials } = await broker.grant()
    return through(s3(credentials)).send(new PutObjectCommand({ Bucket: guarded, Key: keys[0]?.key, Body, ...more }))
  }

  it('denies whoever comes without TLS', async () => {
    await put()
    await deny(
      's3:*',
      { Bool: { 'aws:SecureTransport': 'false' } },
      // without TLS this gateway does not know the key at all, AWS always does
      { Null: { 'aws:SecureTransport': 'true' } },
    )
    await expect(put()).rejects.toMatchObject(denied)
    await put({}, overTls)
  })

  it('denies objects that are not encrypted with KMS', async () => {
    const header = 's3:x-amz-server-side-encryption'
    await deny('s3:PutObject', { StringNotEquals: { [header]: 'aws:kms' } }, { Null: { [header]: 'true' } })
    await expect(put({}, overTls)).rejects.toMatchObject(denied)
    await expect(put({ ServerSideEncryption: 'AES256' }, overTls)).rejects.toMatchObject(denied)
    const kms = { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: 'testkey-1' } as const
    await put(kms, overTls)
    const { keys, credentials } = await broker.grant()
    // this gateway shows policies the header of a PutObject only
    const create = new CreateMultipartUploadCommand({ Bucket: guarded, Key: keys[0]?.key, ...kms })
    await expect(overTls(s3(credentials)).send(create)).rejects.toMatchObject(denied)
  })

  it('denies other addresses than the organisation’s', async () => {
    await deny('s3:PutObject', { NotIpAddress: { 'aws:SourceIp': '192.0.2.0/24' } })
    await expect(put()).rejects.toMatchObject(denied)
  })

  it.each(['aws:SourceVpce', 's3:DataAccessPointAccount'])('denies what has no %s', async (key) => {
    await deny('s3:PutObject', { Null: { [key]: 'true' } })
    await expect(put()).rejects.toMatchObject(denied)
  })
})
