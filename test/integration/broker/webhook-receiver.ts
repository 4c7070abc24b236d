import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { Webhook } from 'standardwebhooks'

export const secret = `whsec_${Buffer.from('a secret of 32 bytes for webhook').toString('base64')}`

/** What came, as the standardwebhooks library lets it through. */
type Received = {
  readonly id: string
  readonly event: { readonly data: Record<string, unknown> } & Record<string, unknown>
}
type Answer = (response: ServerResponse) => void

const taken: Answer = (response) => response.writeHead(204).end()

/** Somebody on loopback who is told, and answers call after call as `answers` say, then always with the last one. */
export const webhookReceiver = async (answers: readonly Answer[] = [taken]) => {
  const received: Received[] = []
  const refused: unknown[] = []
  let calls = 0
  const server = createServer(async (request, response) => {
    const answer = answers[Math.min(calls, answers.length - 1)]
    calls += 1
    const body = await buffer(request)
    try {
      const event = new Webhook(secret).verify(body, request.headers as Record<string, string>) as Received['event']
      received.push({ id: String(request.headers['webhook-id']), event })
    } catch (error) {
      refused.push(error)
    }
    answer?.(response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/told?key=of-the-receiver`,
    received,
    refused,
    calls: () => calls,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export const answers = {
  taken,
  failure: (response: ServerResponse) => response.writeHead(500).end('not now'),
  gone: (response: ServerResponse) => response.writeHead(410).end(),
  hanging: () => {},
  redirectTo: (location: string) => (response: ServerResponse) => response.writeHead(307, { location }).end(),
}
