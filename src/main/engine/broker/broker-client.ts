import type { z } from 'zod'
import {
  type AboutResponse,
  aboutResponseSchema,
  authorizationOf,
  type ConfirmRequest,
  type ConfirmResponse,
  confirmResponseSchema,
  deviceHeader,
  type GrantRequest,
  type GrantResponse,
  grantResponseSchema,
  type Problem,
  type PurposesResponse,
  problemSchema,
  purposesResponseSchema,
  type RenewResponse,
  renewResponseSchema,
} from '../../../shared/broker-api.ts'
import {
  type InviteRequest,
  type InviteResponse,
  inviteResponseSchema,
  type RevokeInvitationResponse,
  revokeInvitationResponseSchema,
} from '../../../shared/broker-invitations.ts'
import {
  type UploadCall,
  type UploadRequest,
  type UploadResponse,
  uploadResponseSchemas,
} from '../../../shared/broker-uploads.ts'
import { type Failure, type FailureKind, failed, ok, type Result, type ServerFailure } from '../../../shared/failure.ts'
import { networkFailureOf } from '../../../shared/network-failure.ts'
import { retryAfterOf } from '../../../shared/retry-after.ts'

/** Of one request, from its start to the end of the answer (ms). */
const requestTimeout = 30_000
/** The store joins the parts meanwhile. No longer than fetch itself waits for an answer; whoever asks again is told how it ended. */
const completeTimeout = 5 * 60_000
/** The largest answer is a grant of 1,000 keys of 1,024 bytes. */
const largestAnswer = 8 * 1024 * 1024

/** A signal that does not abort. */
const never = new AbortController().signal

/** An answer, and our own clock (epoch ms) when the question left. */
export type Answer<Value> = { readonly value: Value; readonly askedAt: number }

type Answered<Value> = Result<Value, ServerFailure>

export type BrokerClient = {
  purposes(): Promise<Answered<PurposesResponse>>
  grant(request: GrantRequest): Promise<Answered<Answer<GrantResponse>>>
  renew(grant: string): Promise<Answered<Answer<RenewResponse>>>
  confirm(request: ConfirmRequest): Promise<Answered<ConfirmResponse>>
  invite(request: InviteRequest): Promise<Answered<Answer<InviteResponse>>>
  /** By the invitation's token. */
  revokeInvitation(token: string): Promise<Answered<RevokeInvitationResponse>>
  /** What the broker does for an upload under a grant without credentials. */
  upload<Call extends UploadCall>(
    call: Call,
    request: UploadRequest<Call> & { readonly grant: string },
  ): Promise<Answered<UploadResponse<Call>>>
}

/** Who asks: the holder of a token, on a device. */
export type BrokerUser = { readonly token: string; readonly device: string }

/**
 * The broker at a parsed address. Answers are values; nothing is repeated here. `signal` is looked up for each request and
 * ends it: it was not answered then.
 */
export function createBrokerClient(
  address: string,
  { token, device }: BrokerUser,
  now: () => number,
  signal: () => AbortSignal = () => never,
): BrokerClient {
  const headers = { authorization: authorizationOf(token), [deviceHeader]: device }
  const asking = <Value>(path: string, schema: z.ZodType<Value>, body?: unknown, timeout = requestTimeout) =>
    ask(`${address}${path}`, schema, { headers, signal: signal(), timeout }, body)
  const dated = async <Value>(path: string, body: unknown, schema: z.ZodType<Value>) => {
    const askedAt = now()
    const answer = await asking(path, schema, body)
    return answer.ok ? ok({ value: answer.value, askedAt }) : answer
  }
  return {
    purposes: () => asking('/v1/purposes', purposesResponseSchema),
    grant: (request) => dated('/v1/grants', request, grantResponseSchema),
    renew: (grant) => dated('/v1/grants/renew', { grant }, renewResponseSchema),
    confirm: (request) => asking('/v1/confirm', confirmResponseSchema, request),
    invite: (request) => dated('/v1/invitations', request, inviteResponseSchema),
    revokeInvitation: (token) => asking('/v1/invitations/revoke', revokeInvitationResponseSchema, { token }),
    upload: <Call extends UploadCall>(call: Call, request: UploadRequest<Call>) =>
      asking<UploadResponse<Call>>(
        `/v1/uploads/${call}`,
        uploadResponseSchemas[call],
        request,
        call === 'complete' ? completeTimeout : requestTimeout,
      ),
  }
}

