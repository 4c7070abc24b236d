import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { NodeHttpHandler } from '@smithy/node-http-handler'

const connectTimeout = 10_000
/** Silence in both directions that ends a request (ms). */
const silence = 30_000
/** Complete joins the parts before it answers and may take minutes. */
const completeSilence = 15 * 60_000

/** The sockets that all stores share, kept alive; `patient` waits for Complete. */
export type Connections = { readonly usual: NodeHttpHandler; readonly patient: NodeHttpHandler; close(): void }

export function createConnections(): Connections {
  const httpAgent = new HttpAgent({ keepAlive: true })
  const httpsAgent = new HttpsAgent({ keepAlive: true })
  const handler = (socketTimeout: number) =>
    new NodeHttpHandler({ httpAgent, httpsAgent, connectionTimeout: connectTimeout, socketTimeout })
  return {
    usual: handler(silence),
    patient: handler(completeSilence),
    close() {
      httpAgent.destroy()
      httpsAgent.destroy()
    },
  }
}
