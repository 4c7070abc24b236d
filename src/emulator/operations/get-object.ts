import { checksumHeaders } from '../body/checksum.ts'
import { S3Error } from '../s3-error.ts'
import type { ObjectRecord } from '../store/records.ts'
import { type Answer, xmlAnswer } from '../wire/answer.ts'
import { propertyHeaders } from './object-properties.ts'
import { arnOf, bucketOf, type Call, type Emulation, type Operation, quoted } from './operation.ts'
import { dataRangesOf, parseRange, wholeOf } from './ranges.ts'
import { checkReadConditions } from './read-conditions.ts'
import { responseHeaders } from './response-headers.ts'

/** Throws NoSuchKey, or AccessDenied where the caller may not list: S3 tells such a caller nothing about missing keys. */
export function objectOf({ caller }: Call, emulation: Emulation, bucketName: string, key: string): ObjectRecord {
  const record = bucketOf(emulation, bucketName).objects.get(key)
  if (record !== undefined) return record
  if (!caller.allows('s3:ListBucket', arnOf(bucketName, '')))
    throw new S3Error(
      'AccessDenied',
      `User: ${caller.arn} is not authorized to perform: s3:ListBucket on resource: "${arnOf(bucketName, '')}"`,
    )
  throw new S3Error('NoSuchKey', 'The specified key does not exist.', { Key: key })
}

export const getObject: Operation = async (call, emulation): Promise<Answer> => {
  const { request } = call
  const record = objectOf(call, emulation, call.bucketName, call.key)
  checkReadConditions(request.headers, '', record)
  const range = parseRange(request.headers.range, record.size)
  const { first, last } = range ?? wholeOf(record)
  const wantsChecksum = request.headers['x-amz-checksum-mode']?.toUpperCase() === 'ENABLED' && range === null
  const head = request.method === 'HEAD'
  return {
    status: range === null ? 200 : 206,
    headers: {
      ...propertyHeaders(record.properties),
      ...responseHeaders(request),
      'accept-ranges': 'bytes',
      'content-length': String(last - first + 1),
      etag: quoted(record.etag),
      'last-modified': new Date(record.lastModified).toUTCString(),
      ...(range === null ? {} : { 'content-range': `bytes ${first}-${last}/${record.size}` }),
      ...(wantsChecksum ? checksumHeaders(record.checksum) : {}),
      ...(wantsChecksum && record.checksumType !== null ? { 'x-amz-checksum-type': record.checksumType } : {}),
    },
    body: head ? '' : emulation.store.data.read(dataRangesOf(record, { first, last })),
  }
}

export const getObjectTagging: Operation = async (call, emulation) => {
  const { properties } = objectOf(call, emulation, call.bucketName, call.key)
  return xmlAnswer('Tagging', { TagSet: { Tag: properties.tags.map(([Key, Value]) => ({ Key, Value })) } })
}
