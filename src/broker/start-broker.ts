import { S3Client } from '@aws-sdk/client-s3'
import { STSClient } from '@aws-sdk/client-sts'
import { createApp } from './app.ts'
import { authenticateStaticTokens } from './authenticate.ts'
import { type BrokerConfig, brokerConfigSchema } from './config.ts'
import { confirmWith } from './confirm.ts'
import { createGrants } from './grants.ts'
import { assumedRole } from './kinds/assumed-role.ts'
import { federation } from './kinds/federation.ts'

type Collaborators = {
  readonly now?: () => number
  /** Takes the log, lines of JSON; else it goes to standard error. */
  readonly log?: { write(line: string): void }
}

/** Connect and answer within these, in ms; three tries with the SDK's jittered backoff stay under 20 s. */
const patience = { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true }

/**
 * Starts a broker and answers once it listens. `close` waits for the requests under way.
 * Throws where the configuration is wrong (a ZodError that names the fields) or the port is taken.
 */
export const startBroker = async (
  config: BrokerConfig,
  { now = Date.now, log = process.stderr }: Collaborators = {},
): Promise<{ readonly url: string; readonly close: () => Promise<void> }> => {
  const settings = brokerConfigSchema.parse(config)
  const { store, awsCredentials } = settings
  const client = {
    region: store.region,
    maxAttempts: 3,
    requestHandler: patience,
    ...(awsCredentials && { credentials: awsCredentials }),
  }
  const sts = new STSClient({ ...client, ...(settings.sts.endpoint && { endpoint: settings.sts.endpoint }) })
  const { roleArn } = settings.sts
  const sessions = { sts, sessionSeconds: settings.sessionSeconds, now }
  const kind = roleArn === undefined ? federation(sessions) : assumedRole(roleArn, sessions)
  const s3 = new S3Client({
    ...client,
    ...(store.endpoint && { endpoint: store.endpoint }),
    forcePathStyle: store.addressing === 'path',
  })
  const app = createApp({
    settings,
    authenticate: authenticateStaticTokens(settings.tokens),
    grants: createGrants({ settings, kind, now }),
    confirm: confirmWith(s3),
    now,
    log,
  })
  app.addHook('onClose', async () => {
    sts.destroy()
    s3.destroy()
  })
  const url = await app.listen({ host: settings.host, port: settings.port })
  return { url, close: () => app.close() }
}
