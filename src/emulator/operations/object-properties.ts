import { S3Error } from '../s3-error.ts'
import type { ObjectProperties } from '../store/records.ts'
import { parsePairs, type ReceivedRequest } from '../wire/received-request.ts'

const keptHeaders = ['content-type', 'cache-control', 'content-disposition', 'content-language', 'expires']
const storageClasses = [
  'STANDARD',
  'REDUCED_REDUNDANCY',
  'STANDARD_IA',
  'ONEZONE_IA',
  'INTELLIGENT_TIERING',
  'GLACIER_IR',
]
/** S3's limit of all user metadata of an object, names and values. */
const mostMetadataBytes = 2_048
const metadataPrefix = 'x-amz-meta-'
const encryptionHeader = 'x-amz-server-side-encryption'

/** Headers that change what a write means: to ignore one would be to lie about it. */
const refusedHeaders = [
  'if-match',
  'x-amz-grant-',
  'x-amz-object-lock-',
  'x-amz-server-side-encryption-',
  'x-amz-website-redirect-location',
  'x-amz-write-offset-bytes',
  'x-amz-copy-source-server-side-encryption-',
]

/** Throws NotImplemented for a write that asks for what this S3 does not do; `known` are headers that the operation heeds. */
export function refuseUnsupported(request: ReceivedRequest, known: readonly string[] = []): void {
  const header = Object.keys(request.headers).find(
    (name) => !known.includes(name) && refusedHeaders.some((refused) => name.startsWith(refused)),
  )
  const encryption = request.headers[encryptionHeader]
  const isUnknown = encryption !== undefined && encryption !== 'AES256' && !known.includes(encryptionHeader)
  if (header !== undefined || isUnknown)
    throw new S3Error('NotImplemented', 'A header you provided implies functionality that is not implemented', {
      Header: header ?? encryptionHeader,
    })
  const acl = request.headers['x-amz-acl']
  if (acl !== undefined && !['private', 'bucket-owner-full-control'].includes(acl))
    throw new S3Error('AccessControlListNotSupported', 'The bucket does not allow ACLs')
}

/** Reads from a write's headers what is kept with the object. Throws InvalidStorageClass, InvalidTag or MetadataTooLarge. */
export function objectPropertiesOf({ headers }: ReceivedRequest): ObjectProperties {
  const storageClass = headers['x-amz-storage-class'] ?? 'STANDARD'
  if (!storageClasses.includes(storageClass))
    throw new S3Error('InvalidStorageClass', 'The storage class you specified is not valid')
  const kept = keptHeaders.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]]))
  const encoding = (headers['content-encoding'] ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && name !== 'aws-chunked')
    .join(',')
  return {
    headers: {
      'content-type': 'binary/octet-stream',
      ...Object.fromEntries(kept),
      ...(encoding === '' ? {} : { 'content-encoding': encoding }),
    },
    metadata: metadataOf(headers),
    storageClass,
    tags: tagsOf(headers['x-amz-tagging']),
  }
}

/** The same, with more headers that a Head or Get will tell. */
export const withHeaders = (properties: ObjectProperties, headers: Record<string, string>): ObjectProperties => ({
  ...properties,
  headers: { ...properties.headers, ...headers },
})

function metadataOf(headers: ReceivedRequest['headers']): Readonly<Record<string, string>> {
  const entries = Object.entries(headers)
    .filter(([name]) => name.startsWith(metadataPrefix))
    .map(([name, value]) => [name.slice(metadataPrefix.length), value] as const)
  const bytes = entries.reduce((sum, [name, value]) => sum + name.length + value.length, 0)
  if (bytes > mostMetadataBytes)
    throw new S3Error('MetadataTooLarge', 'Your metadata headers exceed the maximum allowed metadata size')
  return Object.fromEntries(entries)
}

/** S3's limits: 10 tags, keys of 128 characters, values of 256, no key twice. */
function tagsOf(header: string | undefined): ObjectProperties['tags'] {
  const tags = parsePairs(header ?? '')
  const keys = new Set(tags.map(([key]) => key))
  if (
    tags.length > 10 ||
    keys.size < tags.length ||
    tags.some(([key, value]) => !key || key.length > 128 || value.length > 256)
  )
    throw new S3Error('InvalidTag', 'The tags you have provided are not valid')
  return tags
}

/** S3 answers metadata beyond ASCII, which arrived as UTF-8, in the encoded words of RFC 2047. */
const encodedWord = (value: string): string =>
  /^[\x20-\x7e]*$/.test(value) ? value : `=?UTF-8?B?${Buffer.from(value, 'latin1').toString('base64')}?=`

/** The headers of a Head or Get that tell what was kept. */
export const propertyHeaders = (properties: ObjectProperties): Record<string, string> => ({
  ...properties.headers,
  ...Object.fromEntries(
    Object.entries(properties.metadata).map(([name, value]) => [`${metadataPrefix}${name}`, encodedWord(value)]),
  ),
  ...(properties.storageClass === 'STANDARD' ? {} : { 'x-amz-storage-class': properties.storageClass }),
  ...(properties.tags.length === 0 ? {} : { 'x-amz-tagging-count': String(properties.tags.length) }),
})
