import {
  CreateBucketCommand,
  GetBucketCorsCommand,
  GetBucketLifecycleConfigurationCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutBucketCorsCommand,
  PutBucketLifecycleConfigurationCommand,
} from '@aws-sdk/client-s3'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { check } from '../../../src/broker/check/check.ts'
import { type Finding, unseenFor } from '../../../src/broker/check/finding.ts'
import { type BrokerConfig, brokerConfigSchema } from '../../../src/broker/config/config.ts'
import { configFor, runningStore, type Store } from './running-broker.ts'

let store: Store
let bucket: string
let buckets = 0
beforeAll(async () => {
  store = await runningStore()
})
afterAll(() => store.close())
beforeEach(async () => {
  buckets += 1
  bucket = `checked-${buckets}`
  await store.owner.send(new CreateBucketCommand({ Bucket: bucket }))
})

const invitations: Partial<BrokerConfig> = {
  publicUrl: 'https://send.example',
  purposes: [{ name: 'drop', label: 'Drop', kind: 'single_request', invitations: true }],
}
const checked = async (
  overrides: Partial<BrokerConfig> = {},
  options: { fix?: boolean; aws?: boolean; now?: () => number } = {},
) => {
  const config = configFor(store.emulator)
  const settings = brokerConfigSchema.parse({ ...config, store: { ...config.store, bucket }, ...overrides })
  const lines: string[] = []
  const write = (line: string) => void lines.push(line)
  const code = await check(settings, { fix: false, aws: false, json: true, write, ...options })
  const findings = JSON.parse(lines.join('')).findings as readonly Finding[]
  return { code, of: (name: string) => findings.filter((finding) => finding.check.startsWith(name)), findings }
}
const setRule = (rule: object) =>
  store.owner.send(
    new PutBucketLifecycleConfigurationCommand({
      Bucket: bucket,
      LifecycleConfiguration: { Rules: [{ ID: 'theirs', Status: 'Enabled', Filter: { Prefix: '' }, ...rule }] },
    }),
  )
const abortAfter = (days: number) => ({ AbortIncompleteMultipartUpload: { DaysAfterInitiation: days } })

test('a store that is as it must be passes, and nothing is left in it', async () => {
  await setRule(abortAfter(7))
  const { code, findings } = await checked()
  expect(findings.filter(({ state }) => state === 'wrong')).toEqual([])
  expect(findings.map(({ check: name }) => name)).toEqual([
    'clock, against the store',
    `bucket ${bucket}`,
    `lifecycle rule of ${bucket}`,
    `CORS of ${bucket}`,
    `public access to ${bucket}`,
    'rights of purpose drop',
    "broker's rights for purpose drop",
    'limits of purpose drop',
    'after the trial of purpose drop',
    'clock, against STS',
  ])
  expect(code).toBe(0)
  expect((await store.owner.send(new ListObjectsV2Command({ Bucket: bucket }))).KeyCount).toBe(0)
  expect((await store.owner.send(new ListMultipartUploadsCommand({ Bucket: bucket }))).Uploads ?? []).toEqual([])
})

describe('the lifecycle rule', () => {
  test.each<[string, object, Partial<BrokerConfig>]>([
    ['is of other keys', { ...abortAfter(7), Filter: { Prefix: 'other/' } }, {}],
    ['is switched off', { ...abortAfter(7), Status: 'Disabled' }, {}],
    ['removes objects only', { Expiration: { Days: 30 } }, {}],
    ['comes later than grants end', abortAfter(15), {}],
    ['comes later than the grants that were shortened', abortAfter(3), { renewDays: 2 }],
  ])('is found wrong where it %s', async (_, rule, config) => {
    await setRule(rule)
    const { code, of } = await checked(config)
    expect(of('lifecycle rule')).toEqual([expect.objectContaining({ state: 'wrong', advice: expect.any(String) })])
    expect(code).toBe(1)
  })

  test.each([
    ['for all keys', { ...abortAfter(7) }],
    ['for a prefix', { ...abortAfter(14), Filter: { Prefix: 'dro' } }],
    ['for a prefix, as it was written once', { ...abortAfter(7), Filter: undefined, Prefix: 'drops/' }],
  ])('may be %s', async (_, rule) => {
    await setRule(rule)
    expect((await checked()).of('lifecycle rule')).toEqual([expect.objectContaining({ state: 'ok' })])
  })

  test('is set by --fix beside those that are there, and then found right', async () => {
    await setRule({ Expiration: { Days: 30 } })
    const fixed = await checked({ renewDays: 5.5 }, { fix: true })
    expect(fixed.of('lifecycle rule')).toEqual([
      expect.objectContaining({
        state: 'ok',
        changed: 'set longshore-unfinished-uploads-drops-: 5 days; kept the 1 other rules',
      }),
    ])
    const { Rules } = await store.owner.send(new GetBucketLifecycleConfigurationCommand({ Bucket: bucket }))
    expect(Rules).toEqual([
      { ID: 'theirs', Status: 'Enabled', Filter: { Prefix: '' }, Expiration: { Days: 30 } },
      { ID: 'longshore-unfinished-uploads-drops-', Status: 'Enabled', Filter: { Prefix: 'drops/' }, ...abortAfter(5) },
    ])
    const again = await checked({ renewDays: 5.5 }, { fix: true })
    expect(again.of('lifecycle rule')[0]).not.toHaveProperty('changed')
    const shorter = await checked({ renewDays: 3 }, { fix: true })
    expect(shorter.of('lifecycle rule')[0]?.changed).toContain('3 days')
    const after = await store.owner.send(new GetBucketLifecycleConfigurationCommand({ Bucket: bucket }))
    expect(after.Rules).toHaveLength(2)
  })

  test('needs grants of two days and more', async () => {
    await setRule(abortAfter(1))
    expect((await checked({ renewDays: 1 })).of('renewDays')).toEqual([expect.objectContaining({ state: 'wrong' })])
  })
})

