import type { Destination } from '../../shared/broker-api.ts'
import { GrantCredentials } from './broker/credentials.ts'
import type { StoreTools } from './s3/aws-client.ts'
import { createAwsObjectStore } from './s3/aws-object-store.ts'
import { createPresignedObjectStore } from './s3/presigned-object-store.ts'
import type { OpenStore } from './transfers/permissions.ts'

/** Opens the store of a grant by what kind of permission the broker gave, with the tools for its destination. */
export const openStoreWith =
  (toolsFor: (destination: Destination) => StoreTools): OpenStore =>
  (destination, first, grant) => {
    const tools = toolsFor(destination)
    switch (destination.kind) {
      case 'federation_token':
      case 'assumed_role': {
        const credentials = new GrantCredentials(grant.renew, tools.now)
        if (first !== null) credentials.adopt(first)
        return { store: createAwsObjectStore(destination, tools, credentials), isReady: () => credentials.isReady() }
      }
      case 'single_request':
      case 'presigned_multipart':
        return {
          store: createPresignedObjectStore(destination, tools, grant, first?.askedAt ?? null),
          isReady: () => false,
        }
    }
  }
