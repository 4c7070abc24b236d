import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import type { MetadataBearer, Pluggable } from '@smithy/types'
import type { RateLimit } from './rate-limit.ts'

/** Bytes a slice; 64 to 256 KiB measured 8 % over one write, and save 90 MB of memory over TLS. */
const sliceBytes = 128 * 1024

/**
 * Lets the SDK keep a Buffer as the body, so that it computes the length and repeats the request, and writes it to the
 * socket in slices, each as large as the rate limit lets it: at the step next to the handler each attempt's body becomes
 * a stream of them. `onSent` hears how many bytes of the attempt were taken. Whatever ends the request ends the stream.
 */
export function sendInSlices<Input extends object, Output extends MetadataBearer>(
  bytes: Buffer,
  onSent: (bytes: number) => void,
  rateLimit: RateLimit,
): Pluggable<Input, Output> {
  return {
    applyToStack(stack) {
      stack.add(
        (following) => async (args) => {
          const request = args.request as { body?: unknown }
          if (!(request.body instanceof Uint8Array) || request.body.length === 0) return following(args)
          const ended = new AbortController()
          const body = Readable.from(slices(bytes, onSent, rateLimit, ended.signal), {
            objectMode: false,
            highWaterMark: sliceBytes,
          })
          request.body = body
          try {
            const answer = await following(args)
            if (!body.readableEnded) closeAfter(answer.response)
            return answer
          } finally {
            body.destroy()
            ended.abort()
          }
        },
        { step: 'deserialize', name: 'sendInSlices', priority: 'low' },
      )
    },
  }
}

/** A connection whose request was answered before all of it was sent can serve no other one. */
function closeAfter(response: unknown): void {
  const { body } = response as { readonly body: IncomingMessage }
  body.once('end', () => body.socket.destroy())
}

async function* slices(
  bytes: Buffer,
  onSent: (bytes: number) => void,
  rateLimit: RateLimit,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  onSent(0)
  for (let offset = 0; offset < bytes.length; onSent(offset)) {
    const taken = await rateLimit.take(Math.min(sliceBytes, bytes.length - offset), signal)
    yield bytes.subarray(offset, offset + taken)
    offset += taken
  }
}
