import { S3Error } from '../../s3-error.ts'
import { xmlAnswer } from '../../wire/answer.ts'
import { parameter } from '../../wire/received-request.ts'
import { owner } from '../buckets.ts'
import { bucketOf, isoTime, type Operation, pageSize } from '../operation.ts'
import { isTaken } from './upload-of.ts'

/** Sorted by key, then by start. Delimiters are not implemented, and say so. */
export const listMultipartUploads: Operation = async (call, emulation) => {
  const { request } = call
  if (parameter(request, 'delimiter'))
    throw new S3Error('NotImplemented', 'A delimiter is not implemented for ListMultipartUploads')
  const prefix = parameter(request, 'prefix') ?? ''
  const keyMarker = parameter(request, 'key-marker') ?? ''
  const uploadIdMarker = parameter(request, 'upload-id-marker') ?? ''
  const size = pageSize(request, 'max-uploads')
  const all = [...bucketOf(emulation, call.bucketName).uploads.values()]
    .filter((upload) => upload.key.startsWith(prefix) && !isTaken(upload, emulation))
    .sort(
      (left, right) =>
        Buffer.compare(Buffer.from(left.key), Buffer.from(right.key)) ||
        left.initiated - right.initiated ||
        (left.uploadId < right.uploadId ? -1 : 1),
    )
  const marked = all.findIndex(({ key, uploadId }) => key === keyMarker && uploadId === uploadIdMarker)
  const after =
    marked === -1
      ? all.filter(({ key }) => Buffer.compare(Buffer.from(key), Buffer.from(keyMarker)) > 0)
      : all.slice(marked + 1)
  const page = after.slice(0, size)
  const truncated = after.length > page.length
  return xmlAnswer('ListMultipartUploadsResult', {
    Bucket: call.bucketName,
    KeyMarker: keyMarker,
    UploadIdMarker: uploadIdMarker,
    NextKeyMarker: truncated ? page.at(-1)?.key : undefined,
    NextUploadIdMarker: truncated ? page.at(-1)?.uploadId : undefined,
    Prefix: prefix,
    MaxUploads: size,
    IsTruncated: truncated,
    Upload: page.map((upload) => ({
      Key: upload.key,
      UploadId: upload.uploadId,
      Initiator: { ID: upload.initiator.id, DisplayName: upload.initiator.displayName },
      Owner: owner,
      StorageClass: upload.properties.storageClass,
      Initiated: isoTime(upload.initiated),
      ChecksumAlgorithm: upload.checksumAlgorithm,
      ChecksumType: upload.checksumType,
    })),
  })
}
