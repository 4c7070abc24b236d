import type { HeadObjectOutput, S3Client } from '@aws-sdk/client-s3'
import type { ConfirmedObject, ConfirmRequest } from '../../shared/broker-api.ts'
import { ok, type Result } from '../../shared/failure.ts'
import { type AwsFailure, awsFailure } from '../aws-failure.ts'
import { mapBounded } from '../map-bounded.ts'
import type { Place } from '../policy/arn.ts'
import { assertBucketIsThere, findObject } from './find-object.ts'

type ClaimedObject = ConfirmRequest['objects'][number]

/** What a bucket really holds under the given keys, in their order; or why the store gave no clear answer. */
export type Confirm = (
  place: Place,
  objects: readonly ClaimedObject[],
) => Promise<Result<ConfirmedObject[], AwsFailure>>

const mostAtOnce = 16

/** Looks with the broker's own rights, by the client of the bucket's region. */
export const confirmWith =
  (clientOf: (region: string) => S3Client): Confirm =>
  async ({ bucket, region }, objects) => {
    const s3 = clientOf(region)
    try {
      const confirmed = await mapBounded(objects, mostAtOnce, async (object) =>
        compare(object, await findObject(s3, bucket, object.key)),
      )
      const absent = confirmed.find(({ outcome }) => outcome === 'absent')
      if (absent) await assertBucketIsThere(s3, bucket, absent.key)
      return ok(confirmed)
    } catch (error) {
      return { ok: false, failure: awsFailure('HeadObject', error) }
    }
  }

/**
 * A checksum of type COMPOSITE is one of the parts' checksums and says nothing about the CRC32 of the whole. A caller
 * that does not know its own yet (null) compares by itself with the one that is answered.
 */
const compare = ({ key, size, crc32 }: ClaimedObject, found: HeadObjectOutput | null): ConfirmedObject => {
  if (found === null) return { key, outcome: 'absent' }
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
