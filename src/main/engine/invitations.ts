import { failed, ok, type Result } from '../../shared/failure.ts'
import { readInvitationLink } from '../../shared/invitation-link.ts'
import type { Handlers, Ipc } from '../../shared/ipc.ts'
import type { StoredSession } from '../../shared/session.ts'
import type { BrokerClient } from './broker/broker-client.ts'
import { localExpiry } from './broker/clock.ts'

/** A signed-in person and their way to the broker. */
export type Inviter = {
  readonly session: StoredSession
  readonly broker: Pick<BrokerClient, 'invite' | 'revokeInvitation'>
}

/** Makes invitations and takes them back. Their links go to the page and nowhere else; the engine keeps none. */
export function createInvitationHandlers(inviter: () => Inviter | null): Handlers<Ipc['invitations']> {
  /** Who came by an invitation themselves cannot invite. */
  function brokerOfInviter(): Result<Inviter['broker']> {
    const current = inviter()
    if (current === null) return failed('signed_out')
    return current.session.invitedBy === undefined ? ok(current.broker) : failed('not_allowed')
  }

  return {
    async create(request) {
      const broker = brokerOfInviter()
      if (!broker.ok) return broker
      const answer = await broker.value.invite(request)
      if (!answer.ok) return answer
      const { link, expiresAt, serverTime } = answer.value.value
      return ok({ link, expiresAt: localExpiry(expiresAt, serverTime, answer.value.askedAt) })
    },
    async revoke({ link }) {
      const broker = brokerOfInviter()
      if (!broker.ok) return broker
      const read = readInvitationLink(link)
      if (read === null || read === 'incomplete') return failed('input_invalid', 'link')
      const answer = await broker.value.revokeInvitation(read.token)
      return answer.ok ? ok(null) : answer
    },
  }
}
