import {
  GetBucketVersioningCommand,
  GetObjectLockConfigurationCommand,
  GetPublicAccessBlockCommand,
  type S3Client,
} from '@aws-sdk/client-s3'
import type { ObjectOptions } from '../../shared/object-options.ts'
import { awsFailure } from '../aws-failure.ts'
import { type Finding, fine, unseenFor, wrong } from './finding.ts'

/** Whether nobody can make the bucket public. */
export const checkPublicAccess = async (s3: S3Client, bucket: string): Promise<readonly Finding[]> => {
  const check = `public access to ${bucket}`
  const advice = "turn all four settings of the bucket's Block Public Access on"
  try {
    const { PublicAccessBlockConfiguration: block = {} } = await s3.send(
      new GetPublicAccessBlockCommand({ Bucket: bucket }),
    )
    const { BlockPublicAcls, IgnorePublicAcls, BlockPublicPolicy, RestrictPublicBuckets } = block
    return BlockPublicAcls && IgnorePublicAcls && BlockPublicPolicy && RestrictPublicBuckets
      ? [fine(check, 'is blocked')]
      : [wrong(check, 'is not blocked altogether', advice)]
  } catch (error) {
    return awsFailure('', error).name === 'NoSuchPublicAccessBlockConfiguration'
      ? [wrong(check, 'is not blocked', advice)]
      : [unseenFor(check, error, 's3:GetBucketPublicAccessBlock')]
  }
}

/** Whether the bucket can keep objects as long as the options of its purposes ask. */
export const checkObjectLock = async (
  s3: S3Client,
  bucket: string,
  options: readonly ObjectOptions[],
): Promise<readonly Finding[]> => {
  const check = `object lock of ${bucket}`
  if (!options.some(({ objectLock, legalHold }) => objectLock !== undefined || legalHold === true)) return []
  try {
    const { ObjectLockConfiguration: lock } = await s3.send(new GetObjectLockConfigurationCommand({ Bucket: bucket }))
    if (lock?.ObjectLockEnabled !== 'Enabled') return [withoutLock(check)]
    const { Status } = await s3.send(new GetBucketVersioningCommand({ Bucket: bucket }))
    return Status === 'Enabled'
      ? [fine(check, 'is on, and so is versioning')]
      : [wrong(check, 'is on, but versioning is not', "turn the bucket's versioning on")]
  } catch (error) {
    return awsFailure('', error).name === 'ObjectLockConfigurationNotFoundError'
      ? [withoutLock(check)]
      : [unseenFor(check, error, 's3:GetBucketObjectLockConfiguration and s3:GetBucketVersioning')]
  }
}

const withoutLock = (check: string): Finding =>
  wrong(check, 'is off, and a purpose has objectLock or legalHold', 'turn it on, or leave the options out')