describe('CORS', () => {
  const rule = {
    AllowedOrigins: ['https://send.example'],
    AllowedMethods: ['PUT', 'POST'],
    AllowedHeaders: ['*'],
    ExposeHeaders: ['ETag', 'X-Amz-Checksum-Crc32'],
  }
  const setCors = (...CORSRules: object[]) =>
    store.owner.send(new PutBucketCorsCommand({ Bucket: bucket, CORSConfiguration: { CORSRules: CORSRules as never } }))

  test('is not asked for without invitations', async () => {
    expect((await checked()).of('CORS')).toEqual([expect.objectContaining({ state: 'ok' })])
  })

  test.each<[string, readonly object[]]>([
    ['is not there', []],
    ['is for another origin', [{ ...rule, AllowedOrigins: ['https://other.example'] }]],
    ['allows no PUT', [{ ...rule, AllowedMethods: ['POST'] }]],
    ['does not let the checksum through', [{ ...rule, AllowedHeaders: ['content-type'] }]],
    ['does not expose the ETag', [{ ...rule, ExposeHeaders: ['x-amz-checksum-crc32'] }]],
    ['hides the right rule behind one that fits too', [{ ...rule, ExposeHeaders: [] }, rule]],
  ])('is found wrong where it %s', async (_, rules) => {
    if (rules.length > 0) await setCors(...rules)
    expect((await checked(invitations)).of('CORS')).toEqual([expect.objectContaining({ state: 'wrong' })])
  })

  test('may be for all origins of a domain', async () => {
    await setCors({ ...rule, AllowedOrigins: ['https://*.example'] })
    expect((await checked(invitations)).of('CORS')).toEqual([expect.objectContaining({ state: 'ok' })])
  })

  test('is set by --fix before the rules that are there', async () => {
    const theirs = { ID: 'theirs', AllowedOrigins: ['*'], AllowedMethods: ['GET'] }
    await setCors(theirs)
    const { of } = await checked(invitations, { fix: true })
    expect(of('CORS')).toEqual([expect.objectContaining({ state: 'ok', changed: expect.any(String) })])
    const { CORSRules } = await store.owner.send(new GetBucketCorsCommand({ Bucket: bucket }))
    expect(CORSRules).toMatchObject([{ ID: 'longshore-invitations' }, theirs])
    expect((await checked(invitations)).of('CORS')[0]).not.toHaveProperty('changed')
  })
})

test('a bucket that is not there is told so, and nothing in it is looked for', async () => {
  const config = configFor(store.emulator)
  const { code, findings } = await checked({ store: { ...config.store, bucket: 'elsewhere' } })
  expect(code).toBe(1)
  expect(findings.filter(({ state }) => state !== 'ok')).toEqual([
    expect.objectContaining({ check: 'bucket elsewhere', says: 'is not there' }),
  ])
})

test('a region that is another is named', async () => {
  const config = configFor(store.emulator)
  const { of } = await checked({ store: { ...config.store, bucket, region: 'ap-south-2' } })
  expect(of('bucket')).toEqual([expect.objectContaining({ state: 'wrong' })])
})

