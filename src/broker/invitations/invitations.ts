import { randomUUID } from 'node:crypto'
import type { InviteRequest } from '../../shared/broker-invitations.ts'
import { ok, type Result } from '../../shared/failure.ts'
import type { BrokerSettings, PurposeSettings } from '../config/config.ts'
import { countedAfterEnd } from '../people/budgets.ts'
import type { Caller } from '../people/caller.ts'
import type { Amount, Counters, CountersAway } from '../people/counters.ts'
import { areWithin } from '../policy/media-types.ts'
import { at, type Refusal, refused } from '../problem.ts'
import { type Invitation, subjectOfInvitation } from './invitation.ts'
import { openInvitation, signInvitation } from './invitation-token.ts'

type Collaborators = {
  readonly settings: BrokerSettings
  /** What a person may send to. */
  readonly purposesOf: (person: Caller) => readonly PurposeSettings[]
  readonly counters: Counters
  /** Whether a person may use the broker no longer. */
  readonly isDenied: (subject: string) => boolean
  readonly now: () => number
}

/** What can be done with invitations. Refusals are values. */
export type Invitations = {
  /** For a person with an account: what is asked for must be within what the purpose allows. */
  readonly invite: (inviter: Caller, request: InviteRequest) => Promise<Result<Invited, Refusal>>
  /** For the one who made it. Repeating it changes nothing. */
  readonly revoke: (inviter: Caller, token: string) => Promise<Result<Invitation, Refusal>>
  /** Why it can no longer be used; null while it can. */
  readonly objectionTo: (invitation: Invitation) => Promise<Refusal | null>
  /** What has been sent by it, or begun. */
  readonly used: (invitation: Invitation) => Promise<Result<Amount, Refusal>>
}
type Invited = { readonly invitation: Invitation; readonly token: string; readonly link: string }

/** The invitations of one broker: stateless, but for what the counters hold for all replicas. */
export const createInvitations = ({ settings, purposesOf, counters, isDenied, now }: Collaborators): Invitations => {
  const { signingSecret, publicUrl } = settings

  const used: Invitations['used'] = async (invitation) => {
    const counted = await counters.used(subjectOfInvitation(invitation))
    return counted.ok ? counted : refused(away(counted.failure))
  }

  return {
    used,

    invite: async (inviter, request) => {
      const purpose = purposesOf(inviter).find(({ name }) => name === request.purpose)
      if (purpose === undefined) return refused({ code: 'unknown_purpose' })
      if (!purpose.invitations || publicUrl === undefined) {
        return refused({ code: 'not_allowed', ...at('/purpose', 'is not open to invitations') })
      }
      const errors = widenings(request, purpose)
      if (errors.length > 0) return refused({ code: 'invalid_request', errors })
      const { note, maxBytes, maxFiles, maxSize = null, contentTypes = null } = request
      const invitation: Invitation = {
        id: randomUUID(),
        inviter: { subject: inviter.subject, label: inviter.label },
        purpose: purpose.name,
        note,
        expiresAt: now() + request.expiresIn * 1_000,
        maxBytes,
        maxFiles,
        maxSize,
        contentTypes,
      }
      const token = await signInvitation(signingSecret, invitation)
      return ok({ invitation, token, link: `${publicUrl.replace(/\/+$/, '')}/invite/#${token}` })
    },

    revoke: async (inviter, token) => {
      const invitation = await openInvitation(signingSecret, token)
      if (invitation === null) {
        return refused({ code: 'invalid_request', ...at('/token', 'is no invitation of this broker') })
      }
      if (invitation.inviter.subject !== inviter.subject) return refused({ code: 'not_yours' })
      const revoked = await counters.revoke(subjectOfInvitation(invitation), invitation.expiresAt + countedAfterEnd)
      return revoked.ok ? ok(invitation) : refused(away(revoked.failure))
    },

    objectionTo: async (invitation) => {
      if (now() >= invitation.expiresAt) return { code: 'deadline_passed' }
      if (isDenied(invitation.inviter.subject)) return { code: 'revoked' }
      const revoked = await counters.isRevoked(subjectOfInvitation(invitation))
      if (!revoked.ok) return away(revoked.failure)
      return revoked.value ? { code: 'revoked' } : null
    },
  }
}

const away = ({ cause }: CountersAway): Refusal => ({
  code: 'unavailable',
  cause: { ...cause, status: null, requestId: null },
})

/** Where an invitation asks for more than its purpose allows. */
const widenings = ({ maxSize, contentTypes }: InviteRequest, purpose: PurposeSettings) => [
  ...(maxSize !== undefined && maxSize > purpose.maxSize
    ? [{ path: '/maxSize', message: `at most ${purpose.maxSize} bytes` }]
    : []),
  ...(contentTypes !== undefined && purpose.contentTypes !== undefined && !areWithin(contentTypes, purpose.contentTypes)
    ? [{ path: '/contentTypes', message: 'must be among those of the purpose' }]
    : []),
]
