import { createVerify, generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { cloudFrontCookies, cloudFrontLink } from '../../../../src/broker/objects/cloud-front-link.ts'
import { contentDisposition } from '../../../../src/broker/objects/content-disposition.ts'

const { publicKey, privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2_048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
})
const settings = { url: 'https://files.example.com/', keyPairId: 'K2EXAMPLE', privateKey }
const now = () => 1_767_225_600_999
const target = {
  bucket: 'uploads',
  region: 'eu-central-1',
  method: 'GET',
  disposition: 'attachment',
  expiresIn: 60,
} as const

/** CloudFront's own base64: `-_~` for `+=/` (Developer Guide, "Create a signature for a signed URL"). */
const decoded = (text: string) =>
  Buffer.from(text.replaceAll('-', '+').replaceAll('_', '=').replaceAll('~', '/'), 'base64')

const isSigned = (policy: string, signature: string) =>
  createVerify('RSA-SHA256').update(policy).verify(publicKey, decoded(signature))

/** The policy that CloudFront makes of an address with a canned policy. */
const cannedPolicyOf = (url: string) => {
  const [resource = '', parameters = ''] = url.split(/[?&](?=Expires=)/)
  const query = new URLSearchParams(parameters)
  const policy = {
    Statement: [{ Resource: resource, Condition: { DateLessThan: { 'AWS:EpochTime': Number(query.get('Expires')) } } }],
  }
  return { resource, query, policy: JSON.stringify(policy) }
}

const linkOf = async (key: string, disposition = 'attachment') => {
  const signed = await cloudFrontLink(settings, now)({ ...target, key, disposition })
  if (!signed.ok) throw new Error(signed.failure.code)
  return signed.value
}

describe('a signed address of CloudFront', () => {
  it('is good for its object until its end', async () => {
    const { url, expiration } = await linkOf('drops/1/Über "x"?#%41.pdf')
    const { resource, query, policy } = cannedPolicyOf(url)
    expect(resource).toBe(
      'https://files.example.com/drops/1/%C3%9Cber%20%22x%22%3F%23%2541.pdf?response-content-disposition=attachment',
    )
    expect(expiration).toBe(1_767_225_660_000)
    expect(Object.fromEntries(query)).toEqual({
      Expires: '1767225660',
      'Key-Pair-Id': 'K2EXAMPLE',
      Signature: expect.any(String),
      'Hash-Algorithm': 'SHA256',
    })
    expect(isSigned(policy, query.get('Signature') ?? '')).toBe(true)
    expect(isSigned(policy.replace('1767225660', '1767225661'), query.get('Signature') ?? '')).toBe(false)
    expect(isSigned(policy.replace('drops/1/', 'drops/2/'), query.get('Signature') ?? '')).toBe(false)
  })

  it('asks for the name of the file, in which no * is left to be a wildcard', async () => {
    const { url } = await linkOf('drops/1/a.pdf', contentDisposition('attachment', 'Grüße*.pdf'))
    const { resource, query, policy } = cannedPolicyOf(url)
    expect(new URL(url).searchParams.get('response-content-disposition')).toBe(
      `attachment; filename="Gr__e*.pdf"; filename*=UTF-8''Gr%C3%BC%C3%9Fe%2A.pdf`,
    )
    expect(resource).not.toContain('*')
    expect(isSigned(policy, query.get('Signature') ?? '')).toBe(true)
  })

  it('is not made for a key with a *, which would stand for any text', async () => {
    expect(await cloudFrontLink(settings, now)({ ...target, key: 'drops/1/*.pdf' })).toMatchObject({
      ok: false,
      failure: { code: 'invalid_request', errors: [{ path: '/key' }] },
    })
  })

  it('is not made for HEAD alone', async () => {
    expect(await cloudFrontLink(settings, now)({ ...target, key: 'drops/1/a', method: 'HEAD' })).toMatchObject({
      ok: false,
      failure: { code: 'not_supported' },
    })
  })
})

describe('signed cookies of CloudFront', () => {
  const cookiesOf = (prefix: string, cookieDomain?: string) => {
    const made = cloudFrontCookies(
      { ...settings, ...(cookieDomain !== undefined && { cookieDomain }) },
      { key: `${prefix}a b.pdf`, prefix, expiresIn: 60 },
      now(),
    )
    const cookies = (made.setCookies ?? []).map((line) => /^([\w-]+)=([^;]*); (.*)$/.exec(line)?.slice(1) ?? [])
    return { ...made, values: Object.fromEntries(cookies), attributes: cookies.map(([, , attributes]) => attributes) }
  }

  it('are good for everything under the prefix, and for nothing else', () => {
    const { url, expiration, values } = cookiesOf('drops/1/')
    expect(url).toBe('https://files.example.com/drops/1/a%20b.pdf')
    expect(expiration).toBe(1_767_225_660_000)
    const policy = decoded(values['CloudFront-Policy'] ?? '').toString()
    expect(JSON.parse(policy)).toEqual({
      Statement: [
        {
          Resource: 'https://files.example.com/drops/1/*',
          Condition: { DateLessThan: { 'AWS:EpochTime': 1_767_225_660 } },
        },
      ],
    })
    expect(values['CloudFront-Key-Pair-Id']).toBe('K2EXAMPLE')
    expect(values['CloudFront-Hash-Algorithm']).toBe('SHA256')
    expect(isSigned(policy, values['CloudFront-Signature'] ?? '')).toBe(true)
  })

  it('are sent to that prefix only, by TLS, and no script reads them', () => {
    const hostOnly = 'Path=/drops/1/; Expires=Thu, 01 Jan 2026 00:01:00 GMT; Secure; HttpOnly; SameSite=Lax'
    expect(new Set(cookiesOf('drops/1/').attributes)).toEqual(new Set([hostOnly]))
    expect(cookiesOf('drops/1/', 'example.com').attributes[0]).toContain('Path=/drops/1/; Domain=example.com; Expires=')
  })

  it.each(['drops/*/', 'drops/?/'])('are never made for the prefix %s', (prefix) => {
    expect(() => cookiesOf(prefix)).toThrow(RangeError)
  })
})
