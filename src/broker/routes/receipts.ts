import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { receiptKeysResponseSchema } from '../../shared/broker-receipts.ts'
import type { Receipts } from '../objects/receipts.ts'

/** The keys change only with the signing secret. */
const cachedSeconds = 3_600

/** Says to anyone by which keys receipts are checked. */
export const addReceiptsRoute = (instance: FastifyInstance, { receipts }: { readonly receipts: Receipts }): void => {
  const routes = instance.withTypeProvider<ZodTypeProvider>()
  routes.get(
    '/v1/receipts/keys',
    {
      schema: {
        summary: 'The keys that receipts are checked by',
        security: [],
        response: { 200: receiptKeysResponseSchema },
      },
    },
    async (_request, reply) => {
      reply.header('cache-control', `public, max-age=${cachedSeconds}`)
      return receipts.keys()
    },
  )
}
