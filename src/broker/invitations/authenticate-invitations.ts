import { ok } from '../../shared/failure.ts'
import { type Authenticate, bearerTokenOf, nobody } from '../people/caller.ts'
import { subjectOfInvitation } from './invitation.ts'
import { openInvitation } from './invitation-token.ts'

/**
 * Knows the holders of invitations, also of those that have ended: `guardInvitations` tells them so. Nobody knows their
 * names: they are labelled by their subject, and `invitedBy` says by whom they are here.
 */
export const authenticateInvitations =
  (signingSecret: string): Authenticate =>
  async (authorization) => {
    const token = bearerTokenOf(authorization)
    const invitation = token === null ? null : await openInvitation(signingSecret, token)
    if (invitation === null) return nobody
    const subject = subjectOfInvitation(invitation)
    return ok({ subject, label: subject, scopes: [], groups: [], invitation })
  }
