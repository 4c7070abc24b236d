import { S3Client } from '@aws-sdk/client-s3'
import { STSClient } from '@aws-sdk/client-sts'
import type { BrokerSettings } from './config/config.ts'

/** Connect and answer within these, in ms; three tries with the SDK's jittered backoff stay under 20 s. */
const patience = { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true }
const usual = { maxAttempts: 3, requestHandler: patience } as const

type Keys = { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string }

/** With the broker's own keys, or with those of a session. Whoever asked for it ends it with `destroy`. */
export const createS3Client = (
  { store, awsCredentials }: Pick<BrokerSettings, 'store' | 'awsCredentials'>,
  credentials: Keys | undefined = awsCredentials,
): S3Client =>
  new S3Client({
    ...usual,
    region: store.region,
    ...(store.endpoint && { endpoint: store.endpoint }),
    forcePathStyle: store.addressing === 'path',
    useArnRegion: true,
    ...(credentials && { credentials: keysOf(credentials) }),
  })

/** Without their expiration: by which clock it is, the SDK does not know. */
const keysOf = ({ accessKeyId, secretAccessKey, sessionToken }: Keys): Keys => ({
  accessKeyId,
  secretAccessKey,
  ...(sessionToken !== undefined && { sessionToken }),
})

/** With the broker's own keys. Whoever asked for it ends it with `destroy`. */
export const createStsClient = ({
  store,
  sts,
  awsCredentials,
}: Pick<BrokerSettings, 'store' | 'sts' | 'awsCredentials'>): STSClient =>
  new STSClient({
    ...usual,
    region: store.region,
    ...(sts.endpoint && { endpoint: sts.endpoint }),
    ...(awsCredentials && { credentials: awsCredentials }),
  })
