import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import { createApp } from './app.ts'
import { createStsClient } from './aws-clients.ts'
import { awsFailure } from './aws-failure.ts'
import { noKeys } from './check/bucket.ts'
import { leastRenewDays } from './check/lifecycle.ts'
import { storeProbe, stsProbe } from './check/probes.ts'
import { type BrokerConfig, type BrokerSettings, brokerConfigSchema } from './config/config.ts'
import { placesOf } from './config/store.ts'
import { choosePlace } from './grants/choose-place.ts'
import { createGrants } from './grants/grants.ts'
import { createInvitations } from './invitations/invitations.ts'
import { createSessionKinds } from './kinds/create-session-kinds.ts'
import { isNarrowed, needsSts, signsTooMuch } from './kinds/narrowing.ts'
import { createStoreClients, type StoreClientsByRegion } from './kinds/signed/store-clients.ts'
import { createUploads } from './kinds/signed/uploads.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { confirmWith } from './objects/confirm.ts'
import { createLinks } from './objects/links.ts'
import { createReceipts } from './objects/receipts.ts'
import { createWebhooks } from './objects/webhooks.ts'
import { storeOrigins } from './page/store-origins.ts'
import { createPeople } from './people/create-people.ts'
import type { Place } from './policy/arn.ts'
import { createReadiness } from './readiness.ts'
import { startMetricsServer } from './start-metrics-server.ts'
import { watchCalls } from './watch-calls.ts'

type Collaborators = {
  readonly now?: () => number
  /** Takes the log, lines of JSON; else it goes to standard error. */
  readonly log?: { write(line: string): void }
  /** How long requests under way may take once it closes, in ms; then their connections are cut. */
  readonly closingTime?: number
}

/** With the time that webhooks get after it, less than what `main.ts` gives to all. */
const usualClosingTime = 15_000

type RunningBroker = {
  readonly url: string
  /** Where the metrics have a port of their own. */
  readonly metricsUrl?: string
  /** Says that it is not ready for as long as `drainSeconds` ask, then ends with the requests under way. */
  readonly close: () => Promise<void>
}

/**
 * Starts a broker and answers once it listens. Throws where the configuration is wrong (a ZodError that names the
 * fields) or a port is taken.
 */
export const startBroker = async (
  config: BrokerConfig,
  { now = Date.now, log = process.stderr, closingTime = usualClosingTime }: Collaborators = {},
): Promise<RunningBroker> => {
  const settings = brokerConfigSchema.parse(config)
  const sts = createStsClient(settings)
  const metrics = createMetrics()
  watchCalls('sts', sts, metrics.called)
  const storeClients = createStoreClients(settings, (client) => watchCalls('s3', client, metrics.called))
  const s3 = storeClients.of(settings.store.region).usual
  const sessions = createSessionKinds(settings, sts, now)
  const warn = (about: object, message: string) => app.log.warn(about, message)
  const { people, counters, redis } = createPeople(settings, { now, warn })
  const readiness = createReadiness(
    {
      store: storeProbe(s3, settings.store.bucket),
      ...(needsSts(settings) && { sts: stsProbe(sts) }),
    },
    now,
    {
      // without it renewals and confirmations go on, which a broker that is not ready would not be asked for
      besides: redis === null ? {} : { redis: () => redis.ping() },
      onDown: (dependency, error) => warn({ dependency, cause: awsFailure('Probe', error) }, 'is down'),
    },
  )
  const grants = createGrants({ settings, sessions, people, now, ...placeOf(settings, storeClients, now) })
  const receipts = createReceipts(settings.signingSecret)
  const webhooks = createWebhooks({
    webhooks: settings.webhooks,
    now,
    random: Math.random,
    onSettled: metrics.delivered,
  })
  const app = createApp({
    settings,
    people,
    grants,
    invitations: createInvitations({
      settings,
      purposesOf: grants.purposesOf,
      counters,
      isDenied: people.denyList.hasSubject,
      now,
    }),
    storeOrigins: storeOrigins(settings, storeClients),
    uploads: createUploads({
      clients: storeClients,
      narrow: isNarrowed(settings) ? (sessions.assumed_role ?? null) : null,
      now,
    }),
    confirm: confirmWith((region) => storeClients.of(region).usual),
    receipts,
    webhooks,
    links: createLinks({ settings, denyList: people.denyList, grants, receipts, clients: storeClients, now }),
    metrics,
    readiness,
    now,
    log,
  })
  warnOfSettings(settings, warn)
  s3.config.credentials().catch((error) => warn({ cause: awsFailure('Credentials', error) }, noKeys))
  app.addHook('onClose', async () => {
    await webhooks.close()
    sts.destroy()
    redis?.disconnect()
    storeClients.destroy()
  })
  // nobody waits for it: what needs it says so
  redis?.connect().catch(() => {})
  return {
    ...(await listen(app, metrics, settings)),
    close: async () => {
      readiness.leave()
      await delay(settings.drainSeconds * 1_000)
      const cut = setTimeout(() => app.server.closeAllConnections(), closingTime)
      await app.close()
      clearTimeout(cut)
    },
  }
}

/** For clients, and for Prometheus where it has a port of its own; closes the app where a port is taken. */
const listen = async (app: FastifyInstance, metrics: Metrics, { host, port, metricsPort }: BrokerSettings) => {
  try {
    if (metricsPort === undefined) return { url: await app.listen({ host, port }) }
    const metricsServer = await startMetricsServer(metrics, { host, port: metricsPort })
    app.addHook('onClose', metricsServer.close)
    return { metricsUrl: metricsServer.url, url: await app.listen({ host, port }) }
  } catch (error) {
    await app.close()
    throw error
  }
}

type Warn = (about: object, message: string) => void

/** What is allowed, and rarely meant. */
const warnOfSettings = (settings: BrokerSettings, warn: Warn): void => {
  if (signsTooMuch(settings)) {
    warn({}, 'requests are signed with the broker’s own rights; where the store has STS, set sts.roleArn')
  }
  const { renewDays } = settings
  if (renewDays < leastRenewDays) {
    warn({ renewDays }, `uploads can outlive their grants: set renewDays to ${leastRenewDays} at least`)
  }
}

/** Where grants are for one of several buckets: the first that answers. */
const placeOf = ({ store }: BrokerSettings, clients: StoreClientsByRegion, now: () => number) => {
  if (store.multiRegion === undefined) return {}
  const answers = ({ bucket, region }: Place) =>
    storeProbe(clients.of(region).usual, bucket)().then(
      () => true,
      () => false,
    )
  return { place: choosePlace(placesOf(store), answers, now) }
}
