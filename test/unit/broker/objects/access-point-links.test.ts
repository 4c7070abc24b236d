import { createECDH, createHash, createHmac, createPublicKey, createVerify } from 'node:crypto'
import { S3Client } from '@aws-sdk/client-s3'
import { describe, expect, it } from 'vitest'
import { multiRegionLink } from '../../../../src/broker/objects/multi-region-link.ts'
import { objectLambdaLink, presignedLink } from '../../../../src/broker/objects/presigned-link.ts'
import type { SignLink } from '../../../../src/broker/objects/sign-link.ts'

const accessKeyId = 'AKIAEXAMPLE'
const secretAccessKey = 'a-secret-of-the-tests'
const now = () => Date.UTC(2026, 0, 1) + 500
const target = {
  bucket: 'uploads',
  region: 'eu-central-1',
  key: 'drops/1/a+b (é)*.pdf',
  method: 'GET',
  disposition: `attachment; filename="a.pdf"`,
  expiresIn: 600,
} as const

const clientWith = (more: { sessionToken?: string; expiration?: Date } = {}) =>
  new S3Client({ region: 'eu-central-1', credentials: async () => ({ accessKeyId, secretAccessKey, ...more }) })
const linkOf = async (signLink: SignLink, overrides: Partial<Parameters<SignLink>[0]> = {}) => {
  const signed = await signLink({ ...target, ...overrides })
  if (!signed.ok) throw new Error(signed.failure.code)
  return { ...signed.value, query: new URL(signed.value.url).searchParams }
}

describe('a link through a multi-region access point', () => {
  const arn = 'arn:aws:s3::123456789012:accesspoint/mfzwi23gnjvgw.mrap'

  /** The key of SigV4A is derived from the secret key (IAM User Guide, "Derive a signing key for SigV4a"). */
  const verifyingKey = () => {
    const order = BigInt('0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551')
    for (let counter = 1; counter < 255; counter += 1) {
      const input = Buffer.concat([
        Buffer.from([0, 0, 0, 1]),
        Buffer.from('AWS4-ECDSA-P256-SHA256'),
        Buffer.from([0]),
        Buffer.from(accessKeyId),
        Buffer.from([counter]),
        Buffer.from([0, 0, 1, 0]),
      ])
      const candidate = BigInt(`0x${createHmac('sha256', `AWS4A${secretAccessKey}`).update(input).digest('hex')}`)
      if (candidate > order - 2n) continue
      const pair = createECDH('prime256v1')
      pair.setPrivateKey(Buffer.from((candidate + 1n).toString(16).padStart(64, '0'), 'hex'))
      const point = pair.getPublicKey()
      const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((number) => number.toString('base64url'))
      return createPublicKey({ key: { kty: 'EC', crv: 'P-256', x: x ?? '', y: y ?? '' }, format: 'jwk' })
    }
    throw new Error('no key')
  }

  const isSigned = (method: string, url: string) => {
    const { host, pathname, search, searchParams } = new URL(url)
    const unsigned = search
      .slice(1)
      .split('&')
      .filter((pair) => !pair.startsWith('X-Amz-Signature='))
      .sort()
      .join('&')
    const canonical = [method, pathname, unsigned, `host:${host}`, '', 'host', 'UNSIGNED-PAYLOAD'].join('\n')
    const date = searchParams.get('X-Amz-Date') ?? ''
    const hash = createHash('sha256').update(canonical).digest('hex')
    const text = ['AWS4-ECDSA-P256-SHA256', date, `${date.slice(0, 8)}/s3/aws4_request`, hash].join('\n')
    const signature = Buffer.from(searchParams.get('X-Amz-Signature') ?? '', 'hex')
    return createVerify('sha256').update(text).verify(verifyingKey(), signature)
  }

  it('is signed for every region by SigV4A', async () => {
    const { url, query, expiration } = await linkOf(multiRegionLink(clientWith(), arn, now))
    expect(url.split('?')[0]).toBe(
      'https://mfzwi23gnjvgw.mrap.accesspoint.s3-global.amazonaws.com/drops/1/a%2Bb%20%28%C3%A9%29%2A.pdf',
    )
    expect(Object.fromEntries(query)).toEqual({
      'response-content-disposition': 'attachment; filename="a.pdf"',
      'X-Amz-Algorithm': 'AWS4-ECDSA-P256-SHA256',
      'X-Amz-Credential': 'AKIAEXAMPLE/20260101/s3/aws4_request',
      'X-Amz-Date': '20260101T000000Z',
      'X-Amz-Expires': '600',
      'X-Amz-Region-Set': '*',
      'X-Amz-SignedHeaders': 'host',
      'X-Amz-Signature': expect.stringMatching(/^[0-9a-f]{130,146}$/),
    })
    expect(expiration).toBe(Date.UTC(2026, 0, 1, 0, 10))
    expect(isSigned('GET', url)).toBe(true)
    expect(isSigned('HEAD', url)).toBe(false)
    expect(isSigned('GET', url.replace('X-Amz-Expires=600', 'X-Amz-Expires=601'))).toBe(false)
    expect(isSigned('GET', url.replace('/1/', '/2/'))).toBe(false)
  })

  it('names the session of temporary credentials, inside of what is signed', async () => {
    const { url, query } = await linkOf(multiRegionLink(clientWith({ sessionToken: 'a+b/c=' }), arn, now), {
      method: 'HEAD',
    })
    expect(query.get('X-Amz-Security-Token')).toBe('a+b/c=')
    expect(isSigned('HEAD', url)).toBe(true)
    expect(isSigned('HEAD', url.replace('a%2Bb', 'a%2Bc'))).toBe(false)
  })
})

