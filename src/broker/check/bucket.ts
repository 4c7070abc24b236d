import { HeadBucketCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3'
import { awsFailure } from '../aws-failure.ts'
import { type Finding, fine, reasonOf, wrong } from './finding.ts'

/** What to do where the SDK finds no keys of the broker's own. */
export const noKeys =
  'no AWS keys: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or awsCredentials, or run it where there is a role'

type Place = { readonly bucket: string; readonly region: string }

/** Whether the bucket is there, in the region that clients are told, and can be listed. */
export const checkBucket = async (s3: S3Client, { bucket, region }: Place): Promise<readonly Finding[]> => {
  const check = `bucket ${bucket}`
  try {
    const { BucketRegion = region } = await s3.send(new HeadBucketCommand({ Bucket: bucket }))
    if (BucketRegion !== region) return [wrongRegion(check, region, BucketRegion)]
    await s3.send(new ListObjectsV2Command({ Bucket: bucket, MaxKeys: 1 }))
    return [fine(check, `is there, in ${region}, and can be listed`)]
  } catch (error) {
    return [refusedBucket(check, region, error)]
  }
}

const refusedBucket = (check: string, region: string, error: unknown): Finding => {
  const actual = (error as { $response?: { headers?: Record<string, string> } }).$response?.headers?.[
    'x-amz-bucket-region'
  ]
  if (actual !== undefined && actual !== region) return wrongRegion(check, region, actual)
  const { name, status } = awsFailure('HeadBucket', error)
  if (name === 'CredentialsProviderError') return wrong(check, 'was not asked', noKeys)
  switch (status) {
    case 404:
      return wrong(check, 'is not there', 'create it, or set store.bucket (and store.addressing) to the one that is')
    case 401:
    case 403:
      return wrong(
        check,
        `may not be listed (${reasonOf(error)})`,
        "allow s3:ListBucket on it to the broker's own identity: without it S3 says 403 where an object is missing, and nothing can be confirmed",
      )
    default:
      return wrong(
        check,
        `does not answer (${reasonOf(error)})`,
        'see whether store.endpoint and the network are right',
      )
  }
}

const wrongRegion = (check: string, told: string, actual: string): Finding =>
  wrong(check, `is in ${actual}, not in ${told}`, `set store.region to ${actual}`)
