import { HeadObjectCommand, type HeadObjectOutput, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3'
import type { ConfirmedObject, ConfirmRequest } from '../shared/broker-api.ts'
import { ok, type Result } from '../shared/failure.ts'
import { type AwsFailure, awsFailure } from './aws-failure.ts'
import { mapBounded } from './map-bounded.ts'

type ClaimedObject = ConfirmRequest['objects'][number]

/** What a bucket really holds under the given keys, in their order; or why the store gave no clear answer. */
export type Confirm = (
  bucket: string,
  objects: readonly ClaimedObject[],
) => Promise<Result<ConfirmedObject[], AwsFailure>>

const mostAtOnce = 16

/** Looks with the broker's own rights: `s3:GetObject`, and `s3:ListBucket`, without which S3 says 403 of a missing key. */
export const confirmWith =
  (s3: S3Client): Confirm =>
  async (bucket, objects) => {
    try {
      const confirmed = await mapBounded(objects, mostAtOnce, (object) => confirmOne(s3, bucket, object))
      const absent = confirmed.find(({ outcome }) => outcome === 'absent')
      // HeadObject says 404 of a missing bucket too, and a bucket that is gone says nothing about its objects.
      if (absent) await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: absent.key, MaxKeys: 1 }))
      return ok(confirmed)
    } catch (error) {
      return { ok: false, failure: awsFailure('HeadObject', error) }
    }
  }

const confirmOne = async (s3: S3Client, Bucket: string, claimed: ClaimedObject): Promise<ConfirmedObject> => {
  try {
    return compare(claimed, await s3.send(new HeadObjectCommand({ Bucket, Key: claimed.key, ChecksumMode: 'ENABLED' })))
  } catch (error) {
    if (awsFailure('HeadObject', error).status === 404) return { key: claimed.key, outcome: 'absent' }
    throw error
  }
}

/**
 * A checksum of type COMPOSITE is one of the parts' checksums and says nothing about the CRC32 of the whole. A caller
 * that does not know its own yet (null) compares by itself with the one that is answered.
 */
const compare = ({ key, size, crc32 }: ClaimedObject, found: HeadObjectOutput): ConfirmedObject => {
  const foundCrc32 = found.ChecksumType === 'FULL_OBJECT' ? (found.ChecksumCRC32 ?? null) : null
  if (found.ContentLength !== size || (foundCrc32 !== null && crc32 !== null && foundCrc32 !== crc32))
    return { key, outcome: 'different' }
  return {
    key,
    outcome: 'same',
    etag: (found.ETag ?? '').replaceAll('"', ''),
    versionId: found.VersionId ?? null,
    crc32: foundCrc32,
  }
}
