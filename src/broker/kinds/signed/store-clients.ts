import { S3Client } from '@aws-sdk/client-s3'
import type { Credentials } from '../../../shared/broker-api.ts'
import type { BrokerSettings } from '../../config/config.ts'

/**
 * Clients for the buckets of one region, with the broker's own rights. `signer` sends nothing: it signs for the address
 * by which people reach the store. `patient` is for Complete, which may take minutes.
 */
export type StoreClients = { readonly signer: S3Client; readonly usual: S3Client; readonly patient: S3Client }

/** `of` keeps the clients that it made until `destroy`. */
export type StoreClientsByRegion = {
  readonly of: (region: string) => StoreClients
  /** A signer with other rights than the broker's own. */
  readonly signerWith: (region: string, credentials: Credentials) => S3Client
  readonly destroy: () => void
}

const usualPatience = { connectionTimeout: 2_000, requestTimeout: 10_000, throwOnRequestTimeout: true }
/** 10 minutes without a byte. */
const longPatience = { ...usualPatience, requestTimeout: 600_000 }

/** `watch` is shown each client that sends. */
export const createStoreClients = (
  { store, awsCredentials }: Pick<BrokerSettings, 'store' | 'awsCredentials'>,
  watch: (client: S3Client) => void,
): StoreClientsByRegion => {
  const made = new Map<string, StoreClients>()
  const shared = {
    forcePathStyle: store.addressing === 'path',
    useArnRegion: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  } as const
  const publicEndpoint = store.publicEndpoint ?? store.endpoint
  const signing = {
    ...shared,
    ...(publicEndpoint && { endpoint: publicEndpoint }),
    useAccelerateEndpoint: store.accelerate,
    useDualstackEndpoint: store.dualStack,
  }
  const ownRights = awsCredentials && { credentials: awsCredentials }
  const make = (region: string): StoreClients => {
    const own = { ...shared, region, ...ownRights, ...(store.endpoint && { endpoint: store.endpoint }) }
    const usual = new S3Client({ ...own, maxAttempts: 3, requestHandler: usualPatience })
    const patient = new S3Client({ ...own, maxAttempts: 2, requestHandler: longPatience })
    watch(usual)
    watch(patient)
    return {
      signer: new S3Client({ ...signing, region, ...ownRights }),
      usual,
      patient,
    }
  }
  return {
    of: (region) => {
      const clients = made.get(region) ?? make(region)
      made.set(region, clients)
      return clients
    },
    signerWith: (region, { expiration, ...keys }) =>
      new S3Client({ ...signing, region, credentials: { ...keys, expiration: new Date(expiration) } }),
    destroy: () => {
      for (const { signer, usual, patient } of made.values())
        for (const client of [signer, usual, patient]) client.destroy()
    },
  }
}
