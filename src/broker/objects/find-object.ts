import { HeadObjectCommand, type HeadObjectOutput, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3'
import { awsFailure } from '../aws-failure.ts'

/**
 * What is under a key, null where nothing is; throws what the SDK does where there is no clear answer. Needs
 * `s3:GetObject`, and `s3:ListBucket`, without which S3 says 403 of a missing key.
 */
export const findObject = async (s3: S3Client, bucket: string, key: string): Promise<HeadObjectOutput | null> => {
  try {
    return await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key, ChecksumMode: 'ENABLED' }))
  } catch (error) {
    if (awsFailure('HeadObject', error).status === 404) return null
    throw error
  }
}

/**
 * Throws where a bucket is gone: HeadObject says 404 of it too, and a bucket that is gone says nothing about its objects.
 * `missingKey`: one that was not found.
 */
export const assertBucketIsThere = async (s3: S3Client, bucket: string, missingKey: string): Promise<void> => {
  await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: missingKey, MaxKeys: 1 }))
}
