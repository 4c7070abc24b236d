import type { TFunction } from 'i18next'
import type { Failure } from '../../shared/failure.ts'
import type { InvitationLink } from '../../shared/invitation-link.ts'

/** What is wrong with the link that was pasted; null where it is none, or nothing that the link itself is to blame for. */
export const invitationWordsOf = (
  t: TFunction,
  link: InvitationLink | 'incomplete' | null,
  failure: Failure | null,
): string | null => {
  if (link === null) return null
  if (link === 'incomplete') return t('firstRun.invitation.incomplete')
  switch (failure?.kind) {
    case 'signed_out':
    case 'revoked':
    case 'deadline_passed':
      return t(`firstRun.invitation.${failure.kind}`)
    default:
      return null
  }
}
