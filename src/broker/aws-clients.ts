import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3'
import { STSClient } from '@aws-sdk/client-sts'
import type { BrokerSettings } from './config/config.ts'

/** How long a client waits to connect and for bytes of an answer (ms), and how often it tries. */
type Patience = { readonly maxAttempts: number; readonly requestHandler: S3ClientConfig['requestHandler'] & object }

const patienceOf = (maxAttempts: number, requestTimeout: number): Patience => ({
  maxAttempts,
  requestHandler: { connectionTimeout: 2_000, requestTimeout, throwOnRequestTimeout: true },
})
/** With the SDK's jittered backoff all tries stay under 20 s. */
const usual = patienceOf(3, 5_000)
/** For what may take minutes: 10 of them without a byte. */
export const patient = patienceOf(2, 600_000)

type Keys = { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string }
type StoreAccess = Pick<BrokerSettings, 'store' | 'awsCredentials'>

/** With the broker's own keys, or with those of a session. Whoever asked for it ends it with `destroy`. */
export const createS3Client = (
  { store, awsCredentials }: StoreAccess,
  { credentials, patience = usual }: { readonly credentials?: Keys; readonly patience?: Patience } = {},
): S3Client =>
  new S3Client({
    ...patience,
    ...commonTo(store),
    ...(store.endpoint && { endpoint: store.endpoint }),
    ...rightsOf(credentials ? keysOf(credentials) : awsCredentials),
  })

type Signing = Keys & { readonly expiration: Date }

/**
 * Sends nothing: it signs for the address by which people reach the store, with the broker's own keys or with those of a
 * session, which end.
 */
export const createSigner = ({ store, awsCredentials }: StoreAccess, session?: Signing): S3Client =>
  new S3Client({
    ...commonTo(store),
    ...(store.publicEndpoint && { endpoint: store.publicEndpoint }),
    useAccelerateEndpoint: store.accelerate,
    useDualstackEndpoint: store.dualStack,
    ...rightsOf(session ?? awsCredentials),
  })

/** Checksums are those that were asked for: what is signed must hold the caller's, not the SDK's own of an empty body. */
const commonTo = ({ region, addressing }: BrokerSettings['store']) =>
  ({
    region,
    forcePathStyle: addressing === 'path',
    useArnRegion: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  }) as const

/** Without any, the SDK looks for the broker's own by itself. */
const rightsOf = <Given extends Keys>(credentials: Given | undefined) => credentials && { credentials }

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
    ...rightsOf(awsCredentials),
  })
