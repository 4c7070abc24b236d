import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import {
  grantRequestSchema,
  grantResponseSchema,
  renewRequestSchema,
  renewResponseSchema,
} from '../../shared/broker-api.ts'
import { audit } from '../audit.ts'
import type { Grants } from '../grants/grants.ts'
import { callerOf } from '../people/caller.ts'
import { refuse } from '../problem.ts'

type Collaborators = {
  readonly grants: Grants
  readonly now: () => number
}

/** Issues and renews grants. */
export const addGrantRoutes = (instance: FastifyInstance, { grants, now }: Collaborators): void => {
  const routes = instance.withTypeProvider<ZodTypeProvider>()

  routes.post(
    '/v1/grants',
    {
      config: { invited: 'in_time' },
      schema: {
        summary: 'Permission to write up to 1,000 files',
        body: grantRequestSchema,
        response: { 200: grantResponseSchema },
      },
    },
    async (request, reply) => {
      const issued = await grants.issue(callerOf(request), request.body)
      if (!issued.ok) return refuse(reply, issued.failure)
      const { grant, token, destination, keys, session, purpose } = issued.value
      audit(request.log, {
        event: 'grant',
        subject: grant.subject,
        purpose: grant.purpose,
        grantId: grant.id,
        kind: grant.kind,
        bucket: grant.bucket,
        prefix: grant.prefix,
        files: request.body.files.length,
        bytes: request.body.files.reduce((sum, { size }) => sum + size, 0),
        expiration: session?.credentials.expiration ?? null,
        packedPolicySize: session?.packedPolicySize ?? null,
      })
      return {
        grant: token,
        destination,
        keys,
        credentials: session?.credentials ?? null,
        limits: { maxSize: purpose.maxSize, contentTypes: purpose.contentTypes ?? null },
        serverTime: now(),
        renewUntil: grant.renewUntil,
      }
    },
  )

  routes.post(
    '/v1/grants/renew',
    {
      config: { invited: 'in_time' },
      schema: {
        summary: 'New credentials for the same prefix',
        body: renewRequestSchema,
        response: { 200: renewResponseSchema },
      },
    },
    async (request, reply) => {
      const renewed = await grants.renew(callerOf(request), request.body.grant)
      if (!renewed.ok) return refuse(reply, renewed.failure)
      const { grant, token, session } = renewed.value
      audit(request.log, {
        event: 'renewal',
        subject: grant.subject,
        purpose: grant.purpose,
        grantId: grant.id,
        expiration: session?.credentials.expiration ?? null,
        packedPolicySize: session?.packedPolicySize ?? null,
      })
      return {
        grant: token,
        credentials: session?.credentials ?? null,
        serverTime: now(),
        renewUntil: grant.renewUntil,
      }
    },
  )
}
