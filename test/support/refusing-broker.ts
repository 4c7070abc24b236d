import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Problem } from '../../src/shared/broker-api.ts'

/** Stands before a broker and refuses renewals in its place. */
export type RefusingBroker = AsyncDisposable & {
  /** Its own address, once it stands before the broker at `url`. */
  before(url: string): Promise<string>
  /** How each renewal is refused from now on; null: not any more. */
  refuse(code: Problem['code'] | null): void
  /** Renewals that were refused. */
  refused(): number
}

/** Starts one on a free port of this machine. */
export async function startRefusingBroker(): Promise<RefusingBroker> {
  let target = ''
  let code: Problem['code'] | null = null
  let refused = 0
  const server = createServer(async (request, response) => {
    const pieces: Buffer[] = []
    for await (const piece of request) pieces.push(piece)
    if (code !== null && request.url === '/v1/grants/renew') {
      refused += 1
      const problem: Problem = { type: `urn:longshore:problem:${code}`, title: code, status: 403, code }
      response.writeHead(403, { 'content-type': 'application/problem+json' }).end(JSON.stringify(problem))
      return
    }
    try {
      const { authorization = '', 'content-type': type } = request.headers
      const answer = await fetch(`${target}${request.url}`, {
        method: request.method ?? 'GET',
        headers: { authorization, ...(type && { 'content-type': type }) },
        ...(pieces.length > 0 && { body: Buffer.concat(pieces) }),
      })
      response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' })
      response.end(await answer.text())
    } catch {
      response.destroy()
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    async before(url) {
      target = url
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    },
    refuse(wanted) {
      code = wanted
    },
    refused: () => refused,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
