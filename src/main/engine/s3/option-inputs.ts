import type { CreateMultipartUploadCommandInput, PutObjectCommandInput } from '@aws-sdk/client-s3'
import type { ObjectOptions } from '../../../shared/object-options.ts'

const day = 86_400_000

type OptionInputs = Partial<Omit<PutObjectCommandInput & CreateMultipartUploadCommandInput, 'Bucket' | 'Key'>>

/**
 * The operator's wishes as PutObject and CreateMultipartUpload take them, with the client's own metadata, where the
 * operator's wins. `storeNow` (epoch ms): the store's clock, from which the object lock counts.
 */
export const optionInputs = (
  { encryption, storageClass, tags, metadata, objectLock, legalHold }: ObjectOptions,
  ownMetadata: Readonly<Record<string, string>>,
  storeNow: number,
): OptionInputs => ({
  Metadata: { ...ownMetadata, ...metadata },
  ...(encryption?.by === 's3' && { ServerSideEncryption: 'AES256' }),
  ...(encryption?.by === 'kms' && { ServerSideEncryption: 'aws:kms' }),
  ...(encryption?.by === 'kms' && encryption.keyId !== null && { SSEKMSKeyId: encryption.keyId }),
  ...(storageClass !== undefined && { StorageClass: storageClass as NonNullable<OptionInputs['StorageClass']> }),
  ...(tags !== undefined && { Tagging: taggingOf(tags) }),
  ...(objectLock !== undefined && {
    ObjectLockMode: objectLock.mode,
    ObjectLockRetainUntilDate: new Date(storeNow + objectLock.days * day),
  }),
  ...(legalHold === true && { ObjectLockLegalHoldStatus: 'ON' }),
})

/** As a query, with spaces as %20: not every store reads a plus as one. */
const taggingOf = (tags: Readonly<Record<string, string>>): string =>
  Object.entries(tags)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join('&')
