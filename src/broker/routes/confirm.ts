import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { type ConfirmedObject, confirmRequestSchema, confirmResponseSchema } from '../../shared/broker-api.ts'
import { audit } from '../audit.ts'
import type { Grants } from '../grants/grants.ts'
import type { Confirm } from '../objects/confirm.ts'
import { claimsOf, type Receipts } from '../objects/receipts.ts'
import type { Webhooks } from '../objects/webhooks.ts'
import { callerOf } from '../people/caller.ts'
import { collisionsOf, isKeyUnder } from '../policy/keys.ts'
import { refuse } from '../problem.ts'

type Collaborators = {
  readonly grants: Grants
  readonly confirm: Confirm
  readonly receipts: Receipts
  readonly webhooks: Webhooks
  readonly now: () => number
}

/** Says what is really in the bucket, with a receipt for what is as it was to be; afterwards the webhooks are told of it. */
export const addConfirmRoute = (
  instance: FastifyInstance,
  { grants, confirm, receipts, webhooks, now }: Collaborators,
): void => {
  const routes = instance.withTypeProvider<ZodTypeProvider>()

  routes.post(
    '/v1/confirm',
    {
      config: { invited: 'always' },
      schema: {
        summary: 'What is in the bucket, with receipts',
        body: confirmRequestSchema,
        response: { 200: confirmResponseSchema },
      },
    },
    async (request, reply) => {
      const opened = await grants.open(callerOf(request), request.body.grant)
      if (!opened.ok) return refuse(reply, opened.failure)
      const grant = opened.value
      const { objects } = request.body
      const stray = objects.findIndex(({ key }) => !isKeyUnder(grant.prefix, key))
      if (stray !== -1) {
        const errors = [{ path: `/objects/${stray}/key`, message: 'is no key of this grant' }]
        return refuse(reply, { code: 'invalid_request', errors })
      }
      const [repeated] = collisionsOf(objects.map(({ key }) => key))
      if (repeated !== undefined) {
        const errors = [{ path: `/objects/${repeated.later}/key`, message: 'is there twice' }]
        return refuse(reply, { code: 'invalid_request', errors })
      }
      const confirmed = await confirm(grant, objects)
      if (!confirmed.ok) return refuse(reply, { code: 'unavailable', cause: confirmed.failure })

      const seenAt = now()
      const outcomes = await Promise.all(
        confirmed.value.map(async (object, index) => {
          if (object.outcome !== 'same') return { object, event: null }
          const claims = claimsOf(grant, { ...object, size: objects[index]?.size ?? 0 }, seenAt)
          const receipt = await receipts.sign(claims)
          return { object: { ...object, receipt }, event: { claims, receipt } }
        }),
      )
      const count = (outcome: ConfirmedObject['outcome']) =>
        confirmed.value.filter((object) => object.outcome === outcome).length
      audit(request.log, {
        event: 'confirm',
        subject: grant.subject,
        grantId: grant.id,
        same: count('same'),
        different: count('different'),
        absent: count('absent'),
      })
      const { log } = request
      const tell = () => {
        for (const { event } of outcomes) if (event !== null) webhooks.tell(log, event)
      }
      if (reply.raw.destroyed) tell()
      else reply.raw.once('close', tell)
      return { objects: outcomes.map(({ object }) => object), serverTime: now() }
    },
  )
}
