import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import {
  invitationResponseSchema,
  inviteRequestSchema,
  inviteResponseSchema,
  revokeInvitationRequestSchema,
  revokeInvitationResponseSchema,
} from '../../shared/broker-invitations.ts'
import { audit } from '../audit.ts'
import type { Grants } from '../grants/grants.ts'
import type { Invitations } from '../invitations/invitations.ts'
import { callerOf } from '../people/caller.ts'
import { refuse } from '../problem.ts'

type Collaborators = {
  readonly invitations: Invitations
  readonly grants: Pick<Grants, 'purposesOf'>
  readonly settings: { readonly name: string }
  readonly now: () => number
}

/** Makes invitations, takes them back, and tells their holders what they are for. */
export const addInvitationRoutes = (
  instance: FastifyInstance,
  { invitations, grants, settings, now }: Collaborators,
): void => {
  const routes = instance.withTypeProvider<ZodTypeProvider>()

  routes.post(
    '/v1/invitations',
    {
      schema: {
        summary: 'Invites whoever has the link to send files',
        body: inviteRequestSchema,
        response: { 200: inviteResponseSchema },
      },
    },
    async (request, reply) => {
      const invited = await invitations.invite(callerOf(request), request.body)
      if (!invited.ok) return refuse(reply, invited.failure)
      const { invitation, token, link } = invited.value
      const { id, inviter, purpose, expiresAt, maxBytes, maxFiles } = invitation
      audit(request.log, {
        event: 'invitation',
        subject: inviter.subject,
        invitationId: id,
        purpose,
        expiresAt,
        maxBytes,
        maxFiles,
      })
      return { id, link, token, expiresAt, serverTime: now() }
    },
  )

  routes.post(
    '/v1/invitations/revoke',
    {
      schema: {
        summary: 'Takes an invitation back',
        body: revokeInvitationRequestSchema,
        response: { 200: revokeInvitationResponseSchema },
      },
    },
    async (request, reply) => {
      const revoked = await invitations.revoke(callerOf(request), request.body.token)
      if (!revoked.ok) return refuse(reply, revoked.failure)
      const { id, inviter, purpose } = revoked.value
      audit(request.log, { event: 'invitation_revoked', subject: inviter.subject, invitationId: id, purpose })
      return { id }
    },
  )

  routes.get(
    '/v1/invitation',
    {
      config: { invited: 'in_time' },
      schema: {
        summary: 'What the invitation is for, and what is left of it',
        response: { 200: invitationResponseSchema },
      },
    },
    async (request, reply) => {
      const caller = callerOf(request)
      const { invitation } = caller
      if (invitation === undefined) return refuse(reply, { code: 'not_found' })
      const [purpose] = grants.purposesOf(caller)
      if (purpose === undefined) return refuse(reply, { code: 'revoked' })
      const used = await invitations.used(invitation)
      if (!used.ok) return refuse(reply, used.failure)
      return {
        id: invitation.id,
        brokerName: settings.name,
        from: invitation.inviter.label,
        note: invitation.note,
        purpose: { name: purpose.name, label: purpose.label, kind: purpose.kind },
        maxBytes: invitation.maxBytes,
        maxFiles: invitation.maxFiles,
        limits: { maxSize: purpose.maxSize, contentTypes: purpose.contentTypes ?? null },
        usedBytes: used.value.bytes,
        usedFiles: used.value.files,
        expiresAt: invitation.expiresAt,
        serverTime: now(),
      }
    },
  )
}
