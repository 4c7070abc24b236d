import type { IncomingHttpHeaders } from 'node:http'
import { onTestFinished } from 'vitest'
import type { CredentialSource, StoreCredentials, StoreTools } from '../../../../../src/main/engine/s3/aws-client.ts'
import type { Capability } from '../../../../../src/main/engine/s3/capabilities.ts'
import { createConnections } from '../../../../../src/main/engine/s3/connections.ts'
import { ok, type Result, type ServerFailure } from '../../../../../src/shared/failure.ts'
import { destination } from '../../../../support/builders.ts'
import { bodyOf, localServer } from '../../../../support/local-server.ts'

export type Received = {
  readonly method: string
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  readonly body: string
  /** Of the connection that it came by. */
  readonly port: number
  /** Whose credentials signed it. */
  readonly keyId: string
}

export type Answer = {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** Null: the connection breaks without an answer. */
type Answering = (request: Received) => Answer | null | Promise<Answer | null>

export const credentials = (accessKeyId: string, clockOffset = 0): StoreCredentials => ({
  accessKeyId,
  secretAccessKey: 'secret',
  sessionToken: 'session',
  clockOffset,
})

export const errorAnswer = (status: number, code: string): Answer => ({
  status,
  body: `<?xml version="1.0"?><Error><Code>${code}</Code><Message>m</Message></Error>`,
})

/**
 * A store on this machine that answers as the test says, and the tools of one grant for it. `current` and `renewed` are its
 * credentials before and after a renewal; `refused` names those that were given back; `leave`: the person has left.
 */
export async function scriptedStore(
  answer: Answering,
  {
    current = ok(credentials('first')),
    renewed = ok(credentials('second')),
    known = {},
  }: {
    current?: Result<StoreCredentials, ServerFailure>
    renewed?: Result<StoreCredentials, ServerFailure>
    known?: Partial<Record<Capability, boolean>>
  } = {},
) {
  const received: Received[] = []
  const refused: string[] = []
  const answers = { count: 0 }
  const capabilities = new Map(Object.entries(known) as [Capability, boolean][])
  const endpoint = await localServer(async (request, response) => {
    const { method = '', url = '', headers, socket } = request
    const [, keyId = ''] = /Credential=([^/]+)/.exec(headers.authorization ?? '') ?? []
    const { searchParams: query } = new URL(url, 'http://store')
    const asked = { method, query, headers, body: await bodyOf(request), port: socket.remotePort ?? 0, keyId }
    received.push(asked)
    const given = await answer(asked)
    if (given === null) socket.destroy()
    else response.writeHead(given.status, given.headers).end(given.body)
  })
  const person = new AbortController()
  const connections = createConnections()
  onTestFinished(connections.cut)
  const source: CredentialSource = {
    current: async () => current,
    renew: async ({ accessKeyId }) => {
      refused.push(accessKeyId)
      return renewed
    },
  }
  const tools: StoreTools = {
    now: Date.now,
    connections,
    capabilities: {
      known: (capability) => capabilities.get(capability) ?? null,
      learned: (capability, supported) => void capabilities.set(capability, supported),
    },
    left: person.signal,
    onAnswer: () => {
      answers.count += 1
    },
  }
  const place = destination({ endpoint, addressing: 'path' })
  return { place, tools, source, received, refused, answers, capabilities, leave: () => person.abort() }
}
