import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { ErrorAnswer, S3Error } from '../s3-error.ts'
import type { Answer } from './answer.ts'
import { type ReceivedRequest, receiveRequest } from './received-request.ts'
import { writeXml } from './xml.ts'

function errorAnswer(error: unknown, resource: string, requestId: string): Answer {
  const known = error instanceof ErrorAnswer ? error : new S3Error('InternalError', 'We encountered an internal error.')
  if (known !== error) console.error(error)
  const { status, code, message, details, headers } = known
  if (code === 'NotModified') return { status, headers: {}, body: '' }
  const content = { Code: code, Message: message, ...details, Resource: resource, RequestId: requestId }
  return { status, headers: { 'content-type': 'application/xml', ...headers }, body: writeXml('Error', null, content) }
}

/**
 * Sends what `serve` answers, or the XML of the ErrorAnswer it throws; anything else it throws is an InternalError. The
 * answer is dated by `now`: clients correct their clocks by it.
 */
export async function answerRequest(
  message: IncomingMessage,
  response: ServerResponse,
  serve: (request: ReceivedRequest) => Promise<Answer>,
  now: () => number,
): Promise<void> {
  const requestId = randomUUID()
  let answer: Answer
  try {
    answer = await serve(receiveRequest(message, response))
  } catch (error) {
    // an AbortError: the emulator is closing, and with it every connection
    if (response.destroyed || (error as Error).name === 'AbortError') return
    answer = errorAnswer(error, message.url ?? '', requestId)
  }
  // Whoever waited to be invited and was refused may send the body or not: this connection cannot be used again.
  if (message.headers.expect !== undefined && !message.readableDidRead) response.setHeader('connection', 'close')
  try {
    const dated = { 'x-amz-request-id': requestId, date: new Date(now()).toUTCString(), ...answer.headers }
    await send(response, { ...answer, headers: dated }, message.method === 'HEAD')
  } catch {
    // A body that broke off after the status was sent can only be told by cutting the connection.
    response.destroy()
  }
  // What a refused request still sends is read and forgotten, so that its connection can be used again.
  message.resume()
}

async function send(response: ServerResponse, answer: Answer, head: boolean): Promise<void> {
  const { headers } = answer
  if (typeof answer.body !== 'string') {
    response.writeHead(answer.status, headers)
    await pipeline(Readable.from(answer.body, { objectMode: false }), response)
    return
  }
  const bytes = Buffer.from(head ? '' : answer.body)
  const length = head || [204, 304].includes(answer.status) ? {} : { 'content-length': String(bytes.length) }
  response.writeHead(answer.status, { ...length, ...headers })
  response.end(bytes)
}
