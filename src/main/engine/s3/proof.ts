import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import type { Verification } from '../../../shared/transfer.ts'
import type { CompletedPart } from './object-store.ts'

/** Between two pieces of this size (about 2 ms of MD5) everything else gets its turn. */
const pieceBytes = 1024 * 1024

/** The MD5 of a Buffer that may be large. */
export async function md5Of(bytes: Buffer): Promise<Buffer> {
  const hash = createHash('md5')
  for (let offset = 0; offset < bytes.length; offset += pieceBytes) {
    hash.update(bytes.subarray(offset, offset + pieceBytes))
    await setImmediate()
  }
  return hash.digest()
}

/** The ETag that S3 gives to an object of these parts where no part is encrypted with a key of its own: the MD5 of their MD5s. */
export function etagOfParts(parts: readonly { readonly etag: string }[]): string {
  const hash = createHash('md5')
  for (const { etag } of parts) hash.update(Buffer.from(etag, 'hex'))
  return `${hash.digest('hex')}-${parts.length}`
}

/** What the answer to Complete shows; null: that another object was stored. `etagsAreMd5`: see the store. */
export function verificationOfParts(
  answer: { readonly etag: string; readonly crc32: string | null },
  parts: readonly CompletedPart[],
  crc32: string,
  etagsAreMd5: boolean,
): Verification | null {
  if (answer.crc32 !== null) return answer.crc32 === crc32 ? 'checksum' : null
  const areProven = etagsAreMd5 && parts.every(({ proof }) => proof !== 'none')
  return areProven && answer.etag === etagOfParts(parts) ? 'md5_of_parts' : 'size'
}
