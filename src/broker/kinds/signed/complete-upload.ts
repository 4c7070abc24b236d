import {
  CompleteMultipartUploadCommand,
  HeadObjectCommand,
  type HeadObjectOutput,
  type S3Client,
} from '@aws-sdk/client-s3'
import type { CompleteUploadRequest, CompleteUploadResponse } from '../../../shared/broker-uploads.ts'
import { ok, type Result } from '../../../shared/failure.ts'
import { type Refusal, refused } from '../../problem.ts'
import { listParts, type StoredPart, type UploadName, unquoted, without } from './multipart.ts'
import type { StoreClients } from './store-clients.ts'
import { isNotKnown, isUnclear, storeRefusal } from './store-refusal.ts'

type Wanted = Pick<CompleteUploadRequest, 'size' | 'crc32' | 'parts' | 'fullObject' | 'createOnly'>
type Completed = Result<CompleteUploadResponse, Refusal>

/**
 * Joins the parts, once the store says that they are as they were named. Asked again after it was done, it says the same
 * again where the object's CRC32 shows that it is this one.
 */
export const completeUpload = async (
  { usual, patient }: StoreClients,
  upload: UploadName,
  wanted: Wanted,
): Promise<Completed> => {
  const listed = await listParts(usual, upload)
  if (!listed.ok) return listed.failure.code === 'upload_lost' ? settle(usual, upload, wanted, listed.failure) : listed
  if (!isAsNamed(listed.value.parts, wanted)) return refused({ code: 'invalid_part' })
  try {
    const { ETag, VersionId, ChecksumCRC32, ChecksumType } = await patient.send(
      new CompleteMultipartUploadCommand({
        Bucket: upload.bucket,
        Key: upload.key,
        UploadId: upload.uploadId,
        MultipartUpload: {
          Parts: wanted.parts.map(({ partNumber, etag, crc32 }) => ({
            PartNumber: partNumber,
            ETag: etag,
            ...(crc32 !== null && { ChecksumCRC32: crc32 }),
          })),
        },
        ...(wanted.fullObject && {
          ChecksumType: 'FULL_OBJECT',
          MpuObjectSize: wanted.size,
          ...(wanted.crc32 !== null && { ChecksumCRC32: wanted.crc32 }),
        }),
        ...(wanted.createOnly && { IfNoneMatch: '*' }),
      }),
    )
    if (!ETag) return await named(usual, upload, wanted)
    const isWhole = ChecksumType !== 'COMPOSITE' && ChecksumCRC32?.includes('-') === false
    return ok({ etag: unquoted(ETag), versionId: VersionId ?? null, crc32: isWhole ? ChecksumCRC32 : null })
  } catch (error) {
    const refusal = storeRefusal('CompleteMultipartUpload', error)
    const wasRepeated = ((error as { $metadata?: { attempts?: number } }).$metadata?.attempts ?? 1) > 1
    if (isUnclear(refusal) || refusal.code === 'upload_lost' || (refusal.code === 'exists' && wasRepeated)) {
      return settle(usual, upload, wanted, isUnclear(refusal) || wasRepeated ? unclear(refusal) : refusal)
    }
    if (wanted.createOnly && refusal.cause.name === 'NotImplemented') {
      return refused({ ...refusal, ...without('createOnly') })
    }
    // The parts were just seen to be as named: what the store does not take is the checksum.
    if (wanted.fullObject && (isNotKnown(refusal) || refusal.cause.name === 'InvalidPart')) {
      return refused({ ...refusal, ...without('fullObject') })
    }
    return refused(refusal)
  }
}

/** Whether the store has these parts, in rising order, and they make the size. No more than that is ever joined. */
const isAsNamed = (stored: readonly StoredPart[], { parts, size }: Wanted): boolean => {
  const byNumber = new Map(stored.map((part) => [part.partNumber, part]))
  const found = parts.map(({ partNumber }) => byNumber.get(partNumber))
  const isStored = parts.every(({ etag, crc32 }, index) => {
    const part = found[index]
    return part?.etag === unquoted(etag) && (crc32 === null || part.crc32 === null || part.crc32 === crc32)
  })
  const rises = parts.every(({ partNumber }, index) => partNumber > (parts[index - 1]?.partNumber ?? 0))
  return isStored && rises && found.reduce((sum, part) => sum + (part?.size ?? 0), 0) === size
}

/** After an answer that is not the last word: the object itself says whether it was done; else `otherwise` stands. */
const settle = async (s3: S3Client, upload: UploadName, wanted: Wanted, otherwise: Refusal): Promise<Completed> => {
  try {
    const found = await head(s3, upload)
    if (found === null || found.ContentLength !== wanted.size) return refused(otherwise)
    const crc32 = wholeCrc32(found)
    if (crc32 === null || wanted.crc32 === null) return refused(unclear(otherwise))
    return crc32 === wanted.crc32 ? ok(answerOf(found)) : refused(otherwise)
  } catch {
    return refused(unclear(otherwise))
  }
}

/** Ceph's Complete does not say the ETag. */
const named = async (s3: S3Client, upload: UploadName, { size }: Wanted): Promise<Completed> => {
  const found = await head(s3, upload).catch(() => null)
  return found?.ContentLength === size ? ok(answerOf(found)) : refused({ code: 'unclear' })
}

const head = async (s3: S3Client, { bucket: Bucket, key: Key }: UploadName): Promise<HeadObjectOutput | null> => {
  try {
    return await s3.send(new HeadObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }))
  } catch (error) {
    if (storeRefusal('HeadObject', error).cause.status === 404) return null
    throw error
  }
}

const answerOf = (found: HeadObjectOutput): CompleteUploadResponse => ({
  etag: unquoted(found.ETag ?? ''),
  versionId: found.VersionId ?? null,
  crc32: wholeCrc32(found),
})

const wholeCrc32 = ({ ChecksumType, ChecksumCRC32 }: HeadObjectOutput): string | null =>
  ChecksumType === 'FULL_OBJECT' ? (ChecksumCRC32 ?? null) : null

const unclear = (refusal: Refusal): Refusal => ({ ...refusal, code: 'unclear' })
