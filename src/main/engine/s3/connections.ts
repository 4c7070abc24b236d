import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { RateLimit } from './rate-limit.ts'

const connectTimeout = 10_000
/** Silence in both directions that ends a request (ms). */
const silence = 30_000
/** Complete joins the parts before it answers and may take minutes. */
const completeSilence = 15 * 60_000

/** What all stores share: sockets, kept alive, and the limit of what they send; `patient` waits for Complete. */
export type Connections = {
  readonly usual: NodeHttpHandler
  readonly patient: NodeHttpHandler
  readonly rateLimit: RateLimit
  /** Cuts all sockets: what is on the wire fails at once, and what comes next connects anew. */
  cut(): void
}

export function createConnections(): Connections {
  const httpAgent = new HttpAgent({ keepAlive: true })
  const httpsAgent = new HttpsAgent({ keepAlive: true })
  const handler = (socketTimeout: number) =>
    new NodeHttpHandler({ httpAgent, httpsAgent, connectionTimeout: connectTimeout, socketTimeout })
  return {
    usual: handler(silence),
    patient: handler(completeSilence),
    rateLimit: new RateLimit(() => performance.now()),
    cut() {
      httpAgent.destroy()
      httpsAgent.destroy()
    },
  }
}
