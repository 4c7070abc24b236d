import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import { createJsonSchemaTransform } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { problemSchema } from '../shared/broker-api.ts'

const transform = createJsonSchemaTransform({ zodToJsonConfig: { unrepresentable: 'any' } })

const problem = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
})
/** What each route may answer besides. */
const problems = {
  '4XX': problem('Refused; `code` says why. Retry-After (seconds) comes with 429.'),
  '5XX': problem('Not now, or a mistake of the broker. Retry-After (seconds) comes with 503.'),
}

/** The group of each route, by what its path begins with. */
const groups: Readonly<Record<string, string>> = {
  '/v1/about': 'people',
  '/v1/purposes': 'people',
  '/v1/grants': 'grants',
  '/v1/uploads': 'signed uploads',
  '/v1/confirm': 'after the upload',
  '/v1/receipts': 'after the upload',
  '/v1/links': 'after the upload',
  '/v1/invitation': 'invitations',
}
const groupOf = (url: string): string =>
  Object.entries(groups).find(([beginning]) => url.startsWith(beginning))?.[1] ?? 'operating'

/** Nothing but what the broker itself serves; the page sets styles by script. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/**
 * Describes all routes that are registered later, made of the schemas that they are checked by: `/v1/openapi.json`
 * (OpenAPI 3.1), and a page to read it, `/v1/docs`.
 */
export const addApiDocument = (app: FastifyInstance): void => {
  app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Longshore broker',
        version: '1',
        description: 'Permissions to write into a bucket. Times are epoch milliseconds, sizes bytes.',
      },
      servers: [{ url: '/' }],
      security: [{ bearer: [] }],
      components: {
        securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
        schemas: { Problem: problemDescription() },
      },
    },
    transform: (route) => {
      const { schema, url } = transform(route)
      if (schema.hide === true || route.schema === undefined) return { schema: { ...schema, hide: true }, url }
      return { schema: { ...schema, tags: [groupOf(url)], response: { ...(schema.response ?? {}), ...problems } }, url }
    },
  })
  app.register(swaggerUi, {
    routePrefix: '/v1/docs',
    staticCSP: contentSecurityPolicy,
    uiConfig: { supportedSubmitMethods: [], layout: 'BaseLayout' },
    theme: { title: 'Longshore broker' },
  })
  app.register(async (routes) => {
    routes.get('/v1/openapi.json', { schema: { hide: true } }, async () => routes.swagger())
  })
}

const problemDescription = () => {
  const { $schema: _, ...schema } = z.toJSONSchema(problemSchema)
  return schema as object
}
