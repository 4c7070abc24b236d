import type { S3Client } from '@aws-sdk/client-s3'
import { SignatureV4a } from '@aws-sdk/signature-v4a'
import { buildQueryString, escapeUriPath, HttpRequest } from '@smithy/core/protocols'
import { ok } from '../../shared/failure.ts'
import { signingTime } from '../kinds/signed/signing-time.ts'
import type { SignLink } from './sign-link.ts'

const algorithm = 'AWS4-ECDSA-P256-SHA256'

/**
 * Links to a multi-region access point, good in every Region (SigV4A). The SDK signs its requests so in JavaScript, but
 * presigns only with a native library: here its signer signs a request whose parameters are those of a presigned one.
 */
export const multiRegionLink = (s3: S3Client, arn: string, now: () => number): SignLink => {
  const host = `${arn.slice(arn.indexOf('/') + 1)}.accesspoint.s3-global.amazonaws.com`

  return async ({ key, method, disposition, expiresIn }) => {
    const times = await signingTime(s3, expiresIn, now())
    if (!times.ok) return times
    const { signingDate, credentials } = times.value
    const { accessKeyId, sessionToken } = credentials
    const date = signingDate.toISOString().replaceAll(/[-:]|\.\d+/g, '')
    const query = {
      'response-content-disposition': disposition,
      'X-Amz-Algorithm': algorithm,
      'X-Amz-Credential': `${accessKeyId}/${date.slice(0, 8)}/s3/aws4_request`,
      'X-Amz-Date': date,
      'X-Amz-Expires': String(times.value.expiresIn),
      'X-Amz-Region-Set': '*',
      ...(sessionToken !== undefined && { 'X-Amz-Security-Token': sessionToken }),
      'X-Amz-SignedHeaders': 'host',
    }
    const path = `/${escapeUriPath(key)}`
    const headers = { host, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' }
    const { sha256 } = s3.config
    const signer = new SignatureV4a({ credentials, sha256, service: 's3', region: '*', uriEscapePath: false })
    const signed = await signer.sign(new HttpRequest({ method, hostname: host, path, query, headers }), {
      signingDate,
      unsignableHeaders: inQuery,
    })
    const signature = String(signed.headers.authorization).split('Signature=')[1] ?? ''
    const search = buildQueryString({ ...query, 'X-Amz-Signature': signature })
    return ok({ url: `https://${host}${path}?${search}`, expiration: times.value.expiration })
  }
}

/** Headers that the signer adds, and that a presigned request has in its query. */
const inQuery = new Set(['x-amz-content-sha256', 'x-amz-date', 'x-amz-region-set', 'x-amz-security-token'])
