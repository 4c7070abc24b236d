import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import type { Problem } from '../shared/broker-api.ts'
import { audit } from './audit.ts'
import type { AwsFailure } from './aws-failure.ts'
import type { CountersAway } from './people/counters.ts'

type FieldErrors = NonNullable<Problem['errors']>

/** Why a request is refused. */
export type Refusal = {
  readonly code: Problem['code']
  readonly errors?: FieldErrors
  /** How long (ms) to wait, where it is known; else a few seconds. */
  readonly retryAfter?: number
  /** For the log only. */
  readonly cause?: AwsFailure | CountersAway['cause']
}

/** A refusal as a result. */
export const refused = (failure: Refusal) => ({ ok: false, failure }) as const

/** What is wrong with one field, by its JSON Pointer; the whole body's is empty. */
export const at = (path: string, message: string): Required<Pick<Refusal, 'errors'>> => ({
  errors: [{ path, message }],
})

const problems: Readonly<Record<Problem['code'], { readonly status: number; readonly title: string }>> = {
  unauthenticated: { status: 401, title: 'A valid bearer token is needed' },
  invalid_request: { status: 400, title: 'The request is not valid' },
  unknown_purpose: { status: 404, title: 'There is no such purpose' },
  too_large: { status: 413, title: 'A file is larger than is allowed' },
  type_not_allowed: { status: 415, title: 'The purpose does not take files of this type' },
  over_quota: { status: 403, title: 'More than is left of the quota' },
  revoked: { status: 403, title: 'The permission was taken back' },
  not_allowed: { status: 403, title: 'The caller may not do this' },
  not_yours: { status: 403, title: 'The grant belongs to somebody else' },
  deadline_passed: { status: 410, title: 'The time of the grant is over' },
  grant_invalid: { status: 400, title: 'The grant was not issued by this broker' },
  too_many_requests: { status: 429, title: 'Too many requests' },
  daily_limit: { status: 429, title: 'More than is left of what a day allows' },
  unavailable: { status: 503, title: 'The store, or a service beside it, cannot be used now' },
  not_found: { status: 404, title: 'There is nothing at this address' },
  upload_lost: { status: 404, title: 'The store does not know the upload' },
  exists: { status: 412, title: 'The key is taken' },
  conflict: { status: 409, title: 'Another write to the key was under way' },
  invalid_part: { status: 400, title: 'The store does not have the parts as they were named' },
  checksum_mismatch: { status: 400, title: 'The store received something else' },
  absent: { status: 404, title: 'There is no such object' },
  not_supported: { status: 501, title: 'The grant or its store cannot do this' },
  unclear: { status: 502, title: 'The store did not say plainly what it did' },
  store_denied: { status: 502, title: 'The store does not let the broker do this' },
  no_such_bucket: { status: 502, title: 'The bucket is not there' },
  store_refused: { status: 502, title: 'The store refused the request' },
}

/** Seconds after which a busy broker, or one without its store, is worth another try. */
const retryAfterSeconds = 5
/** A request can be wrong in a thousand places; this many are told. */
const mostErrors = 20
const longestText = 200
/** What Fastify says of a body that it cannot read. */
const bodyErrors: ReadonlyMap<string, string> = new Map([
  ['FST_ERR_CTP_EMPTY_JSON_BODY', 'is missing'],
  ['FST_ERR_CTP_INVALID_JSON_BODY', 'is not JSON'],
  ['FST_ERR_CTP_INVALID_MEDIA_TYPE', 'must be application/json'],
  ['FST_ERR_CTP_BODY_TOO_LARGE', 'is too large'],
])

/** Answers with `application/problem+json` and writes the audit line of the refusal. */
export const refuse = (reply: FastifyReply, refusal: Refusal, status = problems[refusal.code].status): FastifyReply => {
  const { code, errors, cause, retryAfter } = refusal
  const { request } = reply
  if (cause !== undefined) request.log.warn({ cause }, 'what the broker needs refused or did not answer')
  audit(request.log, {
    event: 'refusal',
    subject: request.caller?.subject ?? null,
    route: request.routeOptions.url ?? null,
    code,
    status,
  })
  if (status === 401) reply.header('www-authenticate', 'Bearer')
  if (status === 429 || status === 503) {
    reply.header('retry-after', retryAfter === undefined ? retryAfterSeconds : Math.ceil(retryAfter / 1_000))
  }
  const problem: Problem = {
    type: `urn:longshore:problem:${code}`,
    title: problems[code].title,
    status,
    code,
    ...(errors && { errors }),
  }
  return reply.code(status).type('application/problem+json').send(JSON.stringify(problem))
}

/** What Fastify found wrong with a request, and our own mistakes: these are logged, and told as no more than a 500. */
export const refuseError = (error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
  if (hasZodFastifySchemaValidationErrors(error)) {
    const errors = error.validation.slice(0, mostErrors).map(({ instancePath, message }) => ({
      // the validator's own path of the whole body is not that of JSON Pointer
      path: instancePath === '/' ? '' : instancePath.slice(0, longestText),
      message: (message ?? '').slice(0, longestText),
    }))
    return refuse(reply, { code: 'invalid_request', errors })
  }
  const status = error.statusCode ?? 500
  if (status >= 400 && status < 500) {
    const wrong = bodyErrors.get(error.code)
    return refuse(reply, { code: 'invalid_request', ...(wrong !== undefined && at('', wrong)) }, status)
  }
  request.log.error({ err: error }, 'a mistake of the broker')
  return refuse(reply, { code: 'unavailable' }, 500)
}
