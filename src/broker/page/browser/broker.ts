import type {
  ConfirmedObject,
  ConfirmRequest,
  GrantRequest,
  GrantResponse,
  Problem,
  RenewResponse,
} from '../../../shared/broker-api.ts'
import type { InvitationResponse } from '../../../shared/broker-invitations.ts'
import type {
  AbortUploadRequest,
  CompleteUploadRequest,
  CompleteUploadResponse,
  CreateUploadRequest,
  CreateUploadResponse,
  ListPartsRequest,
  ListPartsResponse,
  SignPartsRequest,
  SignPartsResponse,
  SignPutRequest,
  SignPutResponse,
} from '../../../shared/broker-uploads.ts'
import { type Answer, done, not } from './answer.ts'

/** What the holder of an invitation asks of its broker; each answer is a value. */
export type Broker = ReturnType<typeof brokerOf>

/** Of one request (ms); joining parts may take minutes. */
const patience = 60_000
const longPatience = 15 * 60_000

/** The broker that served this page, for the holder of `token`. */
export const brokerOf = (token: string) => {
  const ask = async <Value>(path: string, body?: object, signal?: AbortSignal, timeout = patience) => {
    const signals = [AbortSignal.timeout(timeout), ...(signal ? [signal] : [])]
    try {
      const answer = await fetch(new URL(`../v1/${path}`, document.baseURI), {
        method: body === undefined ? 'GET' : 'POST',
        headers: {
          authorization: `Bearer ${token}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        signal: AbortSignal.any(signals),
      })
      if (answer.ok) return done((await answer.json()) as Value)
      return not(await codeOf(answer))
    } catch {
      return not(signal?.aborted ? 'stopped' : 'network')
    }
  }
  return {
    invitation: (): Promise<Answer<InvitationResponse>> => ask('invitation'),
    grant: (request: GrantRequest): Promise<Answer<GrantResponse>> => ask('grants', request),
    renew: (grant: string): Promise<Answer<RenewResponse>> => ask('grants/renew', { grant }),
    confirm: (request: ConfirmRequest): Promise<Answer<{ readonly objects: readonly ConfirmedObject[] }>> =>
      ask('confirm', request),
    put: (request: SignPutRequest, signal: AbortSignal): Promise<Answer<SignPutResponse>> =>
      ask('uploads/put', request, signal),
    create: (request: CreateUploadRequest, signal: AbortSignal): Promise<Answer<CreateUploadResponse>> =>
      ask('uploads/create', request, signal),
    sign: (request: SignPartsRequest, signal: AbortSignal): Promise<Answer<SignPartsResponse>> =>
      ask('uploads/sign', request, signal),
    parts: (request: ListPartsRequest, signal: AbortSignal): Promise<Answer<ListPartsResponse>> =>
      ask('uploads/parts', request, signal),
    complete: (request: CompleteUploadRequest): Promise<Answer<CompleteUploadResponse>> =>
      ask('uploads/complete', request, undefined, longPatience),
    abort: (request: AbortUploadRequest): Promise<Answer<object>> => ask('uploads/abort', request),
  }
}

/** A proxy before the broker answers without a code. */
const codeOf = async (answer: Response): Promise<Problem['code']> => {
  const problem = (await answer.json().catch(() => ({}))) as Partial<Problem>
  if (problem.code !== undefined) return problem.code
  return answer.status >= 500 || answer.status === 429 ? 'unavailable' : 'invalid_request'
}
