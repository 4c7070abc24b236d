import { z } from 'zod'
import type { FailureKind } from '../../../shared/failure.ts'
import { networkFailureOf } from '../../../shared/network-failure.ts'
import { retryAfterOf } from '../../../shared/retry-after.ts'
import type { StoreFailure } from './object-store.ts'

/** What is looked at in an error of the SDK: S3's code, the system's code and call, the status, and Retry-After. */
const errorSchema = z.object({
  name: z.string().catch('Error'),
  code: z.string().optional().catch(undefined),
  message: z.string().catch(''),
  syscall: z.string().optional().catch(undefined),
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
  RequestExpired: 'clock_skew',
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
  EntityTooSmall: 'store_refused',
  EntityTooLarge: 'too_large',
  PermanentRedirect: 'store_refused',
  NotImplemented: 'store_refused',
  PreconditionFailed: 'exists',
  ConditionalRequestConflict: 'conflict',
  OperationAborted: 'conflict',
  // the system's
  ECONNREFUSED: 'offline',
  EHOSTUNREACH: 'offline',
  ECONNRESET: 'server',
  EPIPE: 'server',
  ETIMEDOUT: 'timeout',
  TimeoutError: 'timeout',
}

/**
 * What an error of the SDK means. Unclear is whatever S3 did not answer with a plain refusal: no answer, which may follow a
 * try that was carried out, an answer that cannot be read, or a server's error.
 */
export function classify(error: unknown): StoreFailure {
  const parsed = errorSchema.safeParse(error)
  if (!parsed.success) return { kind: 'server', detail: null, unclear: true, retryAfter: null }
  const { name, code, message, syscall, $metadata, $response } = parsed.data
  const status = $metadata?.httpStatusCode
  // the system's code first: the SDK calls a connection that was reset a TimeoutError
  const known = [code ?? '', name].find((text) => Object.hasOwn(kindOfCode, text))
  const headers = $response?.headers ?? {}
  const network = networkFailureOf(code ?? '') ?? (neverConnected(syscall, message) ? 'offline' : null)
  return {
    kind: network ?? (known === undefined ? undefined : kindOfCode[known]) ?? kindOfStatus(status),
    detail: known ?? (status === undefined ? (code ?? name) : `${name} ${status}`).slice(0, 200),
    unclear: status === undefined || status < 400 || status >= 500,
    ...(network === null && status === undefined && brokenWay.has(known ?? '') && { from: 'way' as const }),
    retryAfter: retryAfterOf({ retryAfter: headers['retry-after'], date: headers.date }),
  }
}

/** How a connection ends that broke before the answer. */
const brokenWay: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'TimeoutError'])

/** Whether an error carries an answer of the store, and not just a broken way to it. */
export const isAnswer = (error: unknown): boolean =>
  errorSchema.safeParse(error).data?.$metadata?.httpStatusCode !== undefined

/** The second is what NodeHttpHandler says after its connection timeout, for which it has no code. */
const neverConnected = (syscall: string | undefined, message: string): boolean =>
  syscall === 'connect' || message.includes('did not establish a connection')

function kindOfStatus(status: number | undefined): FailureKind {
  if (status === undefined || status < 400 || status >= 500) return status === 503 ? 'throttled' : 'server'
  if (status === 403) return 'access_denied'
  if (status === 408) return 'timeout'
  if (status === 412) return 'exists'
  if (status === 429) return 'throttled'
  return 'store_refused'
}
