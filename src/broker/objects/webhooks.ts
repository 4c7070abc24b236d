import { createHash } from 'node:crypto'
import type { FastifyBaseLogger } from 'fastify'
import type { ReceiptClaims } from '../../shared/broker-receipts.ts'
import { audit } from '../audit.ts'
import type { WebhookSettings } from '../config/webhooks.ts'
import { createReceiver, type DeliveryTimes, type Loss } from './webhook-receiver.ts'

/** An object that was confirmed, and the receipt for it. */
export type ConfirmedEvent = { readonly claims: ReceiptClaims; readonly receipt: string }

export type Webhooks = {
  /** Sends an event to all whom it concerns, some time later. What is not delivered has a line in the audit. */
  readonly tell: (log: FastifyBaseLogger, event: ConfirmedEvent) => void
  /** Takes no more events, tries those that wait once more, and gives up after a few seconds. */
  readonly close: () => Promise<void>
}

type Collaborators = {
  readonly webhooks: readonly WebhookSettings[]
  readonly now: () => number
  readonly random: () => number
  readonly times?: Times
  /** Hears what became of each delivery. */
  readonly onSettled?: (outcome: DeliveryOutcome) => void
}
export type DeliveryOutcome = 'delivered' | Loss['reason']
/** `closing`: what `close` takes at most, in ms. */
type Times = DeliveryTimes & { readonly closing: number }

/** Seven tries within about a minute. */
const usual: Times = { call: 5_000, waits: [1_000, 2_000, 4_000, 8_000, 16_000, 32_000], closing: 5_000 }
/** Not delivered yet, for one webhook; of about 2 KiB each. */
const mostEvents = 5_000

/** Tells receivers by HTTP. Events are in memory only: those of a process that is killed are lost. */
export const createWebhooks = ({
  webhooks,
  now,
  random,
  times = usual,
  onSettled = () => {},
}: Collaborators): Webhooks => {
  const closing = new AbortController()
  const givenUp = new AbortController()
  const tools = { times, now, random, closing: closing.signal, givenUp: givenUp.signal }
  const receivers = webhooks.map((webhook) => ({
    ...webhook,
    deliver: createReceiver(webhook, tools),
    /** By the event's id: what waits already is not sent twice. */
    pending: new Map<string, Promise<Loss | null>>(),
  }))

  return {
    tell: (log, event) => {
      const message = messageOf(event)
      for (const { url, purposes, deliver, pending } of receivers) {
        if (purposes?.includes(event.claims.purpose) === false || pending.has(message.id)) continue
        const lost = (loss: Loss) => {
          onSettled(loss.reason)
          auditLoss(log, event, { ...loss, webhookId: message.id, receiver: url })
        }
        if (closing.signal.aborted) lost({ reason: 'closing', status: null })
        else if (pending.size === mostEvents) lost({ reason: 'queue_full', status: null })
        else {
          const delivery = deliver(message)
          pending.set(message.id, delivery)
          void delivery.then((loss) => {
            pending.delete(message.id)
            if (loss === null) onSettled('delivered')
            else lost(loss)
          })
        }
      }
    },

    close: async () => {
      closing.abort()
      const patience = setTimeout(() => givenUp.abort(), times.closing)
      await Promise.all(receivers.flatMap(({ pending }) => [...pending.values()]))
      clearTimeout(patience)
    },
  }
}

const messageOf = ({ claims, receipt }: ConfirmedEvent) => ({
  id: messageId(claims),
  body: JSON.stringify({
    type: 'object.confirmed',
    timestamp: new Date(claims.seenAt).toISOString(),
    data: { ...claims, receipt },
  }),
})

/** The same for the same object, whenever it was confirmed: by it a receiver knows a repetition. */
const messageId = ({ bucket, key, versionId, etag }: ReceiptClaims): string =>
  `msg_${createHash('sha256')
    .update(JSON.stringify([bucket, key, versionId, etag]))
    .digest('base64url')}`

/** Of the receiver's address, only the host is told: the rest may be a secret. */
const auditLoss = (
  log: FastifyBaseLogger,
  { claims }: ConfirmedEvent,
  { receiver, ...loss }: Loss & { readonly webhookId: string; readonly receiver: string },
): void =>
  audit(log, {
    event: 'webhook_lost',
    subject: claims.sub,
    grantId: claims.grantId,
    bucket: claims.bucket,
    key: claims.key,
    receiver: new URL(receiver).host,
    ...loss,
  })