test('a clock that is wrong is told with the seconds', async () => {
  const now = () => Date.now() + 600_000
  const { code, of } = await checked({}, { now })
  expect(of('clock')).toEqual([
    expect.objectContaining({ state: 'wrong', says: expect.stringMatching(/^this machine's is (59|60)\d s ahead$/) }),
    expect.objectContaining({ state: 'wrong' }),
  ])
  expect(code).toBe(1)
})

test('keys of nobody are told as what they are', async () => {
  const { code, of } = await checked({ awsCredentials: { accessKeyId: 'AKIANOBODY', secretAccessKey: 'none of ours' } })
  expect(of('bucket')[0]).toMatchObject({ state: 'wrong', says: expect.stringContaining('403') })
  expect(code).toBe(1)
})

test('a store that is not there is told so', async () => {
  const config = configFor(store.emulator)
  const { of } = await checked({ store: { ...config.store, endpoint: 'http://127.0.0.1:1' } })
  expect(of('bucket')[0]).toMatchObject({ state: 'wrong', says: expect.stringContaining('ECONNREFUSED') })
})

test('--aws continues an upload under a second session and writes on a taken key', async () => {
  await setRule(abortAfter(7))
  const { code, of } = await checked({}, { aws: true })
  expect(of('an upload')).toEqual([expect.objectContaining({ state: 'ok' })])
  expect(of('a taken key')).toEqual([expect.objectContaining({ state: 'ok' })])
  expect(code).toBe(0)
  expect((await store.owner.send(new ListObjectsV2Command({ Bucket: bucket }))).KeyCount).toBe(0)
  expect((await store.owner.send(new ListMultipartUploadsCommand({ Bucket: bucket }))).Uploads ?? []).toEqual([])
})

describe('a purpose whose requests are signed', () => {
  const roleArn = 'arn:aws:iam::123456789012:role/writers'
  const signed = (kind: 'single_request' | 'presigned_multipart', options = {}) => ({
    purposes: [{ name: 'drop', label: 'Drop', kind, options }],
  })
  const sts = () => ({ endpoint: store.emulator.endpoint, roleArn })

  test('is tried with what its kind does, and no more', async () => {
    expect((await checked(signed('single_request'))).of('rights of')).toEqual([
      expect.objectContaining({ state: 'ok', says: 'PutObject' }),
    ])
    expect((await checked(signed('presigned_multipart'))).of('rights of')).toEqual([
      expect.objectContaining({
        state: 'ok',
        says: 'PutObject, CreateMultipartUpload, UploadPart, ListParts, AbortMultipartUpload',
      }),
    ])
  })

  test('is tried with the narrowed role where that signs, which STS must give', async () => {
    const narrowed = await checked({ ...signed('presigned_multipart'), sts: sts() })
    expect(narrowed.of('rights of')).toEqual([expect.objectContaining({ state: 'ok' })])
    expect(narrowed.of('limits of')).toEqual([expect.objectContaining({ state: 'ok' })])
    expect(narrowed.of('clock, against STS')).toHaveLength(1)
    const dead = { endpoint: 'http://127.0.0.1:1', roleArn }
    const without = await checked({ ...signed('presigned_multipart'), sts: dead })
    expect(without.of('rights of')).toEqual([
      expect.objectContaining({ state: 'wrong', says: 'AssumeRole is refused (ECONNREFUSED)' }),
    ])
  })

  test('says that --aws and what would stay for ever were not tried', async () => {
    const { of } = await checked(signed('single_request', { legalHold: true }), { aws: true })
    expect(of('purpose drop on AWS')).toEqual([expect.objectContaining({ state: 'unknown' })])
    expect(of('object lock of purpose drop')).toEqual([expect.objectContaining({ state: 'unknown' })])
  })
})

test('locks are tried with an upload that is not completed, so that nothing is kept', async () => {
  const options = { objectLock: { mode: 'GOVERNANCE' as const, days: 1 }, legalHold: true }
  const { of } = await checked({ purposes: [{ name: 'drop', label: 'Drop', options }] })
  expect(of('rights of')).toEqual([
    expect.objectContaining({ says: expect.stringContaining('CreateMultipartUpload with object lock') }),
  ])
  expect((await store.owner.send(new ListMultipartUploadsCommand({ Bucket: bucket }))).Uploads ?? []).toEqual([])
})

test('a call that the store does not have is told as that', () => {
  const error = { name: 'NotImplemented', $metadata: { httpStatusCode: 501 } }
  expect(unseenFor('public access', error, 's3:GetBucketPublicAccessBlock')).toMatchObject({
    state: 'unknown',
    advice: 'nothing: the store has no such call',
  })
})

test('its lines are words with what to do', async () => {
  const config = configFor(store.emulator)
  const settings = brokerConfigSchema.parse({ ...config, store: { ...config.store, bucket } })
  const lines: string[] = []
  await check(settings, { fix: false, aws: false, json: false, write: (line) => lines.push(line) })
  expect(lines).toContain(
    `wrong           lifecycle rule of ${bucket}: nothing removes unfinished uploads below "drops/": they are billed for ever; to do: add a rule with AbortIncompleteMultipartUpload, or run the check with --fix`,
  )
  for (const secret of [settings.signingSecret, store.emulator.secretAccessKey])
    expect(lines.join('')).not.toContain(secret)
})
