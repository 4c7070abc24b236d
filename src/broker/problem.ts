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

const problems: Readonly<Record<Problem['code'], { readonly status: number; readonly title: string }>> = {
  unauthenticated: { status: 401, title: 'A valid bearer token is needed' },
  invalid_request: { status: 400, title: 'The request is not valid' },
  unknown_purpose: { status: 404, title: 'There is no such purpose' },
  too_large: { status: 413, title: 'A file is larger than is allowed' },
  type_not_allowed: { status: 415, title: 'The purpose does not take files of this type' },
  over_quota: { status: 403, title: 'The quota is used up' },
  revoked: { status: 403, title: 'The permission was taken back' },
  not_allowed: { status: 403, title: 'The caller may not do this' },
  not_yours: { status: 403, title: 'The grant belongs to somebody else' },
  deadline_passed: { status: 410, title: 'The time of the grant is over' },
  grant_invalid: { status: 400, title: 'The grant was not issued by this broker' },
  too_many_requests: { status: 429, title: 'Too many requests' },
  daily_limit: { status: 429, title: 'As much was sent as a day allows' },
  unavailable: { status: 503, title: 'The store, or a service beside it, does not answer' },
  not_found: { status: 404, title: 'There is nothing at this address' },
  upload_lost: { status: 404, title: 'The store does not know the upload' },
  exists: { status: 412, title: 'The key is taken' },
  conflict: { status: 409, title: 'Another write to the key was under way' },
  invalid_part: { status: 400, title: 'The store does not have the parts as they were named' },
  checksum_mismatch: { status: 400, title: 'The store received something else' },
  absent: { status: 404, title: 'There is no such object' },
  not_supported: { status: 501, title: 'The grant or its store cannot do this' },
  unclear: { status: 502, title: 'The store did not say plainly what it did' },
}

/** Seconds after which a busy broker, or one without its store, is worth another try. */
const retryAfterSeconds = 5
/** A request can be wrong in a thousand places; this many are told. */
const mostErrors = 20
const longestText = 200

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
      path: instancePath.slice(0, longestText),
      message: (message ?? '').slice(0, longestText),
    }))
    return refuse(reply, { code: 'invalid_request', errors })
  }
  const status = error.statusCode ?? 500
  if (status >= 400 && status < 500) return refuse(reply, { code: 'invalid_request' }, status)
  request.log.error({ err: error }, 'a mistake of the broker')
  return refuse(reply, { code: 'unavailable' }, 500)
}
