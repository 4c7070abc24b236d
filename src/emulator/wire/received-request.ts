import type { IncomingMessage, ServerResponse } from 'node:http'
import { S3Error } from '../s3-error.ts'

/** A request as it came: the path still percent-encoded, header names in lower case, repeated headers joined by a comma. */
export type ReceivedRequest = {
  readonly method: string
  readonly path: string
  /** The client's IP address; absent once it has gone. */
  readonly remoteAddress?: string | undefined
  /** Decoded, in the order sent. */
  readonly query: readonly (readonly [name: string, value: string])[]
  readonly headers: Readonly<Record<string, string>>
  /** The body, to be read once. To ask for it invites a client that said `Expect: 100-continue` to send it. */
  readonly bytes: () => AsyncIterable<Uint8Array>
  /** Aborted once the connection has ended before the answer did. */
  readonly gone: AbortSignal
  /** Ends the connection without an answer, orderly or by a TCP reset, and throws. */
  readonly cut: (how: 'end' | 'reset') => never
}

/** Percent-decoding as S3 does it: a broken escape or anything but UTF-8 is InvalidURI. */
export function decodeUri(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new S3Error('InvalidURI', "Couldn't parse the specified URI.")
  }
}

/** Name and value pairs of a query string or a form body, where `+` is a space. */
export function parsePairs(text: string): [name: string, value: string][] {
  return text
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const plain = pair.replaceAll('+', ' ')
      const equals = plain.indexOf('=')
      return equals === -1
        ? [decodeUri(plain), '']
        : [decodeUri(plain.slice(0, equals)), decodeUri(plain.slice(equals + 1))]
    })
}

/** Reads no byte of the body. Throws InvalidURI. No URL class here: it would resolve the `..` of a key. */
export function receiveRequest(message: IncomingMessage, response: ServerResponse): ReceivedRequest {
  const target = (message.url ?? '/').replace(/^https?:\/\/[^/?]*/i, '')
  const question = target.indexOf('?')
  const waits = message.headers.expect?.toLowerCase() === '100-continue'
  const gone = new AbortController()
  response.once('close', () => {
    if (!response.writableFinished) gone.abort()
  })
  return {
    method: message.method ?? 'GET',
    remoteAddress: message.socket.remoteAddress,
    path: (question === -1 ? target : target.slice(0, question)) || '/',
    query: question === -1 ? [] : parsePairs(target.slice(question + 1)),
    headers: Object.fromEntries(
      Object.entries(message.headersDistinct).map(([name, values]) => [name, (values ?? []).join(',')]),
    ),
    bytes: () => {
      if (waits) response.writeContinue()
      // The connection outlives a body that is refused half-way: the answer still has to be sent over it.
      return message.iterator({ destroyOnReturn: false })
    },
    gone: gone.signal,
    cut: (how) => {
      gone.abort()
      if (how === 'reset') message.socket.resetAndDestroy()
      response.destroy()
      throw gone.signal.reason
    },
  }
}

/** The first parameter of this name in the query. */
export const parameter = (request: ReceivedRequest, name: string): string | undefined =>
  request.query.find(([candidate]) => candidate === name)?.[1]
