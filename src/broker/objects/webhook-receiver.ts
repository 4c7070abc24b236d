import { setTimeout as sleep } from 'node:timers/promises'
import { Webhook } from 'standardwebhooks'
import type { WebhookSettings } from '../config/webhooks.ts'
import { createSlots } from './slots.ts'

/** A message, as the Standard Webhooks specification has it; the body is JSON. */
export type Message = { readonly id: string; readonly body: string }

/** Why a message was not delivered; the last answer's status, null where there was none. */
export type Loss = {
  readonly reason: 'queue_full' | 'closing' | 'refused' | 'unreachable'
  readonly status: number | null
}

/** How long things take, in ms. */
export type DeliveryTimes = {
  /** Of one call, until its answer's status. */
  readonly call: number
  /** Before each try after the first, at most; half of it at least, so that tries spread. */
  readonly waits: readonly number[]
}

export type ReceiverTools = {
  readonly times: DeliveryTimes
  readonly now: () => number
  readonly random: () => number
  /** From then on nothing waits: each message is tried once more. */
  readonly closing: AbortSignal
  /** Ends the calls under way. */
  readonly givenUp: AbortSignal
}

const mostCalls = 8

/** Sends messages to one address, signed, eight at a time; answers null once a message was taken there. */
export const createReceiver = (
  { url, secret }: Pick<WebhookSettings, 'url' | 'secret'>,
  { times, now, random, closing, givenUp }: ReceiverTools,
): ((message: Message) => Promise<Loss | null>) => {
  const signer = new Webhook(secret)
  const slots = createSlots(mostCalls)

  /** The answer's status, null where there was none in time. */
  const call = async ({ id, body }: Message): Promise<number | null> => {
    const sentAt = new Date(now())
    try {
      const answer = await fetch(url, {
        method: 'POST',
        redirect: 'manual',
        signal: AbortSignal.any([AbortSignal.timeout(times.call), givenUp]),
        headers: {
          'content-type': 'application/json',
          'webhook-id': id,
          'webhook-timestamp': String(Math.floor(sentAt.getTime() / 1_000)),
          'webhook-signature': signer.sign(id, sentAt, body),
        },
        body,
      })
      await answer.body?.cancel()
      return answer.status
    } catch {
      return null
    }
  }

  /** `waits`: those that are left. */
  const deliver = async (message: Message, [wait, ...waits]: readonly number[]): Promise<Loss | null> => {
    const { isLast, status } = await slots.use(async () => ({ isLast: closing.aborted, status: await call(message) }))
    if (status !== null && status >= 200 && status < 300) return null
    if (status !== null && isFinal(status)) return { reason: 'refused', status }
    if (isLast) return { reason: 'closing', status }
    if (wait === undefined) return { reason: status === null ? 'unreachable' : 'refused', status }
    await sleep(wait * (0.5 + random() / 2), undefined, { signal: closing }).catch(() => undefined)
    return deliver(message, waits)
  }
  return (message) => deliver(message, times.waits)
}

/** A redirection would take the signature elsewhere; 410 says that nobody is there any more (Standard Webhooks). */
const isFinal = (status: number): boolean => (status >= 300 && status < 400) || status === 410
