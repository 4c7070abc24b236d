import { Readable } from 'node:stream'
import type { MetadataBearer, Pluggable } from '@smithy/types'

/** Bytes a slice; 64 to 256 KiB measured 8 % over one write, and save 90 MB of memory over TLS. */
const sliceBytes = 128 * 1024

/**
 * Lets the SDK keep a Buffer as the body, so that it computes the length and repeats the request, and writes it to the
 * socket in slices: at the step next to the handler each attempt's body becomes a stream of them. `onSent` hears how
 * many bytes of the attempt were taken.
 */
export function sendInSlices<Input extends object, Output extends MetadataBearer>(
  bytes: Buffer,
  onSent: (bytes: number) => void,
): Pluggable<Input, Output> {
  return {
    applyToStack(stack) {
      stack.add(
        (following) => (args) => {
          const request = args.request as { body?: unknown }
          if (request.body instanceof Uint8Array && request.body.length > 0) {
            request.body = Readable.from(slices(bytes, onSent), { objectMode: false, highWaterMark: sliceBytes })
          }
          return following(args)
        },
        { step: 'deserialize', name: 'sendInSlices', priority: 'low' },
      )
    },
  }
}

function* slices(bytes: Buffer, onSent: (bytes: number) => void): Generator<Buffer> {
  onSent(0)
  for (let offset = 0; offset < bytes.length; offset += sliceBytes) {
    yield bytes.subarray(offset, offset + sliceBytes)
    onSent(Math.min(offset + sliceBytes, bytes.length))
  }
}