/** Who the broker at a parsed address is; nobody needs to be signed in. */
export const aboutBroker = (address: string): Promise<Answered<AboutResponse>> =>
  ask(`${address}/v1/about`, aboutResponseSchema, { headers: {}, signal: never, timeout: requestTimeout })

type AskOptions = {
  readonly headers: Readonly<Record<string, string>>
  readonly signal: AbortSignal
  /** In ms. */
  readonly timeout: number
}

async function ask<Value>(
  url: string,
  schema: z.ZodType<Value>,
  { headers, signal, timeout }: AskOptions,
  body?: unknown,
): Promise<Answered<Value>> {
  let response: Response
  let text: string | null
  try {
    response = await fetch(url, {
      method: body === undefined ? 'GET' : 'POST',
      // a connection that was kept may be dead since the network changed, which only a timeout would tell; requests are few
      headers: { ...headers, connection: 'close', ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      redirect: 'error',
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeout)]),
    })
    text = await readText(response)
  } catch (error) {
    return { ok: false, failure: connectionFailureOf(error) }
  }
  if (text === null) return failed('broker_answer_invalid', 'too_large')
  const answer = parseJson(text)
  if (response.status === 200) {
    const parsed = schema.safeParse(answer)
    return parsed.success ? ok(parsed.data) : failed('broker_answer_invalid', 'schema')
  }
  const retryAfter = retryAfterOf({
    retryAfter: response.headers.get('retry-after'),
    date: response.headers.get('date'),
  })
  const refusal = refusalOf(response.status, answer)
  return { ok: false, failure: retryAfter === null ? refusal : { ...refusal, retryAfter } }
}

function refusalOf(status: number, answer: unknown): Failure {
  const problem = problemSchema.safeParse(answer)
  if (problem.success) return { kind: kindOfProblem[problem.data.code], detail: problem.data.code }
  const detail = String(status)
  if (status === 401) return { kind: 'signed_out', detail }
  return { kind: status >= 500 || status === 429 ? 'broker_unreachable' : 'broker_answer_invalid', detail }
}

/** Null: more than any answer can be. */
async function readText(response: Response): Promise<string | null> {
  const pieces: Uint8Array[] = []
  let length = 0
  for await (const piece of response.body ?? []) {
    length += piece.byteLength
    if (length > largestAnswer) return null
    pieces.push(piece)
  }
  return Buffer.concat(pieces).toString('utf8')
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const kindOfProblem: Readonly<Record<Problem['code'], FailureKind>> = {
  unauthenticated: 'signed_out',
  invalid_request: 'request_invalid',
  unknown_purpose: 'unknown_purpose',
  too_large: 'too_large',
  type_not_allowed: 'type_not_allowed',
  over_quota: 'over_quota',
  revoked: 'revoked',
  not_yours: 'not_yours',
  not_allowed: 'not_allowed',
  deadline_passed: 'deadline_passed',
  grant_invalid: 'revoked',
  too_many_requests: 'broker_unreachable',
  daily_limit: 'daily_limit',
  unavailable: 'broker_unreachable',
  not_found: 'broker_answer_invalid',
  upload_lost: 'upload_lost',
  exists: 'exists',
  conflict: 'conflict',
  invalid_part: 'invalid_part',
  checksum_mismatch: 'checksum_mismatch',
  not_supported: 'store_refused',
  absent: 'store_refused',
  unclear: 'server',
  store_denied: 'access_denied',
  no_such_bucket: 'no_such_bucket',
  store_refused: 'store_refused',
}

function connectionFailureOf(error: unknown): Failure {
  const cause = (error as { cause?: { code?: unknown } }).cause
  const code = typeof cause?.code === 'string' ? cause.code : (error as Error).name
  return { kind: networkFailureOf(code) ?? 'broker_unreachable', detail: code.slice(0, 200) }
}
