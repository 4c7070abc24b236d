import { GetObjectCommand, HeadObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { ok } from '../../shared/failure.ts'
import { signingTime } from '../kinds/signed/signing-time.ts'
import type { LinkTarget, SignLink } from './sign-link.ts'

/** Links to the store itself. `signerOf`: the client that signs for the buckets of a region. */
export const presignedLink =
  (signerOf: (region: string) => S3Client, now: () => number): SignLink =>
  (target) =>
    presign(signerOf(target.region), target, now())

/** Links to an Object Lambda access point, an address of AWS; signed with the credentials of another client. */
export const objectLambdaLink = ({ config }: S3Client, accessPoint: string, now: () => number): SignLink => {
  const signer = new S3Client({
    region: accessPoint.split(':')[3] ?? '',
    credentials: config.credentials,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  })
  return (target) => presign(signer, { ...target, bucket: accessPoint }, now())
}

const presign = async (
  signer: S3Client,
  { bucket, key, method, disposition, expiresIn }: LinkTarget,
  now: number,
): ReturnType<SignLink> => {
  const times = await signingTime(signer, expiresIn, now)
  if (!times.ok) return times
  const input = { Bucket: bucket, Key: key, ResponseContentDisposition: disposition }
  const url =
    method === 'GET'
      ? await getSignedUrl(signer, new GetObjectCommand(input), times.value)
      : await getSignedUrl(signer, new HeadObjectCommand(input), times.value)
  return ok({ url, expiration: times.value.expiration })
}
