import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import { S3Error } from '../s3-error.ts'

/** A request as it came: the path still percent-encoded, header names in lower case, repeated headers joined by a comma. */
export type ReceivedRequest = {
  readonly method: string
  readonly path: string
  /** Decoded, in the order sent. */
  readonly query: readonly (readonly [name: string, value: string])[]
  readonly headers: Readonly<Record<string, string>>
  /** The body. Call `invite` first: a client that said `Expect: 100-continue` waits for it. */
  readonly stream: Readable
  readonly invite: () => void
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
  return {
    method: message.method ?? 'GET',
    path: (question === -1 ? target : target.slice(0, question)) || '/',
    query: question === -1 ? [] : parsePairs(target.slice(question + 1)),
    headers: Object.fromEntries(
      Object.entries(message.headersDistinct).map(([name, values]) => [name, (values ?? []).join(',')]),
    ),
    stream: message,
    invite: () => {
      if (waits) response.writeContinue()
    },
  }
}

/** The first parameter of this name in the query. */
export const parameter = (request: ReceivedRequest, name: string): string | undefined =>
  request.query.find(([candidate]) => candidate === name)?.[1]
