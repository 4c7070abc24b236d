import type { ObjectOptions } from '../../../shared/object-options.ts'

type Headers = Readonly<Record<string, string>>

/** What the client says of its file. */
export type ObjectFacts = { readonly contentType: string; readonly metadata: Headers }

const day = 86_400_000

/**
 * What an object is besides its bytes, as S3's headers of PutObject and CreateMultipartUpload: the client's facts, and
 * over them what the operator wants. An object is locked from `now` (epoch ms) on.
 */
export const objectHeaders = (facts: ObjectFacts, options: ObjectOptions, now: number): Headers => ({
  ...factHeaders(facts, options),
  ...(options.tags && { 'x-amz-tagging': taggingHeader(options.tags) }),
  ...storageHeaders(options),
  ...(options.objectLock && {
    'x-amz-object-lock-mode': options.objectLock.mode,
    'x-amz-object-lock-retain-until-date': new Date(now + options.objectLock.days * day).toISOString(),
  }),
  ...(options.legalHold && { 'x-amz-object-lock-legal-hold': 'ON' }),
})

/** The same as fields of a POST form, where tags are a document of XML, and objects cannot be locked. */
export const objectFields = (facts: ObjectFacts, options: ObjectOptions): Headers => {
  const { 'content-type': contentType = '', ...rest } = factHeaders(facts, options)
  return {
    'Content-Type': contentType,
    ...rest,
    ...(options.tags && { tagging: taggingDocument(options.tags) }),
    ...storageHeaders(options),
  }
}

const factHeaders = ({ contentType, metadata }: ObjectFacts, options: ObjectOptions): Record<string, string> => ({
  'content-type': contentType,
  ...Object.fromEntries(
    Object.entries({ ...metadata, ...options.metadata }).map(([name, value]) => [`x-amz-meta-${name}`, value]),
  ),
})

const storageHeaders = ({ encryption, storageClass }: ObjectOptions): Headers => ({
  ...(encryption?.by === 's3' && { 'x-amz-server-side-encryption': 'AES256' }),
  ...(encryption?.by === 'kms' && {
    'x-amz-server-side-encryption': 'aws:kms',
    ...(encryption.keyId !== null && { 'x-amz-server-side-encryption-aws-kms-key-id': encryption.keyId }),
  }),
  ...(storageClass !== undefined && { 'x-amz-storage-class': storageClass }),
})

/** Spaces are `%20`: Ceph takes `+` as it is. */
const taggingHeader = (tags: Headers): string =>
  Object.entries(tags)
    .map((tag) => tag.map(encodeURIComponent).join('='))
    .join('&')

const taggingDocument = (tags: Headers): string => {
  const elements = Object.entries(tags).map(
    ([key, value]) => `<Tag><Key>${escaped(key)}</Key><Value>${escaped(value)}</Value></Tag>`,
  )
  return `<Tagging><TagSet>${elements.join('')}</TagSet></Tagging>`
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
