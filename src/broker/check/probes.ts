import { HeadBucketCommand, type S3Client } from '@aws-sdk/client-s3'
import { GetCallerIdentityCommand, type STSClient } from '@aws-sdk/client-sts'
import { awsFailure } from '../aws-failure.ts'

/** Rejects unless the bucket answers to the broker's own keys (`s3:ListBucket`). */
export const storeProbe = (s3: S3Client, bucket: string) => (): Promise<unknown> =>
  s3.send(new HeadBucketCommand({ Bucket: bucket }))

/**
 * Rejects unless STS takes the broker's own keys. GetCallerIdentity needs no right; an STS that does not know it (Ceph: 405,
 * MinIO: 400) answers all the same.
 */
export const stsProbe = (sts: STSClient) => async (): Promise<unknown> => {
  try {
    return await sts.send(new GetCallerIdentityCommand({}))
  } catch (error) {
    const { status } = awsFailure('GetCallerIdentity', error)
    if (status === 400 || status === 405 || status === 501) return null
    throw error
  }
}
