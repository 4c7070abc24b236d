import { encodeRfc3986 } from '../access/signature.ts'
import { S3Error } from '../s3-error.ts'
import type { Bucket } from '../store/bucket.ts'
import type { ObjectRecord } from '../store/records.ts'
import { xmlAnswer } from '../wire/answer.ts'
import { parameter, type ReceivedRequest } from '../wire/received-request.ts'
import { owner } from './buckets.ts'
import { bucketOf, isoTime, type Operation, pageSize, quoted } from './operation.ts'

type Page = {
  readonly keys: readonly string[]
  readonly commonPrefixes: readonly string[]
  /** Where the next page starts after; null: there is none. */
  readonly next: string | null
}

/** One page of keys after `after`, those with `delimiter` behind the prefix rolled up into common prefixes. */
export function pageOfKeys(
  sortedKeys: readonly string[],
  options: {
    readonly prefix: string
    readonly delimiter: string
    readonly after: string
    readonly size: number
  },
): Page {
  const { prefix, delimiter, after, size } = options
  const keys: string[] = []
  const commonPrefixes = new Set<string>()
  const afterBytes = Buffer.from(after)
  let last = ''
  for (const key of sortedKeys) {
    if (!key.startsWith(prefix) || (after !== '' && Buffer.compare(Buffer.from(key), afterBytes) <= 0)) continue
    const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length)
    const group = end === -1 ? null : key.slice(0, end + delimiter.length)
    if (group !== null && (group === after || commonPrefixes.has(group))) continue
    if (keys.length + commonPrefixes.size >= size)
      return { keys, commonPrefixes: [...commonPrefixes], next: last || null }
    if (group === null) keys.push(key)
    else commonPrefixes.add(group)
    last = group ?? key
  }
  return { keys, commonPrefixes: [...commonPrefixes], next: null }
}

function listPage(request: ReceivedRequest, bucket: Bucket, after: string, showOwner: boolean) {
  const prefix = parameter(request, 'prefix') ?? ''
  const delimiter = parameter(request, 'delimiter') ?? ''
  const encoding = parameter(request, 'encoding-type')
  if (encoding !== undefined && encoding !== 'url')
    throw new S3Error('InvalidArgument', 'Invalid Encoding Method specified in Request')
  const encode = (text: string) => (encoding === undefined ? text : encodeRfc3986(text).replaceAll('%2F', '/'))
  const size = pageSize(request, 'max-keys')
  const page = pageOfKeys(bucket.sortedKeys(), { prefix, delimiter, after, size })
  const content = (record: ObjectRecord) => ({
    Key: encode(record.key),
    LastModified: isoTime(record.lastModified),
    ETag: quoted(record.etag),
    ChecksumAlgorithm: record.checksum?.algorithm,
    ChecksumType: record.checksumType,
    Size: record.size,
    StorageClass: record.properties.storageClass,
    Owner: showOwner ? owner : undefined,
  })
  const listed = {
    Name: bucket.name,
    Prefix: encode(prefix),
    Delimiter: delimiter === '' ? undefined : encode(delimiter),
    MaxKeys: size,
    EncodingType: encoding,
    IsTruncated: page.next !== null,
    Contents: page.keys.map((key) => content(bucket.objects.get(key) as ObjectRecord)),
    CommonPrefixes: page.commonPrefixes.map((group) => ({ Prefix: encode(group) })),
  }
  return { page, listed, encode }
}

export const listObjectsV2: Operation = async (call, emulation) => {
  const { request } = call
  const bucket = bucketOf(emulation, call.bucketName)
  if (parameter(request, 'list-type') !== '2')
    throw new S3Error('InvalidArgument', 'Invalid List Type specified in Request')
  const token = parameter(request, 'continuation-token')
  const startAfter = parameter(request, 'start-after') ?? ''
  if (token === '') throw new S3Error('InvalidArgument', 'The continuation token provided is incorrect')
  const after = token === undefined ? startAfter : Buffer.from(token, 'base64url').toString('utf8')
  const { page, listed, encode } = listPage(request, bucket, after, parameter(request, 'fetch-owner') === 'true')
  return xmlAnswer('ListBucketResult', {
    ...listed,
    StartAfter: startAfter === '' ? undefined : encode(startAfter),
    KeyCount: page.keys.length + page.commonPrefixes.length,
    ContinuationToken: token,
    NextContinuationToken: page.next === null ? undefined : Buffer.from(page.next).toString('base64url'),
  })
}

export const listObjects: Operation = async (call, emulation) => {
  const bucket = bucketOf(emulation, call.bucketName)
  const marker = parameter(call.request, 'marker') ?? ''
  const { page, listed, encode } = listPage(call.request, bucket, marker, true)
  const nextMarker = page.next !== null && listed.Delimiter !== undefined ? encode(page.next) : undefined
  return xmlAnswer('ListBucketResult', { ...listed, Marker: encode(marker), NextMarker: nextMarker })
}
