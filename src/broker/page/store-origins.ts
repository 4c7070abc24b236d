import type { BrokerSettings } from '../config/config.ts'
import type { StoreClientsByRegion } from '../kinds/signed/store-clients.ts'

/** The origins to which signed requests go, as the SDK resolves them: of each bucket that a grant can be for. */
export const storeOrigins = ({ store }: BrokerSettings, clients: StoreClientsByRegion): readonly string[] => {
  const buckets = store.multiRegion?.buckets ?? [store]
  const publicEndpoint = store.publicEndpoint ?? store.endpoint
  const origins = buckets.map(({ bucket, region }) => {
    const { url } = clients.of(region).signer.config.endpointProvider({
      Bucket: bucket,
      Region: region,
      UseArnRegion: true,
      ForcePathStyle: store.addressing === 'path',
      Accelerate: store.accelerate,
      UseDualStack: store.dualStack,
      ...(publicEndpoint && { Endpoint: publicEndpoint }),
    })
    return url.origin
  })
  return [...new Set(origins)]
}
