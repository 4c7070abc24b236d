import { setTimeout } from 'node:timers/promises'
import { HttpRequest, type HttpResponse } from '@smithy/core/protocols'
import { getRetryAfterHint, isServerError, isThrottlingError, isTransientError } from '@smithy/core/retry'
import type { RetryErrorType, SdkError, StandardRetryToken } from '@smithy/types'
import { XMLParser } from 'fast-xml-parser'
import type { SignedRequest } from '../../../shared/broker-uploads.ts'
import type { Connections } from './connections.ts'
import { HeedRetryAfter } from './heed-retry-after.ts'
import { multipartForm } from './multipart-form.ts'
import type { Body } from './object-store.ts'
import { inSlices, type SlicedBody } from './send-in-slices.ts'

/** What a store answers to bytes, in bytes: an error in XML, or nothing. */
const largestAnswer = 64 * 1024

/** What the store said of the bytes; null: nothing. */
export type SentAnswer = {
  readonly etag: string | null
  readonly crc32: string | null
  readonly versionId: string | null
}
type Content = Pick<Body, 'bytes' | 'onSent'>

/**
 * Sends bytes by a request that the broker signed, as the SDK would: the store's trouble is waited out a few times within the call.
 * Throws errors as the SDK has them, for `classify`, and an AbortError when aborted.
 */
export function signedSender({ usual, rateLimit }: Connections) {
  const retries = new HeedRetryAfter()

  async function attempt(request: SignedRequest, content: Content, abortSignal: AbortSignal): Promise<SentAnswer> {
    const { headers, ...sliced } = requestParts(request, content)
    const { protocol, hostname, port, pathname, search } = new URL(request.url)
    const send = (body: unknown) =>
      usual.handle(
        new HttpRequest({
          ...{ protocol, hostname, method: request.method, headers, body },
          ...(port !== '' && { port: Number(port) }),
          path: pathname + search,
        }),
        { abortSignal },
      )
    const isEmpty = headers['content-length'] === '0'
    const { response } = await (isEmpty ? send(undefined) : inSlices(sliced, rateLimit, send))
    const text = await readText(response.body)
    if (response.statusCode < 200 || response.statusCode >= 300) throw refusal(response, text)
    return answerOf(response.headers, text)
  }

  return async (request: SignedRequest, content: Content, signal: AbortSignal): Promise<SentAnswer> => {
    let token: StandardRetryToken = await retries.acquireInitialRetryToken('signed')
    for (;;) {
      try {
        const answer = await attempt(request, content, signal)
        retries.recordSuccess(token)
        return answer
      } catch (error) {
        signal.throwIfAborted()
        token = await retries.refreshRetryTokenForRetry(token, errorInfo(error as SdkError)).catch(() => {
          throw error
        })
        await setTimeout(token.getRetryDelay(), null, { signal })
      }
    }
  }
}

/** What is to be sent, and its headers: those that were signed, and the length. */
function requestParts(
  request: SignedRequest,
  { bytes, onSent }: Content,
): SlicedBody & { readonly headers: Record<string, string> } {
  switch (request.method) {
    case 'PUT':
      return { bytes, onSent, headers: { ...request.headers, 'content-length': String(bytes.length) } }
    case 'POST': {
      const { contentType, before, after } = multipartForm(request.fields)
      const length = before.length + bytes.length + after.length
      const headers = { 'content-type': contentType, 'content-length': String(length) }
      return { before, bytes, after, onSent, headers }
    }
  }
}

/** A sender of more than any store answers is not read to its end; its connection serves no other request. */
async function readText(body: AsyncIterable<Uint8Array>): Promise<string> {
  const pieces: Uint8Array[] = []
  let length = 0
  for await (const piece of body) {
    length += piece.byteLength
    if (length > largestAnswer) break
    pieces.push(piece)
  }
  return Buffer.concat(pieces).toString('utf8')
}

/** The answer to a form tells the ETag in a document, on some stores only there. */
const answerOf = (headers: Readonly<Record<string, string>>, text: string): SentAnswer => ({
  etag: headers.etag ?? textAt(text, 'PostResponse', 'ETag'),
  crc32: headers['x-amz-checksum-crc32'] ?? null,
  versionId: headers['x-amz-version-id'] ?? null,
})

/** As the SDK has it; a signature whose time is over, for which S3 has no code of its own, is RequestExpired. */
function refusal({ statusCode, headers }: Pick<HttpResponse, 'statusCode' | 'headers'>, text: string): Error {
  const code = textAt(text, 'Error', 'Code') ?? 'UnknownError'
  const isOver = code === 'AccessDenied' && saysExpired.test(textAt(text, 'Error', 'Message') ?? '')
  return Object.assign(new Error('the store refused'), {
    name: isOver ? 'RequestExpired' : code,
    $metadata: { httpStatusCode: statusCode },
    $response: { statusCode, headers },
  })
}

/** "Request has expired" of a URL, "Invalid according to Policy: Policy expired." of a form. */
const saysExpired = /\b(request has|policy) expired\b/i

/** The text of an element in a document of XML; null where it is not there. */
function textAt(document: string, root: string, element: string): string | null {
  try {
    const text: unknown = new XMLParser({ parseTagValue: false }).parse(document)?.[root]?.[element]
    return typeof text === 'string' && text !== '' ? text : null
  } catch {
    return null
  }
}

function errorInfo(error: SdkError) {
  const retryAfterHint = getRetryAfterHint(error.$response)
  return { error, errorType: typeOf(error), ...(retryAfterHint !== undefined && { retryAfterHint }) }
}

function typeOf(error: SdkError): RetryErrorType {
  if (isThrottlingError(error)) return 'THROTTLING'
  if (isTransientError(error)) return 'TRANSIENT'
  return isServerError(error) ? 'SERVER_ERROR' : 'CLIENT_ERROR'
}
