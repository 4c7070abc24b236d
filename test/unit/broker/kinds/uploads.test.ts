import { S3Client } from '@aws-sdk/client-s3'
import type { AwsCredentialIdentity } from '@smithy/types'
import { describe, expect, it } from 'vitest'
import { type BrokerConfig, brokerConfigSchema } from '../../../../src/broker/config/config.ts'
import { createStoreClients } from '../../../../src/broker/kinds/signed/store-clients.ts'
import { createUploads, type ObjectPlace } from '../../../../src/broker/kinds/signed/uploads.ts'

const start = Date.UTC(2026, 0, 1)
const keys = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' }
const asked = {
  ...{ contentType: 'image/tiff', metadata: {}, size: 3, crc32: 'AAAAAA==', md5: null },
  createOnly: false,
}
const place = (overrides: Partial<ObjectPlace> = {}): ObjectPlace => ({
  bucket: 'uploads',
  region: 'eu-central-1',
  key: 'drops/one/a',
  subject: 'user-1',
  prefix: 'drops/one/',
  purpose: { options: {}, conditions: {}, method: 'put' },
  ...overrides,
})

/** Where a PUT goes that a broker of this store signs. */
const addressOf = async (store: Partial<BrokerConfig['store']>, at = place()) => {
  const settings = brokerConfigSchema.parse({
    signingSecret: 'a secret of the tests, 32 bytes long',
    store: { bucket: 'uploads', region: 'eu-central-1', ...store },
    awsCredentials: keys,
    purposes: [{ name: 'drop', label: 'Drop', kind: 'single_request' }],
  })
  const clients = createStoreClients(settings, () => {})
  const signed = await createUploads({ clients, now: () => start }).signPut(at, asked)
  clients.destroy()
  if (!signed.ok) throw new Error(signed.failure.code)
  const { origin, pathname, searchParams } = new URL(signed.value.request.url)
  return { address: origin + pathname, scope: searchParams.get('X-Amz-Credential')?.split('/')[2] }
}

describe('a request is signed for', () => {
  const bucket = 'https://uploads.s3'
  it.each<[string, Partial<BrokerConfig['store']>, string]>([
    ['AWS’s endpoint of the region', {}, `${bucket}.eu-central-1.amazonaws.com/drops/one/a`],
    ['dual-stack', { dualStack: true }, `${bucket}.dualstack.eu-central-1.amazonaws.com/drops/one/a`],
    ['acceleration', { accelerate: true }, `${bucket}-accelerate.amazonaws.com/drops/one/a`],
    ['both', { accelerate: true, dualStack: true }, `${bucket}-accelerate.dualstack.amazonaws.com/drops/one/a`],
    [
      'the address by which people reach the store, not the broker’s own',
      { endpoint: 'https://inside.example', publicEndpoint: 'https://s3.example', addressing: 'path' },
      'https://s3.example/uploads/drops/one/a',
    ],
  ])('%s', async (_what, store, address) => {
    expect(await addressOf(store)).toEqual({ address, scope: 'eu-central-1' })
  })

  it('the bucket and the region of its grant, whatever the broker’s own are', async () => {
    expect(await addressOf({}, place({ bucket: 'elsewhere', region: 'us-west-2' }))).toEqual({
      address: 'https://elsewhere.s3.us-west-2.amazonaws.com/drops/one/a',
      scope: 'us-west-2',
    })
    const accessPoint = 'arn:aws:s3:us-west-2:123456789012:accesspoint/example'
    expect(await addressOf({}, place({ bucket: accessPoint, region: 'us-west-2' }))).toEqual({
      address: 'https://example-123456789012.s3-accesspoint.us-west-2.amazonaws.com/drops/one/a',
      scope: 'us-west-2',
    })
  })
})

describe('what is signed', () => {
  const signedWith = async (credentials: () => Promise<AwsCredentialIdentity>, method: 'put' | 'post' = 'put') => {
    const signer = new S3Client({ region: 'eu-central-1', credentials })
    const clients = {
      of: () => ({ signer, usual: signer, patient: signer }),
      signerWith: () => signer,
      destroy: () => {},
    }
    const uploads = createUploads({ clients, now: () => start + 500 })
    const signed = await uploads.signPut(place({ purpose: { options: {}, conditions: {}, method } }), asked)
    signer.destroy()
    return signed
  }
  const until = (expiration: number) => async () => ({
    ...keys,
    sessionToken: 'session',
    expiration: new Date(expiration),
  })
  const lifetimeOf = async (expiration: number) => {
    const signed = await signedWith(until(expiration))
    if (!signed.ok) return signed.failure.code
    const { searchParams } = new URL(signed.value.request.url)
    expect(searchParams.get('X-Amz-Date')).toBe('20260101T000000Z')
    expect(searchParams.get('X-Amz-Security-Token')).toBe('session')
    return { signed: Number(searchParams.get('X-Amz-Expires')), told: signed.value.expiration - start }
  }

  it('is good for 15 minutes', async () => {
    expect(await lifetimeOf(start + 3_600_000)).toEqual({ signed: 900, told: 900_000 })
  })

  it('ends with the credentials that signed it, and says so', async () => {
    expect(await lifetimeOf(start + 600_999)).toEqual({ signed: 600, told: 600_000 })
    expect(await lifetimeOf(start + 1_000)).toEqual({ signed: 1, told: 1_000 })
  })

  it('is refused where the credentials have ended, or there are none', async () => {
    expect(await lifetimeOf(start + 999)).toBe('unavailable')
    expect(await lifetimeOf(start - 1)).toBe('unavailable')
    const none = signedWith(async () => {
      throw new Error('none')
    })
    expect(await none).toMatchObject({ ok: false, failure: { code: 'unavailable' } })
  })

  it('is a form’s policy, too', async () => {
    const now = Date.now()
    const signed = await signedWith(until(start + 600_999), 'post')
    if (!signed.ok || signed.value.request.method !== 'POST') throw new Error('no form')
    const policy = JSON.parse(Buffer.from(signed.value.request.fields.Policy ?? '', 'base64').toString())
    expect(Math.abs(Date.parse(policy.expiration) - now - 600_000)).toBeLessThan(60_000)
    expect(policy.conditions).toContainEqual(['content-length-range', 3, 3])
    expect(signed.value.request.fields['X-Amz-Security-Token']).toBe('session')
  })
})
