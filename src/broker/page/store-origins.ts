import type { BrokerSettings } from '../config/config.ts'
import { placesOf } from '../config/store.ts'
import type { StoreClientsByRegion } from '../kinds/signed/store-clients.ts'

/** The origins to which signed requests go, as the SDK resolves them: of each bucket that a grant can be for. */
export const storeOrigins = ({ store }: BrokerSettings, clients: StoreClientsByRegion): readonly string[] => {
  const origins = placesOf(store).map(({ bucket, region }) => {
    const { url } = clients.of(region).signer.config.endpointProvider({
      Bucket: bucket,
      Region: region,
      UseArnRegion: true,
      ForcePathStyle: store.addressing === 'path',
      Accelerate: store.accelerate,
      UseDualStack: store.dualStack,
      ...(store.publicEndpoint && { Endpoint: store.publicEndpoint }),
    })
    return url.origin
  })
  return [...new Set(origins)]
}
