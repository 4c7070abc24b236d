import {
  AbortMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListPartsCommand,
  type Part,
  type S3Client,
} from '@aws-sdk/client-s3'
import { ok, type Result } from '../../../shared/failure.ts'
import { type Refusal, refused } from '../../problem.ts'
import { isNotKnown, storeRefusal } from './store-refusal.ts'
import { withHeaders } from './with-headers.ts'

/** S3's name of one multipart upload. */
export type UploadName = { readonly bucket: string; readonly key: string; readonly uploadId: string }

export type StoredPart = {
  readonly partNumber: number
  readonly size: number
  readonly etag: string
  /** Null where the store keeps none. */
  readonly crc32: string | null
}

/** Begins an upload whose object has these headers; `not_supported` where the store knows no checksum of the whole. */
export const createUpload = async (
  s3: S3Client,
  { bucket: Bucket, key: Key }: Pick<UploadName, 'bucket' | 'key'>,
  headers: Readonly<Record<string, string>>,
  fullObject: boolean,
): Promise<Result<{ readonly uploadId: string; readonly abortAt: number | null }, Refusal>> => {
  const command = new CreateMultipartUploadCommand({
    Bucket,
    Key,
    ChecksumAlgorithm: 'CRC32',
    ...(fullObject && { ChecksumType: 'FULL_OBJECT' }),
  })
  command.middlewareStack.use(withHeaders(headers))
  try {
    const { UploadId, AbortDate } = await s3.send(command)
    if (!UploadId) return refused({ code: 'unavailable' })
    return ok({ uploadId: UploadId, abortAt: AbortDate?.getTime() ?? null })
  } catch (error) {
    const refusal = storeRefusal('CreateMultipartUpload', error)
    if (fullObject && isNotKnown(refusal)) return refused({ ...refusal, ...without('fullObject') })
    return refused(refusal)
  }
}

/** All that the store has of an upload. */
export const listParts = async (
  s3: S3Client,
  { bucket: Bucket, key: Key, uploadId: UploadId }: UploadName,
): Promise<Result<{ readonly parts: readonly StoredPart[]; readonly abortAt: number | null }, Refusal>> => {
  try {
    const parts: StoredPart[] = []
    let abortAt: number | null = null
    let PartNumberMarker: string | undefined
    do {
      const page = await s3.send(
        new ListPartsCommand({ Bucket, Key, UploadId, ...(PartNumberMarker && { PartNumberMarker }) }),
      )
      parts.push(...(page.Parts ?? []).map(storedPart))
      abortAt = page.AbortDate?.getTime() ?? null
      PartNumberMarker = page.IsTruncated ? page.NextPartNumberMarker : undefined
    } while (PartNumberMarker !== undefined)
    return ok({ parts, abortAt })
  } catch (error) {
    return refused(storeRefusal('ListParts', error))
  }
}

/** Throws the parts away; an upload that the store does not know is a success. */
export const abortUpload = async (
  s3: S3Client,
  { bucket: Bucket, key: Key, uploadId: UploadId }: UploadName,
): Promise<Result<null, Refusal>> => {
  try {
    await s3.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }))
    return ok(null)
  } catch (error) {
    const refusal = storeRefusal('AbortMultipartUpload', error)
    return refusal.code === 'upload_lost' ? ok(null) : refused(refusal)
  }
}

/** What a client may leave out and ask again. */
export const without = (field: 'fullObject' | 'createOnly'): Refusal => ({
  code: 'not_supported',
  errors: [{ path: `/${field}`, message: 'the store cannot do it' }],
})

export const unquoted = (etag: string): string => etag.replaceAll('"', '')

const storedPart = ({ PartNumber, Size, ETag, ChecksumCRC32 }: Part): StoredPart => {
  if (PartNumber === undefined || Size === undefined || ETag === undefined) throw new Error('a part without a field')
  return { partNumber: PartNumber, size: Size, etag: unquoted(ETag), crc32: ChecksumCRC32 ?? null }
}
