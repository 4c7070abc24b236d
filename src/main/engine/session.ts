import { failed, ok, type Result } from '../../shared/failure.ts'
import type { AboutBroker } from '../../shared/ipc.ts'
import type { SessionView, SignInRequest, StoredSession } from '../../shared/session.ts'
import { parseBrokerAddress } from './broker/broker-address.ts'
import { aboutBroker, type BrokerClient, createBrokerClient } from './broker/broker-client.ts'

/** Who the broker at this address is; refuses an address that is neither https nor on this machine. */
export async function about(brokerUrl: string): Promise<Result<AboutBroker>> {
  const address = parseBrokerAddress(brokerUrl)
  if (!address.ok) return address
  const answer = await aboutBroker(address.value)
  return answer.ok ? ok({ brokerUrl: address.value, name: answer.value.name }) : answer
}

/** Signs in with a token: the broker says who that is and what may be sent. */
export async function signIn(
  { brokerUrl, token }: SignInRequest,
  device: string,
  now: () => number,
): Promise<Result<StoredSession>> {
  const broker = await about(brokerUrl)
  if (!broker.ok) return broker
  const answer = await createBrokerClient(broker.value.brokerUrl, { token, device }, now).purposes()
  if (!answer.ok) return answer
  const { subject, invitedBy, purposes } = answer.value
  if (purposes.length === 0) return failed('access_denied', 'no_purpose')
  return ok({
    brokerUrl: broker.value.brokerUrl,
    brokerName: broker.value.name,
    token,
    subject: subject.id,
    label: subject.label,
    ...(invitedBy !== undefined && { invitedBy }),
    purposes: purposes.map(({ name, label, invitations, folders }) => ({
      name,
      label,
      ...(invitations && { invitations }),
      ...(folders && { folders }),
    })),
  })
}

export const clientOf = (
  { brokerUrl, token }: StoredSession,
  device: string,
  now: () => number,
  signal: () => AbortSignal,
): BrokerClient => createBrokerClient(brokerUrl, { token, device }, now, signal)

/** The session as the page sees it: without the token. */
export function sessionView(session: StoredSession | null, remembered: boolean): SessionView {
  if (session === null) return { state: 'signed_out' }
  const { token: _, subject: __, ...shown } = session
  return { state: 'signed_in', ...shown, remembered }
}
