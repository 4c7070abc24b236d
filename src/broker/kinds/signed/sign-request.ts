import { PutObjectCommand, type S3Client, UploadPartCommand } from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import type { SignedRequest } from '../../../shared/broker-uploads.ts'
import type { SigningTime } from './signing-time.ts'
import { withHeaders } from './with-headers.ts'

type Headers = Readonly<Record<string, string>>

/** A PutObject that is good only with exactly these headers. */
export const signPut = async (
  signer: S3Client,
  { bucket: Bucket, key: Key }: { readonly bucket: string; readonly key: string },
  headers: Headers,
  time: SigningTime,
): Promise<SignedRequest> => {
  const command = new PutObjectCommand({ Bucket, Key })
  command.middlewareStack.use(withHeaders(headers))
  return { method: 'PUT', url: await getSignedUrl(signer, command, optionsOf(headers, time)), headers: { ...headers } }
}

/** An UploadPart that is good only with exactly these headers. */
export const signPart = async (
  signer: S3Client,
  part: { readonly bucket: string; readonly key: string; readonly uploadId: string; readonly partNumber: number },
  headers: Headers,
  time: SigningTime,
): Promise<SignedRequest> => {
  const { bucket: Bucket, key: Key, uploadId: UploadId, partNumber: PartNumber } = part
  const command = new UploadPartCommand({ Bucket, Key, UploadId, PartNumber })
  command.middlewareStack.use(withHeaders(headers))
  return { method: 'PUT', url: await getSignedUrl(signer, command, optionsOf(headers, time)), headers: { ...headers } }
}

/**
 * All headers are signed as headers. By itself the presigner would leave the content type out, and move those of Amazon
 * into the URL, where the store would not hold them against the body.
 */
const optionsOf = (headers: Headers, { signingDate, expiresIn }: SigningTime) => {
  const names = Object.keys(headers)
  return { expiresIn, signingDate, signableHeaders: new Set(names), unhoistableHeaders: new Set(names) }
}
