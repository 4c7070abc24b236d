import { setTimeout as delay } from 'node:timers/promises'
import { createApp } from './app.ts'
import { createS3Client, createStsClient } from './aws-clients.ts'
import { storeProbe, stsProbe } from './check/probes.ts'
import { type BrokerConfig, brokerConfigSchema } from './config/config.ts'
import { isOfAws } from './grants/arn.ts'
import { choosePlace } from './grants/choose-place.ts'
import { createGrants } from './grants/grants.ts'
import { createInvitations } from './invitations/invitations.ts'
import { carriesCredentials } from './kinds/session-kind.ts'
import { createSessionKinds } from './kinds/session-kinds.ts'
import { createStoreClients } from './kinds/signed/store-clients.ts'
import { createUploads } from './kinds/signed/uploads.ts'
import { createMetrics } from './metrics.ts'
import { confirmWith } from './objects/confirm.ts'
import { createLinks } from './objects/links.ts'
import { createReceipts } from './objects/receipts.ts'
import { createWebhooks } from './objects/webhooks.ts'
import { storeOrigins } from './page/store-origins.ts'
import { createPeople } from './people/create-people.ts'
import { createReadiness } from './readiness.ts'
import { startMetricsServer } from './start-metrics-server.ts'
import { watchCalls } from './watch-calls.ts'

type Collaborators = {
  readonly now?: () => number
  /** Takes the log, lines of JSON; else it goes to standard error. */
  readonly log?: { write(line: string): void }
}

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
  { now = Date.now, log = process.stderr }: Collaborators = {},
): Promise<RunningBroker> => {
  const settings = brokerConfigSchema.parse(config)
  const sts = createStsClient(settings)
  const s3 = createS3Client(settings)
  const metrics = createMetrics()
  watchCalls('sts', sts, metrics.called)
  watchCalls('s3', s3, metrics.called)
  const storeClients = createStoreClients(settings, (client) => watchCalls('s3', client, metrics.called))
  const sessions = createSessionKinds(settings, sts, now)
  const warn = (about: object, message: string) => app.log.warn(about, message)
  const { people, counters, redis } = createPeople(settings, { now, warn })
  const readiness = createReadiness(
    {
      store: storeProbe(s3, settings.store.bucket),
      ...(settings.purposes.some(({ kind }) => carriesCredentials(kind)) && { sts: stsProbe(sts) }),
    },
    now,
    // without it renewals and confirmations go on, which a broker that is not ready would not be asked for
    redis === null ? {} : { redis: () => redis.ping() },
  )
  const { multiRegion } = settings.store
  const place =
    multiRegion &&
    choosePlace(
      multiRegion.buckets,
      ({ bucket, region }) =>
        storeProbe(storeClients.of(region).usual, bucket)().then(
          () => true,
          () => false,
        ),
      now,
    )
  const grants = createGrants({ settings, sessions, people, now, ...(place && { place }) })
  // AWS itself refuses headers that were not signed
  const narrow = isOfAws(settings.store.endpoint) ? null : (sessions.assumed_role ?? null)
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
      narrow,
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
  if (settings.purposes.some(({ kind }) => !carriesCredentials(kind)) && !narrow && !isOfAws(settings.store.endpoint)) {
    warn({}, 'requests are signed with the broker’s own rights; where the store has STS, set sts.roleArn')
  }
  const { host, port, metricsPort, drainSeconds } = settings
  const metricsServer =
    metricsPort === undefined ? null : await startMetricsServer(metrics, { host, port: metricsPort })
  app.addHook('onClose', async () => {
    await webhooks.close()
    sts.destroy()
    s3.destroy()
    redis?.disconnect()
    storeClients.destroy()
    await metricsServer?.close()
  })
  // nobody waits for it: what needs it says so
  redis?.connect().catch(() => {})
  const url = await app.listen({ host, port }).catch(async (error: unknown) => {
    await app.close()
    throw error
  })
  return {
    url,
    ...(metricsServer && { metricsUrl: metricsServer.url }),
    close: async () => {
      readiness.leave()
      await delay(drainSeconds * 1_000)
      await app.close()
    },
  }
}
