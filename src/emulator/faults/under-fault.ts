import { setTimeout as delay } from 'node:timers/promises'
import { startPace } from '../body/pace.ts'
import { ErrorAnswer, statusOf } from '../s3-error.ts'
import type { Answer } from '../wire/answer.ts'
import type { ReceivedRequest } from '../wire/received-request.ts'
import { writeXml } from '../wire/xml.ts'
import type { Hit } from './active-rule.ts'

const message = 'The switchboard was told to answer this.'

/** Does an operation's work as the fault wants it. Throws what the work throws, the error ordered, or once the connection is gone. */
export async function underFault(
  hit: Hit,
  request: ReceivedRequest,
  forgetUpload: () => void,
  work: (request: ReceivedRequest) => Promise<Answer>,
): Promise<Answer> {
  const { fault } = hit
  if (fault.kind !== 'hold') hit.begin()
  switch (fault.kind) {
    case 'delay':
      await delay(fault.ms, undefined, { signal: request.gone })
      return work(request)
    case 'rate': {
      const pace = startPace(fault.bytesPerSecond, request.gone)
      return work({ ...request, bytes: () => paced(request.bytes(), pace) })
    }
    case 'drop':
      await take(request, fault.afterBytes)
      return request.cut('end')
    case 'reset':
      return request.cut('reset')
    case 'error':
      throw new ErrorAnswer(fault.status ?? statusOf(fault.code) ?? 400, fault.code, message, {
        headers: fault.retryAfter === undefined ? {} : { 'retry-after': String(fault.retryAfter) },
      })
    case 'errorInBody':
      if (fault.afterWork) await work(request)
      return {
        status: 200,
        headers: { 'content-type': 'application/xml' },
        body: writeXml('Error', null, { Code: fault.code, Message: message }),
      }
    case 'loseAnswer':
      await work(request).catch(unlessItIsNoAnswer)
      return request.cut('end')
    case 'hold': {
      if (fault.when === 'after') return work(request).finally(() => hit.hold(request.gone))
      const body = await take(request, Number.POSITIVE_INFINITY)
      await hit.hold(request.gone)
      return work({ ...request, bytes: () => given(body) })
    }
    case 'corrupt':
      return work({ ...request, bytes: () => corrupted(request.bytes(), fault.atByte) })
    case 'forgetUpload':
      forgetUpload()
      return work(request)
  }
}

function unlessItIsNoAnswer(error: unknown): void {
  if (!(error instanceof ErrorAnswer)) throw error
}

/** The body's pieces, until there are so many bytes. */
async function take(request: ReceivedRequest, atLeast: number): Promise<Uint8Array[]> {
  const pieces: Uint8Array[] = []
  let size = 0
  if (atLeast === 0) return pieces
  for await (const piece of request.bytes()) {
    pieces.push(piece)
    size += piece.length
    if (size >= atLeast) break
  }
  return pieces
}

async function* given(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces
}

async function* paced(
  bytes: AsyncIterable<Uint8Array>,
  pace: (bytes: number) => Promise<void>,
): AsyncGenerator<Uint8Array> {
  for await (const piece of bytes) {
    await pace(piece.length)
    yield piece
  }
}

async function* corrupted(bytes: AsyncIterable<Uint8Array>, atByte: number): AsyncGenerator<Uint8Array> {
  let offset = 0
  for await (const piece of bytes) {
    const index = atByte - offset
    offset += piece.length
    yield index >= 0 && index < piece.length ? piece.with(index, (piece[index] ?? 0) ^ 1) : piece
  }
}
