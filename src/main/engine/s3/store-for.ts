import type { Destination } from '../../../shared/broker-api.ts'
import type { StoreTools } from './aws-client.ts'
import { createAwsObjectStore } from './aws-object-store.ts'
import type { ObjectStore } from './object-store.ts'

/** The store of a grant, chosen by what kind of permission the broker gave. */
export function storeFor(destination: Destination, tools: StoreTools): ObjectStore {
  switch (destination.kind) {
    case 'federation_token':
    case 'assumed_role':
      return createAwsObjectStore(destination, tools)
  }
}
