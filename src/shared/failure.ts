import { z } from 'zod'

/** Every way in which something can go wrong that a person or the queue must know of. The renderer owns the words. */
export const failureKinds = [
  // the way to the store or the broker
  'offline',
  'timeout',
  'throttled',
  'server',
  'broker_unreachable',
  'broker_answer_invalid',
  'broker_address_invalid',
  'certificate_untrusted',
  // permission
  'signed_out',
  'expired',
  'clock_skew',
  'access_denied',
  'revoked',
  'not_yours',
  'not_allowed',
  'over_quota',
  'daily_limit',
  'deadline_passed',
  'unknown_purpose',
  'request_invalid',
  // the store
  'checksum_mismatch',
  'upload_lost',
  'invalid_part',
  'conflict',
  'no_such_bucket',
  'exists',
  'store_refused',
  // the source
  'source_missing',
  'source_unreadable',
  'source_changed',
  'source_unstable',
  'being_written',
  'not_a_file',
  'too_large',
  'type_not_allowed',
  // this machine
  'disk_full',
  'too_many_open_files',
  'database_failed',
  'engine_unavailable',
  'input_invalid',
  'not_possible',
] as const

export const failureKindSchema = z.enum(failureKinds)
export type FailureKind = z.infer<typeof failureKindSchema>

/** `detail` is a code (`EACCES`, `NoSuchBucket`, `503`), never a sentence and never a secret; for the support text only. */
export const failureSchema = z.strictObject({
  kind: failureKindSchema,
  detail: z.string().max(200).nullable(),
})
export type Failure = Readonly<z.infer<typeof failureSchema>>

/**
 * Why a server did not do what was asked. `retryAfter` (ms): how long it wants to be left alone, where it said so. `from`: it
 * was the broker, though what was to be done was at the store.
 */
export type ServerFailure = Failure & { readonly retryAfter?: number; readonly from?: 'broker' }

/**
 * What the queue does about a failure:
 * `retry` the same step later · `refresh` the credentials once, then retry · `restart` the upload under the same key ·
 * `hold` what has the same cause, no attempt is counted · `wait` with this one until it can go on, no attempt is counted ·
 * `ask` a person.
 */
export type Disposition = 'retry' | 'refresh' | 'restart' | 'hold' | 'wait' | 'ask'

const dispositions: Readonly<Record<FailureKind, Disposition>> = {
  offline: 'hold',
  timeout: 'retry',
  throttled: 'retry',
  server: 'retry',
  broker_unreachable: 'hold',
  broker_answer_invalid: 'hold',
  broker_address_invalid: 'ask',
  certificate_untrusted: 'hold',
  signed_out: 'hold',
  expired: 'refresh',
  clock_skew: 'hold',
  access_denied: 'ask',
  revoked: 'ask',
  not_yours: 'ask',
  not_allowed: 'ask',
  over_quota: 'ask',
  daily_limit: 'wait',
  deadline_passed: 'ask',
  unknown_purpose: 'ask',
  request_invalid: 'ask',
  checksum_mismatch: 'retry',
  upload_lost: 'restart',
  invalid_part: 'retry',
  conflict: 'restart',
  no_such_bucket: 'ask',
  exists: 'ask',
  store_refused: 'ask',
  source_missing: 'wait',
  source_unreadable: 'ask',
  source_changed: 'retry',
  source_unstable: 'ask',
  being_written: 'wait',
  not_a_file: 'ask',
  too_large: 'ask',
  type_not_allowed: 'ask',
  disk_full: 'hold',
  too_many_open_files: 'hold',
  database_failed: 'hold',
  engine_unavailable: 'hold',
  input_invalid: 'ask',
  not_possible: 'ask',
}

export const dispositionOf = (kind: FailureKind): Disposition => dispositions[kind]

export type Result<Value, Problem = Failure> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly failure: Problem }

export const ok = <Value>(value: Value): { readonly ok: true; readonly value: Value } => ({ ok: true, value })

export const failed = (
  kind: FailureKind,
  detail: string | null = null,
): { readonly ok: false; readonly failure: Failure } => ({ ok: false, failure: { kind, detail } })
