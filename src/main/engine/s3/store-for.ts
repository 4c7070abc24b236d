import type { Destination } from '../../../shared/broker-api.ts'
import { type CredentialSource, createAwsObjectStore } from './aws-object-store.ts'
import type { Connections } from './connections.ts'
import type { ObjectStore } from './object-store.ts'

/** The store of a grant, chosen by what kind of permission the broker gave. */
export function storeFor(
  destination: Destination,
  credentials: CredentialSource,
  connections: Connections,
): ObjectStore {
  switch (destination.kind) {
    case 'federation_token':
      return createAwsObjectStore(destination, credentials, connections)
  }
}
