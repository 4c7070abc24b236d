import type { GrantResponse } from '../../../shared/broker-api.ts'
import { type Answer, done, not } from './answer.ts'
import type { Broker } from './broker.ts'
import { patiently } from './patiently.ts'
import { grantFileOf, placeIn } from './request-sends.ts'
import type { Send } from './saved-sends.ts'
import { type SendTools, sendObject } from './send-object.ts'

type Tools = SendTools & {
  readonly broker: Broker
  readonly purpose: string
  /** It goes on after a while: its grant is renewed first. */
  readonly isOld: boolean
  /** The grant could be renewed no more: all is sent once more, under another. */
  readonly onAnew: () => void
}

/**
 * Sends a file under a grant that is good: an invitation may last for a year, its grants end when they were not renewed
 * for days. `deadline_passed`: the invitation itself has ended.
 */
export const sendRenewed = async (file: Blob, saved: Send, tools: Tools): Promise<Answer<null>> => {
  let send = saved
  const save = async (next: Send) => {
    send = next
    await tools.save(next)
  }
  const go = () => sendObject(file, send, { ...tools, save })
  const renewAndGo = async () => {
    const renewed = await renew(send, tools)
    if (!renewed.ok) return renewed
    await save(renewed.value)
    return go()
  }
  const sent = await (tools.isOld ? renewAndGo() : go())
  return !sent.ok && sent.trouble === 'deadline_passed' ? renewAndGo() : sent
}

const renew = async (send: Send, { broker, purpose, signal, onTrouble, onAnew }: Tools): Promise<Answer<Send>> => {
  const renewed = await patiently(() => broker.renew(send.grant), signal, onTrouble)
  if (renewed.ok) return done({ ...send, grant: renewed.value.grant })
  if (renewed.trouble !== 'deadline_passed') return renewed
  const granted = await patiently(() => broker.grant({ purpose, files: [grantFileOf(send)] }), signal, onTrouble)
  if (!granted.ok) return granted.trouble === 'over_quota' ? not('no_room_anew') : granted
  const { grant, key, uploadId } = send
  if (uploadId !== null) await broker.abort({ grant, key, uploadId })
  onAnew()
  return done(begunAnew(send, granted.value))
}

const begunAnew = (send: Send, granted: GrantResponse): Send => ({
  ...send,
  ...placeIn(granted, send),
  fullObject: true,
  uploadId: null,
  parts: {},
})