describe('a link through an Object Lambda access point', () => {
  it('is signed for its service and region, wherever the bucket is', async () => {
    const arn = 'arn:aws:s3-object-lambda:us-east-1:123456789012:accesspoint/redact'
    const { url, query } = await linkOf(objectLambdaLink(clientWith(), arn, now))
    expect(new URL(url).host).toBe('redact-123456789012.s3-object-lambda.us-east-1.amazonaws.com')
    expect(query.get('X-Amz-Credential')).toBe('AKIAEXAMPLE/20260101/us-east-1/s3-object-lambda/aws4_request')
    expect(query.get('response-content-disposition')).toBe('attachment; filename="a.pdf"')
    expect([...query.keys()].filter((name) => name.startsWith('x-amz-checksum'))).toEqual([])
  })
})

describe('a link that the store signs', () => {
  const signers = [
    ['the bucket', (client: S3Client) => presignedLink(() => client, now)],
    [
      'an Object Lambda access point',
      (client: S3Client) =>
        objectLambdaLink(client, 'arn:aws:s3-object-lambda:us-east-1:123456789012:accesspoint/redact', now),
    ],
    [
      'a multi-region access point',
      (client: S3Client) => multiRegionLink(client, 'arn:aws:s3::123456789012:accesspoint/a.mrap', now),
    ],
  ] as const

  it.each(signers)('of %s never lives longer than the credentials', async (_of, signer) => {
    const expiration = new Date(Date.UTC(2026, 0, 1, 0, 2) + 900)
    const link = await linkOf(signer(clientWith({ expiration })))
    expect(link.expiration).toBe(Date.UTC(2026, 0, 1, 0, 2))
    expect(link.query.get('X-Amz-Expires')).toBe('120')
  })

  it.each(signers)('of %s is not made with credentials that have ended, or without any', async (_of, signer) => {
    const ended = clientWith({ expiration: new Date(now()) })
    const none = new S3Client({
      region: 'eu-central-1',
      credentials: () => Promise.reject(Object.assign(new Error('secret'), { name: 'CredentialsProviderError' })),
    })
    for (const client of [ended, none]) {
      const signed = await signer(client)(target)
      expect(signed).toMatchObject({ ok: false, failure: { code: 'unavailable', cause: { operation: 'Presign' } } })
      expect(JSON.stringify(signed)).not.toContain('secret')
    }
  })
})
