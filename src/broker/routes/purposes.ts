import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { purposesResponseSchema } from '../../shared/broker-api.ts'
import type { Grants } from '../grants/grants.ts'
import { callerOf } from '../people/caller.ts'

/** Says who the caller is and what may be sent where. */
export const addPurposesRoute = (
  instance: FastifyInstance,
  { grants, now }: { readonly grants: Grants; readonly now: () => number },
): void => {
  const routes = instance.withTypeProvider<ZodTypeProvider>()
  routes.get(
    '/v1/purposes',
    {
      config: { invited: 'in_time' },
      schema: { summary: 'Who the caller is, and what may be sent where', response: { 200: purposesResponseSchema } },
    },
    async (request) => {
      const caller = callerOf(request)
      return {
        subject: { id: caller.subject, label: caller.label },
        ...(caller.invitation && { invitedBy: caller.invitation.inviter.label }),
        purposes: grants.purposesOf(caller).map(({ name, label, maxSize, contentTypes = null, invitations }) => ({
          name,
          label,
          maxSize,
          contentTypes,
          ...(invitations && !caller.invitation && { invitations }),
        })),
        serverTime: now(),
      }
    },
  )
}
