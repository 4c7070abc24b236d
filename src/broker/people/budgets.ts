import type { BrokerSettings } from '../config/config.ts'
import { subjectOfInvitation } from '../invitations/invitation.ts'
import type { Refusal } from '../problem.ts'
import type { Caller } from './caller.ts'
import type { Most } from './counters.ts'

/** What somebody may send until a time (epoch ms), counted under a name; `refusal`: what is said where it is used up. */
export type Budget = {
  readonly name: string
  readonly most: Most
  readonly until: number
  readonly refusal: Refusal
}

const day = 86_400_000
/** How long an invitation's count is kept after its end, ms: an upload may be joined as late as that. */
export const countedAfterEnd = day

/**
 * All that what a caller sends is counted against. An invitation's own budget comes first: what it refuses takes nothing
 * from the day of its maker, against which the rest counts.
 */
export const budgetsOf = (limits: BrokerSettings['limits'], caller: Caller, now: number): readonly Budget[] => {
  const { invitation } = caller
  const today = Math.floor(now / day)
  const tomorrow = (today + 1) * day
  const ofDay = (['user', 'device'] as const).flatMap((scope): readonly Budget[] => {
    const { filesPerDay: maxFiles, bytesPerDay: maxBytes } = limits[scope]
    if (maxFiles === undefined && maxBytes === undefined) return []
    return [
      {
        name: `day:${today}:${scope}:${scope === 'user' ? (invitation?.inviter ?? caller).subject : deviceOf(caller)}`,
        most: { maxFiles, maxBytes },
        until: tomorrow,
        refusal: { code: 'daily_limit', retryAfter: tomorrow - now },
      },
    ]
  })
  return invitation === undefined
    ? ofDay
    : [
        {
          name: subjectOfInvitation(invitation),
          most: invitation,
          until: invitation.expiresAt + countedAfterEnd,
          refusal: { code: 'over_quota' },
        },
        ...ofDay,
      ]
}

/** Devices say themselves who they are: those of different people are never the same, and all that say nothing are. */
export const deviceOf = ({ subject, device }: Caller): string => JSON.stringify([subject, device ?? null])
