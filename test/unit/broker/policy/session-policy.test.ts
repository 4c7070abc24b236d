// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables are hostile input here
import { describe, expect, it } from 'vitest'
import { type PolicyPurpose, sessionPolicy } from '../../../../src/broker/policy/session-policy.ts'
import { evaluatePolicy } from './evaluate-policy.ts'

const place = { bucket: 'uploads', region: 'eu-central-1' }
const prefix = 'drops/a/'
const policyOf = (purpose: Partial<PolicyPurpose> = {}, where = place) =>
  sessionPolicy(where, prefix, { options: {}, conditions: {}, ...purpose }, { kms: true })
const statementsOf = (purpose: Partial<PolicyPurpose> = {}, where = place) =>
  JSON.parse(policyOf(purpose, where)).Statement
const always = ['s3:PutObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts']
const keyId = '1234abcd-12ab-34cd-56ef-1234567890ab'

describe('the session policy', () => {
  it('allows the three writing actions under the prefix and nothing else', () => {
    expect(JSON.parse(policyOf())).toEqual({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: always, Resource: 'arn:aws:s3:::uploads/drops/a/*' }],
    })
  })

  it.each<[string, PolicyPurpose['options'], string[]]>([
    ['tags', { tags: { team: 'scans' } }, ['s3:PutObjectTagging']],
    ['object lock', { objectLock: { mode: 'GOVERNANCE', days: 30 } }, ['s3:PutObjectRetention']],
    ['a legal hold', { legalHold: true }, ['s3:PutObjectLegalHold']],
    ['a storage class', { storageClass: 'STANDARD_IA' }, []],
    ['metadata', { metadata: { source: 'longshore' } }, []],
    ['SSE-S3', { encryption: { by: 's3' } }, []],
    ['options that are empty or off', { tags: {}, legalHold: false, createOnly: false }, []],
  ])('with %s allows what it needs besides', (_what, options, more) => {
    expect(statementsOf({ options })).toEqual([
      { Effect: 'Allow', Action: [...always, ...more], Resource: 'arn:aws:s3:::uploads/drops/a/*' },
    ])
  })

  it.each([
    [
      'its ARN',
      `arn:aws:kms:eu-central-1:123456789012:key/${keyId}`,
      `arn:aws:kms:eu-central-1:123456789012:key/${keyId}`,
    ],
    ['its id, in whichever account', keyId, `arn:aws:kms:eu-central-1:*:key/${keyId}`],
    ['none: any key, since S3’s own has no id before it is used', null, 'arn:aws:kms:eu-central-1:*:key/*'],
  ])('with SSE-KMS allows S3, and only S3, to use the key of %s', (_what, key, Resource) => {
    const policy = policyOf({ options: { encryption: { by: 'kms', keyId: key } } })
    expect(JSON.parse(policy).Statement[1]).toEqual({
      Effect: 'Allow',
      Action: ['kms:GenerateDataKey', 'kms:Decrypt'],
      Resource,
      Condition: { StringLike: { 'kms:ViaService': 's3.eu-central-1.*' } },
    })
    const resource = `arn:aws:kms:eu-central-1:123456789012:key/${keyId}`
    const allowed = (context: Record<string, string>) =>
      evaluatePolicy(policy, { action: 'kms:Decrypt', resource, context })
    expect(allowed({ 'kms:ViaService': 's3.eu-central-1.amazonaws.com' })).toBe(true)
    expect(allowed({ 'kms:ViaService': 'ebs.eu-central-1.amazonaws.com' })).toBe(false)
    expect(allowed({})).toBe(false)
  })

  it('says nothing of keys to a store whose policies know no KMS', () => {
    const purpose: PolicyPurpose = { options: { encryption: { by: 'kms', keyId } }, conditions: {} }
    expect(JSON.parse(sessionPolicy(place, prefix, purpose, { kms: false })).Statement).toHaveLength(1)
  })

  it.each([
    ['cn-north-1', 'arn:aws-cn:s3:::uploads/drops/a/*'],
    ['us-gov-west-1', 'arn:aws-us-gov:s3:::uploads/drops/a/*'],
    ['eusc-de-east-1', 'arn:aws-eusc:s3:::uploads/drops/a/*'],
    ['default', 'arn:aws:s3:::uploads/drops/a/*'],
  ])('is of the partition of the region %s', (region, Resource) => {
    expect(statementsOf({}, { ...place, region })[0].Resource).toBe(Resource)
  })

  it('names an access point’s objects, and none of the bucket’s', () => {
    const accessPoint = 'arn:aws:s3:eu-central-1:123456789012:accesspoint/desk'
    const policy = policyOf({}, { ...place, bucket: accessPoint })
    const allowed = (resource: string) => evaluatePolicy(policy, { action: 's3:PutObject', resource })
    expect(allowed(`${accessPoint}/object/drops/a/file`)).toBe(true)
    expect(allowed(`${accessPoint}/object/drops/b/file`)).toBe(false)
    expect(allowed(`${accessPoint}/drops/a/file`)).toBe(false)
    expect(allowed('arn:aws:s3:::desk/drops/a/file')).toBe(false)
  })

  it('has the actions of Outposts for an access point there', () => {
    const bucket = 'arn:aws:s3-outposts:eu-central-1:123456789012:outpost/op-01ac5d28a6a232904/accesspoint/desk'
    expect(statementsOf({ options: { tags: { a: 'b' } } }, { ...place, bucket })).toEqual([
      {
        Effect: 'Allow',
        Action: [
          's3-outposts:PutObject',
          's3-outposts:AbortMultipartUpload',
          's3-outposts:ListMultipartUploadParts',
          's3-outposts:PutObjectTagging',
        ],
        Resource: `${bucket}/object/drops/a/*`,
      },
    ])
  })

  const put = { action: 's3:PutObject', resource: 'arn:aws:s3:::uploads/drops/a/file' }
  const office = { 'aws:SourceIp': '192.0.2.7', 'aws:SecureTransport': 'true' }
  const network = { 'aws:SourceVpce': 'vpce-1a2b', 'aws:SecureTransport': 'true' }

  it('lets in requests from the addresses or by the VPC endpoints of its purpose, and no others', () => {
    const both = policyOf({
      conditions: { sourceIps: ['192.0.2.0/24', '198.51.100.1/32'], vpcEndpoints: ['vpce-1a2b'] },
    })
    const allowed = (context: Record<string, string>) => evaluatePolicy(both, { ...put, context })
    expect(allowed(office)).toBe(true)
    expect(allowed({ 'aws:SourceIp': '198.51.100.1' })).toBe(true)
    expect(allowed({ 'aws:SourceIp': '198.51.100.2' })).toBe(false)
    expect(allowed(network)).toBe(true)
    expect(allowed({ 'aws:SourceVpce': 'vpce-3c4d' })).toBe(false)
    expect(allowed({})).toBe(false)
    const one = policyOf({ conditions: { vpcEndpoints: ['vpce-1a2b'] } })
    expect(evaluatePolicy(one, { ...put, context: office })).toBe(false)
  })

  it('lets in only TLS where its purpose says so, by whichever way', () => {
    const conditions = { secureTransport: true, sourceIps: ['192.0.2.0/24'], vpcEndpoints: ['vpce-1a2b'] }
    for (const policy of [policyOf({ conditions: { secureTransport: true } }), policyOf({ conditions })]) {
      for (const context of [office, network]) {
        expect(evaluatePolicy(policy, { ...put, context })).toBe(true)
        expect(evaluatePolicy(policy, { ...put, context: { ...context, 'aws:SecureTransport': 'false' } })).toBe(false)
      }
    }
    expect(evaluatePolicy(policyOf({ conditions: { secureTransport: false } }), put)).toBe(true)
  })

  it('of a purpose that only creates denies writing an object without If-None-Match, but not parts', () => {
    const policy = policyOf({ options: { createOnly: true } })
    const allowed = (context: Record<string, string>) => evaluatePolicy(policy, { ...put, context })
    expect(allowed({ 's3:ObjectCreationOperation': 'true' })).toBe(false)
    expect(allowed({ 's3:ObjectCreationOperation': 'true', 's3:if-none-match': '*' })).toBe(true)
    expect(allowed({ 's3:ObjectCreationOperation': 'false' })).toBe(true)
  })

  it('is as short as STS wants it with the longest bucket and prefix of a template', () => {
    const long = sessionPolicy(
      { ...place, bucket: 'b'.repeat(63) },
      `${'p'.repeat(511)}/`,
      {
        options: { tags: { a: 'b' }, objectLock: { mode: 'COMPLIANCE', days: 1 }, legalHold: true, createOnly: true },
        conditions: { secureTransport: true },
      },
      { kms: true },
    )
    expect(long.length).toBeLessThan(2_048)
  })

  it.each([
    ['upl*', 'drops/a/'],
    ['uploads', 'drops/*/'],
    ['uploads', 'drops/?/'],
    ['uploads', '${aws:username}/'],
    ['uploads', 'drops/a'],
    ['uploads', ''],
    ['uploads', `${'p'.repeat(2_000)}/`],
  ])('is not made for %s and %s', (bucket, hostile) => {
    const purpose = { options: {}, conditions: {} }
    expect(() => sessionPolicy({ ...place, bucket }, hostile, purpose, { kms: true })).toThrow(RangeError)
  })
})
