import { ok } from '../../shared/failure.ts'
import { type Authenticate, bearerTokenOf, nobody } from '../people/caller.ts'
import { subjectOfInvitation } from './invitation.ts'
import { openInvitation } from './invitation-token.ts'

/** Knows the holders of invitations, also of those that have ended: `guardInvitations` tells them so. */
export const authenticateInvitations =
  (signingSecret: string): Authenticate =>
  async (authorization) => {
    const token = bearerTokenOf(authorization)
    const invitation = token === null ? null : await openInvitation(signingSecret, token)
    if (invitation === null) return nobody
    const { label } = invitation.inviter
    return ok({ subject: subjectOfInvitation(invitation), label, scopes: [], groups: [], invitation })
  }
