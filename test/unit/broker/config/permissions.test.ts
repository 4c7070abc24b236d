import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type BrokerConfig, brokerConfigSchema } from '../../../../src/broker/config/config.ts'

const region = 'eu-central-1'
const accessPoint = `arn:aws:s3:${region}:123456789012:accesspoint/desk`
const outpost = `arn:aws:s3-outposts:${region}:123456789012:outpost/op-01ac5d28a6a232904/accesspoint/desk`
const multiRegion = {
  arn: 'arn:aws:s3::123456789012:accesspoint/mfzwi23gnjvgw.mrap',
  buckets: [
    { bucket: 'uploads', region },
    { bucket: 'uploads-us', region: 'us-east-1' },
  ],
}
type Purpose = Partial<BrokerConfig['purposes'][number]>

const problemsOf = (store: Partial<BrokerConfig['store']>, purpose: Purpose = {}, sts?: string) => {
  const parsed = brokerConfigSchema.safeParse({
    signingSecret: 'a secret of the tests, 32 bytes long',
    sts: { roleArn: 'arn:aws:iam::123456789012:role/uploader', ...(sts && { endpoint: sts }) },
    store: { bucket: 'uploads', region, ...store },
    purposes: [{ name: 'drop', label: 'Drop', ...purpose }],
  })
  return parsed.success ? [] : parsed.error.issues.map(({ path }) => z.core.toDotPath(path))
}

describe('a store', () => {
  it.each<[string, Partial<BrokerConfig['store']>]>([
    ['a bucket', {}],
    ['an access point', { bucket: accessPoint }],
    ['an access point of another partition', { bucket: accessPoint.replace('aws', 'aws-cn') }],
    ['an access point on Outposts', { bucket: outpost }],
    ['the alias of an access point', { bucket: 'desk-hrzrlukc5m36ft7okagglf3gmwluquse1b-s3alias', accessPoint }],
    ['a multi-region access point, by its buckets', { multiRegion }],
    ['an accelerated bucket', { accelerate: true, dualStack: true }],
  ])('can be %s', (_what, store) => {
    expect(problemsOf(store)).toEqual([])
  })

  it.each<[string, Partial<BrokerConfig['store']>, string]>([
    ['an alias, whose access point is not named', { bucket: 'desk-hrzrlukc5m36-s3alias' }, 'store.accessPoint'],
    ['a bucket with the ARN of an access point beside it', { accessPoint }, 'store.accessPoint'],
    ['an access point of another region', { bucket: accessPoint, region: 'us-east-1' }, 'store.region'],
    ['an access point by path', { bucket: accessPoint, addressing: 'path' }, 'store.addressing'],
    ['an accelerated access point', { bucket: accessPoint, accelerate: true }, 'store.accelerate'],
    ['an accelerated bucket with a dot', { bucket: 'up.loads', accelerate: true }, 'store.accelerate'],
    ['a multi-region access point itself', { bucket: multiRegion.arn }, 'store.bucket'],
    ['an access point that reads through a function', { bucket: 'desk-abc--ol-s3' }, 'store.bucket'],
    ['a directory bucket', { bucket: 'uploads--euc1-az1--x-s3' }, 'store.bucket'],
    ['a wildcard', { bucket: 'uploads*' }, 'store.bucket'],
    ['multi-region with an endpoint', { multiRegion, endpoint: 'https://s3.example.com' }, 'store.endpoint'],
    [
      'multi-region that begins with another bucket',
      { multiRegion, bucket: 'uploads-us' },
      'store.multiRegion.buckets',
    ],
  ])('cannot be %s', (_what, store, field) => {
    expect(problemsOf(store)).toContain(field)
  })
})

describe('a purpose', () => {
  const manyRanges = Array.from({ length: 100 }, (_, index) => `192.0.2.${index}/32`)
  const keyOf = (keyId: string | null): Purpose => ({ options: { encryption: { by: 'kms', keyId } } })

  it.each<[string, Partial<BrokerConfig['store']>, Purpose]>([
    ['a KMS key by its id', {}, keyOf('1234abcd-12ab-34cd-56ef-1234567890ab')],
    ['a KMS key by its ARN', {}, keyOf('arn:aws:kms:eu-central-1:123456789012:key/mrk-1234')],
    ['S3’s own KMS key', {}, keyOf(null)],
    ['an alias where the broker signs', {}, { kind: 'presigned_multipart', ...keyOf('alias/uploads') }],
    ['conditions', {}, { conditions: { sourceIps: ['192.0.2.0/24', '2001:db8::/32'], vpcEndpoints: ['vpce-1a2b'] } }],
  ])('can have %s', (_what, store, purpose) => {
    expect(problemsOf(store, purpose)).toEqual([])
  })

  it('can have a key of any name where the store is not AWS’s, which alone reads policies about keys', () => {
    expect(problemsOf({}, keyOf('testkey-1'), 'https://sts.example.com')).toEqual([])
    const inside = 'https://vpce-1-2.sts.eu-central-1.vpce.amazonaws.com'
    expect(problemsOf({}, keyOf('testkey-1'), inside)).toEqual(['purposes[0].options.encryption.keyId'])
  })

  it.each<[string, Partial<BrokerConfig['store']>, Purpose, string]>([
    ['a KMS key by its alias', {}, keyOf('alias/uploads'), 'options.encryption.keyId'],
    ['KMS on Outposts', { bucket: outpost }, keyOf(null), 'options.encryption.by'],
    ['object lock on Outposts', { bucket: outpost }, { options: { legalHold: true } }, 'options.legalHold'],
    ['create-only on Outposts', { bucket: outpost }, { options: { createOnly: true } }, 'options.createOnly'],
    ['an address that is none', {}, { conditions: { sourceIps: ['192.0.2.0'] } }, 'conditions.sourceIps[0]'],
    [
      'conditions where the broker signs',
      {},
      { kind: 'single_request', conditions: { secureTransport: true } },
      'conditions',
    ],
  ])('cannot have %s', (_what, store, purpose, field) => {
    expect(problemsOf(store, purpose)).toEqual([`purposes[0].${field}`])
  })

  it('is refused at the start where its session policy would be too long, not at its first grant', () => {
    expect(problemsOf({}, { conditions: { sourceIps: manyRanges } })).toEqual([])
    const long = { prefix: `${'l'.repeat(300)}/{uuid}/{userHash}/`, suffix: '{id}' }
    expect(problemsOf({}, { conditions: { sourceIps: manyRanges }, keyTemplate: long })).toEqual(['purposes[0]'])
  })
})
