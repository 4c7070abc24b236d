import { randomUUID } from 'node:crypto'
import Fastify, { type FastifyInstance, type FastifyRequest, LogController } from 'fastify'
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod'
import {
  aboutResponseSchema,
  type ConfirmedObject,
  confirmRequestSchema,
  confirmResponseSchema,
  grantRequestSchema,
  grantResponseSchema,
  purposesResponseSchema,
  renewRequestSchema,
  renewResponseSchema,
} from '../shared/broker-api.ts'
import { audit } from './audit.ts'
import type { Authenticate, Caller } from './authenticate.ts'
import type { BrokerSettings } from './config.ts'
import type { Confirm } from './confirm.ts'
import type { Grants } from './grants.ts'
import { isKeyUnder } from './keys.ts'
import { refuse, refuseError } from './problem.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; null on open routes and until it is known. */
    caller: Caller | null
  }
}

type AppCollaborators = {
  readonly settings: BrokerSettings
  readonly authenticate: Authenticate
  readonly grants: Grants
  readonly confirm: Confirm
  readonly now: () => number
  /** Takes lines of JSON. */
  readonly log: { write(line: string): void }
}

/** 1,000 files with names and paths of about 1,000 bytes each. */
const largestBody = 2 * 1_024 * 1_024
/** Access tokens of an issuer can be larger than what Node allows to all headers, 16 KiB. */
const largestHeaders = 32 * 1_024

/** The broker's HTTP interface over its collaborators; not listening yet. */
export const createApp = (collaborators: AppCollaborators): FastifyInstance => {
  const { settings, now, log } = collaborators
  const app = Fastify({
    bodyLimit: largestBody,
    http: { maxHeaderSize: largestHeaders },
    logger: { level: settings.logLevel, stream: log },
    // The audit has a line for each request that matters; addresses are not logged.
    logController: new LogController({ disableRequestLogging: true }),
    return503OnClosing: false,
    frameworkErrors: refuseError,
    genReqId: () => randomUUID(),
  }).withTypeProvider<ZodTypeProvider>()
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  app.removeContentTypeParser('text/plain')
  app.setErrorHandler(refuseError)
  app.setNotFoundHandler((_request, reply) => refuse(reply, { code: 'not_found' }))
  app.decorateRequest('caller', null)
  hangUpWhenClosing(app)

  app.get('/healthz', async () => ({ status: 'ok' }))
  app.get('/v1/about', { schema: { response: { 200: aboutResponseSchema } } }, async () => ({
    name: settings.name,
    serverTime: now(),
  }))
  app.register(async (routes) => addRoutes(routes, collaborators))
  return app
}

/** A connection whose last answer comes while the broker closes is not kept alive: closing would wait for its client. */
const hangUpWhenClosing = (app: FastifyInstance): void => {
  let isClosing = false
  app.addHook('preClose', async () => {
    isClosing = true
  })
  app.addHook('onSend', async (_request, reply) => {
    if (isClosing) reply.header('connection', 'close')
  })
}

/** The routes that need a caller. */
const addRoutes = (instance: FastifyInstance, collaborators: AppCollaborators): void => {
  const { settings, authenticate, grants, confirm, now } = collaborators
  const routes = instance.withTypeProvider<ZodTypeProvider>()

  // Before the body is read: nobody makes the broker read megabytes without a token.
  routes.addHook('onRequest', async (request, reply) => {
    request.caller = await authenticate(request.headers.authorization)
    reply.header('cache-control', 'no-store')
    if (request.caller === null) return refuse(reply, { code: 'unauthenticated' })
  })

  routes.get('/v1/purposes', { schema: { response: { 200: purposesResponseSchema } } }, async (request) => {
    const { subject, label } = callerOf(request)
    return { subject: { id: subject, label }, purposes: settings.purposes, serverTime: now() }
  })

  routes.post(
    '/v1/grants',
    { schema: { body: grantRequestSchema, response: { 200: grantResponseSchema } } },
    async (request, reply) => {
      const issued = await grants.issue(callerOf(request), request.body)
      if (!issued.ok) return refuse(reply, issued.failure)
      const { grant, token, destination, keys, credentials } = issued.value
      audit(request.log, {
        event: 'grant',
        subject: grant.subject,
        purpose: grant.purpose,
        grantId: grant.id,
        bucket: grant.bucket,
        prefix: grant.prefix,
        files: request.body.files.length,
        bytes: request.body.files.reduce((sum, { size }) => sum + size, 0),
        expiration: credentials.expiration,
      })
      return { grant: token, destination, keys, credentials, serverTime: now(), renewUntil: grant.renewUntil }
    },
  )

  routes.post(
    '/v1/grants/renew',
    { schema: { body: renewRequestSchema, response: { 200: renewResponseSchema } } },
    async (request, reply) => {
      const renewed = await grants.renew(callerOf(request), request.body.grant)
      if (!renewed.ok) return refuse(reply, renewed.failure)
      const { grant, token, credentials } = renewed.value
      audit(request.log, {
        event: 'renewal',
        subject: grant.subject,
        purpose: grant.purpose,
        grantId: grant.id,
        expiration: credentials.expiration,
      })
      return { grant: token, credentials, serverTime: now(), renewUntil: grant.renewUntil }
    },
  )

  routes.post(
    '/v1/confirm',
    { schema: { body: confirmRequestSchema, response: { 200: confirmResponseSchema } } },
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
      const confirmed = await confirm(grant.bucket, objects)
      if (!confirmed.ok) return refuse(reply, { code: 'unavailable', cause: confirmed.failure })
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
      return { objects: confirmed.value, serverTime: now() }
    },
  )
}

const callerOf = ({ caller }: FastifyRequest): Caller => {
  if (caller === null) throw new Error('a route without authentication')
  return caller
}
