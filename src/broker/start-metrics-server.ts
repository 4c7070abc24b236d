import Fastify from 'fastify'
import type { Metrics } from './metrics.ts'
import { addMetricsRoute } from './routes/operating.ts'

/** Serves `/metrics` and nothing else at a port of its own. Rejects where the port is taken. */
export const startMetricsServer = async (
  metrics: Metrics,
  address: { readonly host: string; readonly port: number },
): Promise<{ readonly url: string; readonly close: () => Promise<void> }> => {
  const app = Fastify()
  addMetricsRoute(app, metrics)
  return { url: await app.listen(address), close: () => app.close() }
}
