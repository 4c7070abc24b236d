import type { FastifyInstance } from 'fastify'
import { refuse } from '../problem.ts'
import type { Invitations } from './invitations.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /**
     * Opens a route to the holders of invitations; without it the route is closed to them. `in_time`: while theirs is
     * good · `always`: also after its end, for looking at what was sent in time.
     */
    readonly invited?: 'in_time' | 'always'
  }
}

/**
 * Keeps the holders of invitations to the routes that are open to them, while the invitation is good. Stands after
 * whatever finds out who asks; every line of such a request's log names the invitation and its maker.
 */
export const guardInvitations = (routes: FastifyInstance, invitations: Pick<Invitations, 'objectionTo'>): void => {
  routes.addHook('onRequest', async (request, reply) => {
    const invitation = request.caller?.invitation
    if (invitation === undefined) return
    const { id, inviter, purpose } = invitation
    request.log = reply.log = request.log.child({ invitation: { id, inviter: inviter.subject, purpose } })
    const { invited } = request.routeOptions.config
    if (invited === undefined) return refuse(reply, { code: 'not_allowed' })
    const objection = invited === 'always' ? null : await invitations.objectionTo(invitation)
    if (objection !== null) return refuse(reply, objection)
  })
}
