import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { deviceHeader } from '../../shared/broker-api.ts'
import { refuse } from '../problem.ts'
import type { Authenticate } from './caller.ts'
import type { DenyList } from './deny-list.ts'
import type { Limits } from './limits.ts'

/** What it takes to know who may ask. */
export type People = { readonly authenticate: Authenticate; readonly denyList: DenyList; readonly limits: Limits }

const deviceSchema = z.uuid().optional()

/**
 * Lets only those in who may use the broker, and no more often than they may. It is done before the body is read: nobody
 * makes the broker read megabytes without a token.
 */
export const guardPeople = (routes: FastifyInstance, { authenticate, denyList, limits }: People): void => {
  routes.addHook('onRequest', async (request, reply) => {
    reply.header('cache-control', 'no-store')
    const known = await authenticate(request.headers.authorization)
    if (!known.ok) return refuse(reply, known.failure)
    request.caller = known.value
    const device = deviceSchema.safeParse(request.headers[deviceHeader])
    if (!device.success) {
      return refuse(reply, { code: 'invalid_request', errors: [{ path: deviceHeader, message: 'must be a UUID' }] })
    }
    const caller = { ...known.value, ...(device.data !== undefined && { device: device.data.toLowerCase() }) }
    request.caller = caller
    if (denyList.hasSubject(caller.subject)) return refuse(reply, { code: 'not_allowed' })
    if (caller.device !== undefined && denyList.hasDevice(caller.device)) return refuse(reply, { code: 'revoked' })
    const objection = await limits.countRequest(caller)
    if (objection !== null) return refuse(reply, objection)
  })
}
