import { type AwsFailure, awsFailure } from '../../aws-failure.ts'
import type { Refusal } from '../../problem.ts'

const codes: Readonly<Record<string, Refusal['code']>> = {
  // S3's error codes (Amazon S3 API reference, "Error responses"); NoSuchKey is what Ceph says of an upload
  NoSuchUpload: 'upload_lost',
  NoSuchKey: 'upload_lost',
  PreconditionFailed: 'exists',
  ConditionalRequestConflict: 'conflict',
  OperationAborted: 'conflict',
  InvalidPart: 'invalid_part',
  InvalidPartOrder: 'invalid_part',
  EntityTooSmall: 'not_supported',
  BadDigest: 'checksum_mismatch',
  InvalidDigest: 'checksum_mismatch',
  XAmzContentChecksumMismatch: 'checksum_mismatch',
  EntityTooLarge: 'too_large',
  MetadataTooLarge: 'invalid_request',
}

/** A refusal with what the store said. */
export type StoreRefusal = Refusal & { readonly cause: AwsFailure }

/** What an error of the SDK means to the client; whatever is not the client's matter is `unavailable`. */
export const storeRefusal = (operation: string, error: unknown): StoreRefusal => {
  const cause = awsFailure(operation, error)
  return { code: codes[cause.name] ?? 'unavailable', cause }
}

/** Whether the store cannot do what was asked, rather than will not: then less can be asked. */
export const isNotKnown = ({ code, cause }: StoreRefusal): boolean =>
  code === 'unavailable' && (cause.status === 400 || cause.status === 501)

/** Whether the store did not plainly say that it did nothing: no answer, one that cannot be read, or a server's error. */
export const isUnclear = ({ cause }: StoreRefusal): boolean => {
  if (cause.name === 'NotImplemented' || neverSent.has(cause.name)) return false
  return cause.status === null || cause.status < 400 || cause.status >= 500
}

const neverSent: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENOTFOUND',
  'CredentialsProviderError',
])
