import { createHash } from 'node:crypto'
import { type ChecksumAlgorithm, checksumElement, parseAlgorithm, startChecksum } from '../body/checksum.ts'
import type { ReceivedBody } from '../body/receive-body.ts'
import { S3Error } from '../s3-error.ts'
import type { DataFiles, DataRange } from '../store/data-files.ts'
import type { ObjectRecord } from '../store/records.ts'
import { xmlAnswer } from '../wire/answer.ts'
import { decodeUri } from '../wire/received-request.ts'
import { conditionalWrite } from './conditional-write.ts'
import { objectOf } from './get-object.ts'
import { uploadOf } from './multipart/upload-of.ts'
import { partNumberOf, savePart } from './multipart/upload-part.ts'
import { objectPropertiesOf, refuseUnsupported } from './object-properties.ts'
import { bucketOf, type Call, demand, type Emulation, etagOf, isoTime, type Operation, quoted } from './operation.ts'
import { withoutProtection } from './protection.ts'
import { mostBytesPerRequest } from './put-object.ts'
import { dataRangesOf, parseRange, wholeOf } from './ranges.ts'
import { checkReadConditions } from './read-conditions.ts'
import { storeData } from './store-data.ts'

/** The object that `x-amz-copy-source` names, which the caller must be allowed to read. */
function sourceOf(call: Call, emulation: Emulation): ObjectRecord {
  const [path = '', version] = (call.request.headers['x-amz-copy-source'] ?? '').split('?')
  const [, bucketName, key] = /^\/?([^/]+)\/(.+)$/s.exec(decodeUri(path)) ?? []
  if (bucketName === undefined || key === undefined || version !== undefined)
    throw new S3Error('InvalidArgument', 'Copy Source must mention the source bucket and key: sourcebucket/sourcekey')
  demand(call.caller, 's3:GetObject', bucketName, key)
  const source = objectOf(call, emulation, bucketName, key)
  checkReadConditions(call.request.headers, 'x-amz-copy-source-', source)
  return source
}

/** Copies bytes into a new data file, and records that. */
function copyData<Result>(
  data: DataFiles,
  ranges: readonly DataRange[],
  algorithm: ChecksumAlgorithm | null,
  record: (copied: ReceivedBody, file: string | null) => Result,
): Promise<Result> {
  const size = ranges.reduce((sum, { length }) => sum + length, 0)
  if (size > mostBytesPerRequest)
    throw new S3Error(
      'InvalidRequest',
      'The specified copy source is larger than the maximum allowable size: 5368709120',
    )
  const fill = async ({ write }: { write(bytes: Uint8Array): Promise<void> }): Promise<ReceivedBody> => {
    const md5 = createHash('md5')
    const checksum = algorithm === null ? null : startChecksum(algorithm)
    for await (const bytes of data.read(ranges)) {
      md5.update(bytes)
      checksum?.update(bytes)
      await write(bytes)
    }
    const value = checksum?.value()
    return {
      size,
      md5: md5.digest('hex'),
      checksum: algorithm === null || value === undefined ? null : { algorithm, value },
    }
  }
  return storeData(data, fill, record)
}

/** Copies the bytes into one new file, and gives them the ETag of one PutObject, as S3 does up to 5 GiB. */
export const copyObject: Operation = async (call, emulation) => {
  const { request, bucketName, key } = call
  const bucket = bucketOf(emulation, bucketName)
  refuseUnsupported(request)
  const source = sourceOf(call, emulation)
  const given = objectPropertiesOf(request)
  const replaces = request.headers['x-amz-metadata-directive']?.toUpperCase() === 'REPLACE'
  const replacesTags = request.headers['x-amz-tagging-directive']?.toUpperCase() === 'REPLACE'
  if (bucket.objects.get(key) === source && !replaces && given.storageClass === source.properties.storageClass)
    throw new S3Error(
      'InvalidRequest',
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    )
  const named = request.headers['x-amz-checksum-algorithm']
  const algorithm = named === undefined ? (source.checksum?.algorithm ?? null) : parseAlgorithm(named)
  const properties = {
    ...(replaces ? given : withoutProtection(source.properties)),
    storageClass: given.storageClass,
    tags: replacesTags ? given.tags : source.properties.tags,
  }
  if (properties.tags.length > 0) demand(call.caller, 's3:PutObjectTagging', bucketName, key)
  return conditionalWrite(call, bucket, emulation.now, (check) =>
    copyData(emulation.store.data, dataRangesOf(source, wholeOf(source)), algorithm, (copied, file) => {
      check()
      const lastModified = emulation.now()
      const etag = etagOf(copied.md5, emulation)
      bucketOf(emulation, bucketName).putObject({
        key,
        size: copied.size,
        etag,
        lastModified,
        properties,
        checksum: copied.checksum,
        checksumType: copied.checksum === null ? null : 'FULL_OBJECT',
        data: [{ file, size: copied.size }],
        uploadId: null,
      })
      return xmlAnswer('CopyObjectResult', {
        ETag: quoted(etag),
        LastModified: isoTime(lastModified),
        ...checksumElement(copied.checksum),
      })
    }),
  )
}

export const uploadPartCopy: Operation = async (call, emulation) => {
  partNumberOf(call)
  const upload = uploadOf(call, emulation)
  refuseUnsupported(call.request)
  const source = sourceOf(call, emulation)
  const range = call.request.headers['x-amz-copy-source-range']
  const bytes = range === undefined ? wholeOf(source) : parseRange(range, source.size)
  if (bytes === null)
    throw new S3Error('InvalidArgument', 'The x-amz-copy-source-range value must be of the form bytes=first-last')
  return copyData(emulation.store.data, dataRangesOf(source, bytes), upload.checksumAlgorithm, (copied, file) => {
    const part = savePart(call, emulation, copied, file)
    return xmlAnswer('CopyPartResult', {
      ETag: quoted(part.etag),
      LastModified: isoTime(part.lastModified),
      ...checksumElement(part.checksum),
    })
  })
}
