import type { S3Client } from '@aws-sdk/client-s3'
import type { Credentials } from '../../../shared/broker-api.ts'
import { createS3Client, createSigner, patient } from '../../aws-clients.ts'
import type { BrokerSettings } from '../../config/config.ts'

/** Clients for the buckets of one region, with the broker's own rights. `patient` is for Complete, which may take minutes. */
export type StoreClients = { readonly signer: S3Client; readonly usual: S3Client; readonly patient: S3Client }

/** `of` keeps the clients that it made until `destroy`. */
export type StoreClientsByRegion = {
  readonly of: (region: string) => StoreClients
  /** A signer with other rights than the broker's own. Whoever asked for it ends it with `destroy`. */
  readonly signerWith: (region: string, credentials: Credentials) => S3Client
  readonly destroy: () => void
}

/** `watch` is shown each client that sends. */
export const createStoreClients = (
  { store, awsCredentials }: Pick<BrokerSettings, 'store' | 'awsCredentials'>,
  watch: (client: S3Client) => void,
): StoreClientsByRegion => {
  const made = new Map<string, StoreClients>()
  const accessIn = (region: string) => ({ store: { ...store, region }, awsCredentials })
  const make = (region: string): StoreClients => {
    const access = accessIn(region)
    const clients = {
      signer: createSigner(access),
      usual: createS3Client(access),
      patient: createS3Client(access, { patience: patient }),
    }
    watch(clients.usual)
    watch(clients.patient)
    return clients
  }
  return {
    of: (region) => {
      const clients = made.get(region) ?? make(region)
      made.set(region, clients)
      return clients
    },
    signerWith: (region, { expiration, ...keys }) =>
      createSigner(accessIn(region), { ...keys, expiration: new Date(expiration) }),
    destroy: () => {
      for (const { signer, usual, patient } of made.values())
        for (const client of [signer, usual, patient]) client.destroy()
    },
  }
}
