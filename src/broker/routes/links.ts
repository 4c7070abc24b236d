import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { linkRequestSchema, linkResponseSchema } from '../../shared/broker-links.ts'
import { audit } from '../audit.ts'
import type { Links } from '../objects/links.ts'
import { callerOf } from '../people/caller.ts'
import { refuse } from '../problem.ts'

/** Makes links for reading. */
export const addLinksRoute = (
  instance: FastifyInstance,
  { links, now }: { readonly links: Links; readonly now: () => number },
): void => {
  const routes = instance.withTypeProvider<ZodTypeProvider>()
  routes.post(
    '/v1/links',
    {
      schema: {
        summary: 'A link for reading what the caller uploaded',
        body: linkRequestSchema,
        response: { 200: linkResponseSchema },
      },
    },
    async (request, reply) => {
      const caller = callerOf(request)
      const made = await links(caller, request.body)
      if (!made.ok) return refuse(reply, made.failure)
      const { key, method, as } = request.body
      const { url, setCookies, expiration, grantId, bucket } = made.value
      audit(request.log, { event: 'link', subject: caller.subject, grantId, bucket, key, method, as, expiration })
      return { url, ...(setCookies && { setCookies: [...setCookies] }), expiration, serverTime: now() }
    },
  )
}
