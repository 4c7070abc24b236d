import { randomUUID } from 'node:crypto'
import Fastify, { type FastifyInstance, LogController } from 'fastify'
import { validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod'
import { aboutResponseSchema } from '../shared/broker-api.ts'
import { addApiDocument } from './api-document.ts'
import type { BrokerSettings } from './config/config.ts'
import type { Grants } from './grants/grants.ts'
import { guardInvitations } from './invitations/guard-invitations.ts'
import type { Invitations } from './invitations/invitations.ts'
import type { Uploads } from './kinds/signed/uploads.ts'
import { logOptions } from './log.ts'
import type { Metrics } from './metrics.ts'
import type { Confirm } from './objects/confirm.ts'
import type { Links } from './objects/links.ts'
import type { Receipts } from './objects/receipts.ts'
import type { Webhooks } from './objects/webhooks.ts'
import { addPageRoutes } from './page/add-page-routes.ts'
import { guardPeople, type People } from './people/guard-people.ts'
import { refuse, refuseError } from './problem.ts'
import type { Readiness } from './readiness.ts'
import { addConfirmRoute } from './routes/confirm.ts'
import { addGrantRoutes } from './routes/grants.ts'
import { addInvitationRoutes } from './routes/invitations.ts'
import { addLinksRoute } from './routes/links.ts'
import { addMetricsRoute, addOperatingRoutes } from './routes/operating.ts'
import { addPurposesRoute } from './routes/purposes.ts'
import { addReceiptsRoute } from './routes/receipts.ts'
import { addUploadRoutes } from './routes/uploads.ts'

type AppCollaborators = {
  readonly settings: BrokerSettings
  readonly people: People
  readonly grants: Grants
  readonly invitations: Invitations
  /** Where the bytes of invited people go. */
  readonly storeOrigins: readonly string[]
  readonly uploads: Uploads
  readonly confirm: Confirm
  readonly receipts: Receipts
  readonly webhooks: Webhooks
  readonly links: Links
  readonly metrics: Metrics
  readonly readiness: Readiness
  readonly now: () => number
  /** Takes lines of JSON. */
  readonly log: { write(line: string): void }
}

/** 1,000 files with names and paths of about 1,000 bytes each. */
const largestBody = 2 * 1_024 * 1_024
/** Access tokens of an issuer can be larger than what Node allows to all headers, 16 KiB. */
const largestHeaders = 32 * 1_024

/** From the beginning of a request to its last byte (ms): 2 MiB at 140 kbit/s. Fastify knows no end of its own. */
const longestRequest = 120_000

/** The broker's HTTP interface over its collaborators; not listening yet. */
export const createApp = (collaborators: AppCollaborators): FastifyInstance => {
  const { settings, metrics, readiness, now, log } = collaborators
  const app = Fastify({
    bodyLimit: largestBody,
    requestTimeout: longestRequest,
    http: { maxHeaderSize: largestHeaders },
    logger: logOptions({ level: settings.logLevel, stream: log, onAudit: metrics.audited }),
    // The audit has a line for each request that matters; addresses are not logged.
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy: settings.trustedProxies.length > 0 && settings.trustedProxies,
    return503OnClosing: false,
    frameworkErrors: refuseError,
    genReqId: () => randomUUID(),
  }).withTypeProvider<ZodTypeProvider>()
  app.setValidatorCompiler(validatorCompiler)
  // Answers are ours, and typed; to parse them again would cost a tenth of a large grant.
  app.setSerializerCompiler(() => JSON.stringify)
  app.removeContentTypeParser('text/plain')
  app.setErrorHandler(refuseError)
  app.setNotFoundHandler((_request, reply) => refuse(reply, { code: 'not_found' }))
  app.decorateRequest('caller', null)
  hangUpWhenClosing(app)
  app.addHook('onRequest', async (request, reply) => {
    request.log = reply.log = request.log.child({ ip: request.ip })
    reply.header('x-request-id', request.id)
  })
  app.addHook('onResponse', async ({ method, routeOptions }, { statusCode, elapsedTime }) =>
    metrics.answered({ method, route: routeOptions.url ?? null, status: statusCode, seconds: elapsedTime / 1_000 }),
  )
  addApiDocument(app)
  if (settings.metricsPort === undefined) addMetricsRoute(app, metrics)

  app.register(async (open) => {
    addOperatingRoutes(open, readiness)
    addReceiptsRoute(open, collaborators)
    if (settings.purposes.some(({ invitations }) => invitations)) addPageRoutes(open, collaborators.storeOrigins)
    open
      .withTypeProvider<ZodTypeProvider>()
      .get(
        '/v1/about',
        { schema: { summary: 'Who this broker is', security: [], response: { 200: aboutResponseSchema } } },
        async () => ({ name: settings.name, serverTime: now() }),
      )
  })
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
const addRoutes = (routes: FastifyInstance, collaborators: AppCollaborators): void => {
  guardPeople(routes, collaborators.people)
  guardInvitations(routes, collaborators.invitations)
  addPurposesRoute(routes, collaborators)
  addInvitationRoutes(routes, collaborators)
  addGrantRoutes(routes, collaborators)
  addUploadRoutes(routes, collaborators)
  addConfirmRoute(routes, collaborators)
  addLinksRoute(routes, collaborators)
}
