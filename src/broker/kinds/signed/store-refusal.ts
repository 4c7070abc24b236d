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
  AccessDenied: 'store_denied',
  AllAccessDisabled: 'store_denied',
  AccountProblem: 'store_denied',
  NoSuchBucket: 'no_such_bucket',
  NotImplemented: 'store_refused',
  PermanentRedirect: 'store_refused',
  // no word on this one object: the store is busy, or does not take the broker's own credentials or clock
  RequestTimeout: 'unavailable',
  SlowDown: 'unavailable',
  Throttling: 'unavailable',
  ThrottlingException: 'unavailable',
  TooManyRequests: 'unavailable',
  RequestTimeTooSkewed: 'unavailable',
  RequestExpired: 'unavailable',
  ExpiredToken: 'unavailable',
  InvalidToken: 'unavailable',
  TokenRefreshRequired: 'unavailable',
  InvalidAccessKeyId: 'unavailable',
  SignatureDoesNotMatch: 'unavailable',
}

/** What a status means that comes with none of these. */
const codeOfStatus = (status: number | null): Refusal['code'] => {
  if (status === null || status < 400 || status >= 500) return 'unavailable'
  if (status === 401 || status === 408 || status === 429) return 'unavailable'
  if (status === 412) return 'exists'
  return status === 403 ? 'store_denied' : 'store_refused'
}

/** A refusal with what the store said. */
export type StoreRefusal = Refusal & { readonly cause: AwsFailure }

/**
 * What an error of the SDK means to the client. What the store plainly refuses concerns this one object; `unavailable` is what
 * may end by itself, or would be said of every object.
 */
export const storeRefusal = (operation: string, error: unknown): StoreRefusal => {
  const cause = awsFailure(operation, error)
  return { code: codes[cause.name] ?? codeOfStatus(cause.status), cause }
}

/** Whether the store cannot do what was asked, rather than will not: then less can be asked. */
export const isNotKnown = ({ code, cause }: StoreRefusal): boolean =>
  code === 'store_refused' && (cause.status === 400 || cause.status === 501)

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
