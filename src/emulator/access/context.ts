import { parameter, type ReceivedRequest } from '../wire/received-request.ts'
import { type Context, headerKeys } from './condition.ts'
import { timeOfSignature } from './signature-time.ts'

/**
 * What policies can say about a request. There are neither VPC endpoints nor access points here. `s3:ObjectCreationOperation` is
 * true of what makes an object: PutObject, CopyObject, CompleteMultipartUpload and POST forms, not of creating an upload or
 * sending a part.
 */
export const contextOf = (request: ReceivedRequest, region: string, now: number): Context => {
  const has = (name: string) => parameter(request, name) !== undefined
  const creates = request.method === 'PUT' ? !has('partNumber') : request.method === 'POST' && !has('uploads')
  const condition = request.headers['if-none-match']
  const signedAt = timeOfSignature(request.headers['x-amz-date'] ?? parameter(request, 'X-Amz-Date') ?? '')
  const headers = headerKeys.flatMap((key) => {
    const value = request.headers[key.slice('s3:'.length)] ?? parameter(request, key.slice('s3:'.length))
    return value === undefined ? [] : [[key, value]]
  })
  return {
    ...Object.fromEntries(headers),
    ...(request.remoteAddress !== undefined && { 'aws:SourceIp': request.remoteAddress }),
    'aws:SecureTransport': 'false',
    ...(condition !== undefined && { 's3:if-none-match': condition }),
    's3:ObjectCreationOperation': String(creates),
    ...(signedAt !== null && { 's3:signatureAge': String(Math.max(0, now - signedAt)) }),
    'kms:ViaService': `s3.${region}.amazonaws.com`,
  }
}
