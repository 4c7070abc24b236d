import { createHash } from 'node:crypto'
import { expect } from 'vitest'
import { createAwsObjectStore } from '../../../../../src/main/engine/s3/aws-object-store.ts'
import type { Capability } from '../../../../../src/main/engine/s3/capabilities.ts'
import type { CompletedPart } from '../../../../../src/main/engine/s3/object-store.ts'
import { etagOfParts } from '../../../../../src/main/engine/s3/proof.ts'
import { crc32Of } from '../../../../../src/main/engine/transfers/crc32.ts'
import type { Destination } from '../../../../../src/shared/broker-api.ts'
import { type Answer, type Received, scriptedStore } from './scripted-store.ts'

/** What is sent, and where to. */
export const ever = new AbortController().signal
export const bytes = Buffer.alloc(300_000, 'part ')
export const crc32 = crc32Of(bytes)
export const md5 = createHash('md5').update(bytes).digest()
export const body = { bytes, crc32, onSent: () => undefined }
export const upload = { key: 'drops/1/a', uploadId: 'u' }
export const part = { ...upload, partNumber: 1 }
export const facts = { key: 'drops/1/a', contentType: 'text/plain', metadata: { 'original-name': 'a' } }

type Known = Partial<Record<Capability, boolean>>

/** The AWS store of one grant, whose server answers as the test says, and what it has learned. */
export async function objectStore(
  answer: Parameters<typeof scriptedStore>[0],
  known: Known = {},
  options: Destination['options'] = {},
) {
  const { place, tools, source, capabilities, ...server } = await scriptedStore(answer, { known })
  return {
    ...server,
    store: createAwsObjectStore({ ...place, options }, tools, source),
    learned: () => Object.fromEntries(capabilities),
  }
}

/** A header of each request, null where it had none. */
export const headersOf = (received: readonly Received[], name: string) =>
  received.map(({ headers }) => headers[name] ?? null)

/** What is answered in the place of the store. */
export const page: Answer = { status: 200, body: '<html>sign in to this network</html>' }

export const unclear = (detail: unknown = expect.anything()) => ({
  ok: false,
  failure: { kind: 'server', detail, unclear: true, retryAfter: null },
})

/** What an object, or a part, is answered with: an ETag, and the checksum where there is one. */
export const stored = (etag: string, checksum?: string): Answer => ({
  status: 200,
  headers: { etag: `"${etag}"`, ...(checksum !== undefined && { 'x-amz-checksum-crc32': checksum }) },
})

/** A finished upload of two parts; the ETags are MD5s, as the store makes them. */
export const parts: readonly CompletedPart[] = ['one', 'two'].map((text, index) => ({
  partNumber: index + 1,
  etag: createHash('md5').update(text).digest('hex'),
  checksum: crc32Of(Buffer.from(text)),
  proof: 'md5',
}))
export const finished = { ...upload, parts, crc32, size: 6 }
export const etagOfAll = etagOfParts(parts)

/** What Complete is answered with. */
export const completed = (fields: Readonly<Record<string, string>>): Answer => ({
  status: 200,
  body: `<CompleteMultipartUploadResult>${Object.entries(fields)
    .map(([name, text]) => `<${name}>${text}</${name}>`)
    .join('')}</CompleteMultipartUploadResult>`,
})
