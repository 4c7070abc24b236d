import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { purposesResponseSchema } from '../../shared/broker-api.ts'
import type { Grants } from '../grants/grants.ts'
import { callerOf } from '../people/caller.ts'
import { isForFolders } from '../policy/key-template.ts'

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
        purposes: grants.purposesOf(caller).map((purpose) => ({
          name: purpose.name,
          label: purpose.label,
          maxSize: purpose.maxSize,
          contentTypes: purpose.contentTypes ?? null,
          ...(purpose.invitations && !caller.invitation && { invitations: true as const }),
          ...(isForFolders(purpose.keyTemplate) && { folders: true as const }),
        })),
        serverTime: now(),
      }
    },
  )
}
