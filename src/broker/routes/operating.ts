import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Metrics } from '../metrics.ts'
import type { Readiness } from '../readiness.ts'

const readySchema = z.object({
  status: z.enum(['ready', 'not_ready', 'closing']),
  dependencies: z.record(z.string(), z.enum(['ok', 'down'])),
})

/** For whoever watches over the process; these need no caller and tell no secret. */
export const addOperatingRoutes = (instance: FastifyInstance, readiness: Readiness): void => {
  const routes = instance.withTypeProvider<ZodTypeProvider>()
  routes.get(
    '/healthz',
    {
      schema: {
        summary: 'Whether the process lives',
        security: [],
        response: { 200: z.object({ status: z.literal('ok') }) },
      },
    },
    async () => ({ status: 'ok' as const }),
  )
  routes.get(
    '/readyz',
    {
      schema: {
        summary: 'Whether what the broker needs is there, and it is not closing',
        security: [],
        response: { 200: readySchema, 503: readySchema },
      },
    },
    async (_request, reply) => {
      const ready = await readiness.look()
      return reply
        .code(ready.status === 'ready' ? 200 : 503)
        .send({ ...ready, dependencies: { ...ready.dependencies } })
    },
  )
}

/** The metrics for Prometheus. */
export const addMetricsRoute = (routes: FastifyInstance, metrics: Metrics): void => {
  routes.get('/metrics', { schema: { hide: true } }, async (_request, reply) =>
    reply.type(metrics.contentType).send(await metrics.text()),
  )
}
