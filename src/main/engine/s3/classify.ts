import { z } from 'zod'
import type { FailureKind } from '../../../shared/failure.ts'
import type { StoreFailure } from './object-store.ts'

/** What is looked at in an error of the SDK: S3's code, the system's code, the status, and Retry-After. */
const errorSchema = z.object({
  name: z.string().catch('Error'),
  code: z.string().optional().catch(undefined),
  $metadata: z.object({ httpStatusCode: z.number().optional() }).optional().catch(undefined),
  $response: z
    .object({ headers: z.record(z.string(), z.string()) })
    .optional()
    .catch(undefined),
})

const kindOfCode: Readonly<Record<string, FailureKind>> = {
  // S3's error codes (Amazon S3 API reference, "Error responses")
  ExpiredToken: 'expired',
  InvalidAccessKeyId: 'expired',
  InvalidToken: 'expired',
  TokenRefreshRequired: 'expired',
  AccessDenied: 'access_denied',
  AllAccessDisabled: 'access_denied',
  AccountProblem: 'access_denied',
  SignatureDoesNotMatch: 'access_denied',
  RequestTimeTooSkewed: 'clock_skew',
  SlowDown: 'throttled',
  Throttling: 'throttled',
  ThrottlingException: 'throttled',
  TooManyRequests: 'throttled',
  RequestTimeout: 'timeout',
  InternalError: 'server',
  ServiceUnavailable: 'server',
  NoSuchUpload: 'upload_lost',
  NoSuchBucket: 'no_such_bucket',
  BadDigest: 'checksum_mismatch',
  InvalidDigest: 'checksum_mismatch',
  XAmzContentSHA256Mismatch: 'checksum_mismatch',
  XAmzContentChecksumMismatch: 'checksum_mismatch',
  IncompleteBody: 'server',
  InvalidPart: 'invalid_part',
  InvalidPartOrder: 'invalid_part',
  EntityTooSmall: 'invalid_part',
  EntityTooLarge: 'too_large',
  PermanentRedirect: 'store_refused',
  PreconditionFailed: 'exists',
  ConditionalRequestConflict: 'conflict',
  OperationAborted: 'conflict',
  // the system's: no way to the store at all
  ENOTFOUND: 'offline',
  EAI_AGAIN: 'offline',
  ECONNREFUSED: 'offline',
  ENETUNREACH: 'offline',
  ENETDOWN: 'offline',
  EHOSTUNREACH: 'offline',
  EADDRNOTAVAIL: 'offline',
  // the way broke
  ECONNRESET: 'server',
  EPIPE: 'server',
  ETIMEDOUT: 'timeout',
  TimeoutError: 'timeout',
}

/**
 * What an error of the SDK means. `retryAfter` comes from the header in seconds. Unclear is whatever S3 did not answer
 * with a plain refusal: no answer, an answer that cannot be read, or a server's error.
 */
export function classify(error: unknown): StoreFailure {
  const parsed = errorSchema.safeParse(error)
  if (!parsed.success) return { kind: 'server', detail: null, unclear: true, retryAfter: null }
  const { name, code, $metadata, $response } = parsed.data
  const status = $metadata?.httpStatusCode
  // the system's code first: the SDK calls a connection that was reset a TimeoutError
  const known = [code ?? '', name].find((text) => Object.hasOwn(kindOfCode, text))
  const seconds = Number($response?.headers['retry-after'])
  return {
    kind: (known === undefined ? undefined : kindOfCode[known]) ?? kindOfStatus(status),
    detail: known ?? (status === undefined ? (code ?? name) : `${name} ${status}`).slice(0, 200),
    unclear: status === undefined || status < 400 || status >= 500,
    retryAfter: Number.isFinite(seconds) && seconds >= 0 ? seconds * 1_000 : null,
  }
}

function kindOfStatus(status: number | undefined): FailureKind {
  if (status === undefined || status < 400 || status >= 500) return status === 503 ? 'throttled' : 'server'
  if (status === 403) return 'access_denied'
  if (status === 408) return 'timeout'
  if (status === 412) return 'exists'
  if (status === 429) return 'throttled'
  return 'store_refused'
}
