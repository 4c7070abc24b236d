import { createHash } from 'node:crypto'
import { type BodySigning, sameSignature, sha256Hex, signText } from '../access/signature.ts'
import { S3Error } from '../s3-error.ts'

const emptyHash = sha256Hex('')
const longestLine = 16_384

const incomplete = () =>
  new S3Error('IncompleteBody', 'The request body terminated unexpectedly or is not valid aws-chunked encoding.')
const forged = () =>
  new S3Error(
    'SignatureDoesNotMatch',
    'The signature of a chunk, or of the trailer, does not match the one calculated.',
  )

type Reader = ReturnType<typeof startReader>

/** Reads lines and runs of bytes from a stream of pieces, keeping no more than one piece. */
function startReader(source: AsyncIterable<Uint8Array>) {
  const pieces = source[Symbol.asyncIterator]()
  let rest: Buffer = Buffer.alloc(0)
  const fill = async (): Promise<boolean> => {
    const next = await pieces.next()
    if (next.done) return false
    const piece = Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength)
    rest = rest.length === 0 ? piece : Buffer.concat([rest, piece])
    return true
  }
  return {
    async line(): Promise<string> {
      let end = rest.indexOf('\r\n')
      while (end === -1) {
        if (rest.length > longestLine || !(await fill())) throw incomplete()
        end = rest.indexOf('\r\n')
      }
      const line = rest.toString('latin1', 0, end)
      rest = rest.subarray(end + 2)
      return line
    },
    /** At least one byte and at most so many. */
    async some(most: number): Promise<Buffer> {
      while (rest.length === 0) if (!(await fill())) throw incomplete()
      const taken = rest.subarray(0, most)
      rest = rest.subarray(taken.length)
      return taken
    },
    async ended(): Promise<boolean> {
      while (rest.length === 0) if (!(await fill())) return true
      return false
    },
    close: async () => void (await pieces.return?.()),
  }
}

/**
 * Takes the aws-chunked framing off a body ("Signature calculations: transferring payload in multiple chunks" in the S3 API
 * reference). With `signing`, each chunk's and the trailer's signature is verified. The trailer's headers are given to
 * `onTrailer` at the end. Bytes are yielded before their chunk is verified: use none of them until the end came without
 * an error (IncompleteBody, SignatureDoesNotMatch, MalformedTrailerError).
 */
export async function* decodeAwsChunked(
  source: AsyncIterable<Uint8Array>,
  options: {
    readonly signing: BodySigning | null
    readonly hasTrailer: boolean
    readonly onTrailer: (headers: Readonly<Record<string, string>>) => void
  },
): AsyncGenerator<Uint8Array> {
  const reader = startReader(source)
  try {
    const lastSignature = yield* readChunks(reader, options.signing)
    if (options.hasTrailer) options.onTrailer(await readTrailer(reader, options.signing, lastSignature))
    else if ((await reader.line()) !== '') throw incomplete()
    if (!(await reader.ended())) throw incomplete()
  } finally {
    await reader.close()
  }
}

/** Yields the chunks' bytes and returns the last chunk's signature. */
async function* readChunks(reader: Reader, signing: BodySigning | null): AsyncGenerator<Uint8Array, string> {
  let previous = signing?.seed ?? ''
  for (;;) {
    const [, length = '', signature = ''] =
      /^([0-9a-f]{1,12})(?:;chunk-signature=([0-9a-f]{64}))?$/i.exec(await reader.line()) ?? []
    if (length === '') throw incomplete()
    const hash = createHash('sha256')
    let left = Number.parseInt(length, 16)
    const last = left === 0
    while (left > 0) {
      const bytes = await reader.some(left)
      left -= bytes.length
      if (signing !== null) hash.update(bytes)
      yield bytes
    }
    if (signing !== null) {
      const expected = signText(
        signing.key,
        ['AWS4-HMAC-SHA256-PAYLOAD', signing.time, signing.scope, previous, emptyHash, hash.digest('hex')].join('\n'),
      )
      if (!sameSignature(expected, signature)) throw forged()
      previous = expected
    }
    if (last) return previous
    if ((await reader.line()) !== '') throw incomplete()
  }
}

async function readTrailer(
  reader: Reader,
  signing: BodySigning | null,
  previous: string,
): Promise<Readonly<Record<string, string>>> {
  const headers: Record<string, string> = {}
  let signature = ''
  for (let line = await reader.line(); line !== ''; line = await reader.line()) {
    const [, name = '', value = ''] = /^([^:\s]+):(.*)$/.exec(line.trim()) ?? []
    if (name === '')
      throw new S3Error('MalformedTrailerError', 'The request contained trailing data that was not well-formed.')
    if (name.toLowerCase() === 'x-amz-trailer-signature') signature = value.trim()
    else headers[name.toLowerCase()] = value.trim()
    if (await reader.ended()) break
  }
  if (signing !== null) {
    const canonical = Object.entries(headers)
      .map(([name, value]) => `${name}:${value}\n`)
      .join('')
    const text = ['AWS4-HMAC-SHA256-TRAILER', signing.time, signing.scope, previous, sha256Hex(canonical)].join('\n')
    if (!sameSignature(signText(signing.key, text), signature)) throw forged()
  }
  return headers
}
