import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { GrantRequest } from '../../shared/broker-api.ts'
import type { CompleteUploadRequest, CreateUploadRequest, SignPutRequest } from '../../shared/broker-uploads.ts'
import { type Refusal, refuse } from '../problem.ts'
import type { Invitation } from './invitation.ts'
import type { Invitations } from './invitations.ts'

/** What each route demands of the holder of an invitation; a route that is not here is not for them. */
type Need = {
  /** Looking at what was sent in time is allowed after the end, too. */
  readonly mayHaveEnded?: true
  /** What the request would send must still fit; runs once its body is known to be valid. */
  readonly room?: (invitations: Invitations, invitation: Invitation, body: unknown) => Promise<Refusal | null>
}

/** Objects are counted where their bytes are permitted, so that nobody can send more than a grant was asked for. */
const counted: Need = {
  room: (invitations, invitation, body) => {
    const { key, size } = body as SignPutRequest | CreateUploadRequest | CompleteUploadRequest
    return invitations.reserve(invitation, { id: key, bytes: size })
  },
}

const needs: ReadonlyMap<string, Need> = new Map<string, Need>([
  ['/v1/purposes', {}],
  ['/v1/invitation', {}],
  [
    '/v1/grants',
    { room: (invitations, invitation, body) => invitations.hasRoomFor(invitation, (body as GrantRequest).files) },
  ],
  ['/v1/grants/renew', {}],
  ['/v1/uploads/put', counted],
  ['/v1/uploads/create', counted],
  ['/v1/uploads/sign', {}],
  ['/v1/uploads/parts', {}],
  ['/v1/uploads/complete', counted],
  ['/v1/uploads/abort', { mayHaveEnded: true }],
  ['/v1/confirm', { mayHaveEnded: true }],
])

/**
 * Keeps the holders of invitations to what they may do: their routes, while the invitation is good, within its budget.
 * Stands after whatever finds out who asks; every line of such a request's log names the invitation and its maker.
 */
export const guardInvitations = (routes: FastifyInstance, invitations: Invitations): void => {
  routes.addHook('onRequest', async (request, reply) => {
    const invitation = request.caller?.invitation
    if (invitation === undefined) return
    const { id, inviter, purpose } = invitation
    request.log = reply.log = request.log.child({ invitation: { id, inviter: inviter.subject, purpose } })
    const need = needOf(request)
    if (need === undefined) return refuse(reply, { code: 'not_allowed' })
    const objection = need.mayHaveEnded ? null : await invitations.objectionTo(invitation)
    if (objection !== null) return refuse(reply, objection)
  })
  routes.addHook('preHandler', async (request, reply) => {
    const invitation = request.caller?.invitation
    if (invitation === undefined) return
    const objection = await needOf(request)?.room?.(invitations, invitation, request.body)
    if (objection) return refuse(reply, objection)
  })
}

const needOf = ({ routeOptions }: FastifyRequest): Need | undefined => needs.get(routeOptions.url ?? '')
