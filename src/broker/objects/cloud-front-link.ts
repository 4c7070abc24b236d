import { getSignedCookies, getSignedUrl } from '@aws-sdk/cloudfront-signer'
import { escapeUri, escapeUriPath } from '@smithy/core/protocols'
import { ok } from '../../shared/failure.ts'
import type { CloudFrontSettings } from '../config/links.ts'
import type { SignedLink, SignLink } from './sign-link.ts'

/** SHA-1 is CloudFront's default. */
const algorithm = 'SHA256'

/**
 * Links to a CloudFront distribution. Its signatures know no methods, and in a key they cannot say `*` but as a wildcard:
 * `not_supported`, `invalid_request`.
 */
export const cloudFrontLink =
  ({ url, keyPairId, privateKey }: CloudFrontSettings, now: () => number): SignLink =>
  async ({ key, method, disposition, expiresIn }) => {
    if (method === 'HEAD') return { ok: false, failure: { code: 'not_supported' } }
    if (key.includes('*')) {
      const errors = [{ path: '/key', message: 'holds a *, which CloudFront cannot sign' }]
      return { ok: false, failure: { code: 'invalid_request', errors } }
    }
    const expiration = endOf(now(), expiresIn)
    const query = `response-content-disposition=${escapeUri(disposition)}`
    const signed = getSignedUrl({
      url: `${addressOf(url, key)}?${query}`,
      dateLessThan: expiration,
      keyPairId,
      privateKey,
      algorithm,
    })
    return ok({ url: signed, expiration })
  }

/**
 * Cookies for all objects under a prefix, as values of Set-Cookie headers: for a server of the cookies' domain to hand on.
 * Throws where the prefix holds a wildcard of a policy: key templates let none in.
 */
export const cloudFrontCookies = (
  { url, keyPairId, privateKey, cookieDomain }: CloudFrontSettings,
  { key, prefix, expiresIn }: { readonly key: string; readonly prefix: string; readonly expiresIn: number },
  now: number,
): SignedLink => {
  if (/[*?]/.test(prefix)) throw new RangeError('a wildcard in the prefix')
  const expiration = endOf(now, expiresIn)
  const resource = addressOf(url, prefix)
  const policy = {
    Statement: [
      { Resource: `${resource}*`, Condition: { DateLessThan: { 'AWS:EpochTime': Math.floor(expiration / 1_000) } } },
    ],
  }
  const cookies = getSignedCookies({ policy: JSON.stringify(policy), keyPairId, privateKey, algorithm })
  const attributes = [
    `Path=${new URL(resource).pathname}`,
    ...(cookieDomain === undefined ? [] : [`Domain=${cookieDomain}`]),
    `Expires=${new Date(expiration).toUTCString()}`,
    'Secure',
    'HttpOnly',
    'SameSite=Lax',
  ].join('; ')
  const setCookies = Object.entries(cookies).map(([name, value]) => `${name}=${value}; ${attributes}`)
  return { url: addressOf(url, key), setCookies, expiration }
}

const addressOf = (url: string, path: string): string => `${url.replace(/\/$/, '')}/${escapeUriPath(path)}`

/** In whole seconds, as policies have it; epoch ms. */
const endOf = (now: number, seconds: number): number => (Math.floor(now / 1_000) + seconds) * 1_000
