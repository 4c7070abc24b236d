import type { CompletedPart, ObjectFacts, ObjectStore } from '../../src/main/engine/s3/object-store.ts'
import { combineCrc32 } from '../../src/main/engine/transfers/crc32.ts'
import { value } from '../support/value.ts'
import { bodyOf } from './scene.ts'

const ever = new AbortController().signal

export type SentPart = CompletedPart & { readonly size: number }

/** A multipart upload through our port, for tests in which each of its calls does what it should. */
export async function startUpload(store: ObjectStore, facts: ObjectFacts) {
  const created = value(await store.createUpload(facts, 16))
  return { ...created, ...uploadOf(store, { key: facts.key, uploadId: created.uploadId }) }
}

/** The same for an upload that was begun elsewhere. */
export function uploadOf(store: ObjectStore, upload: { readonly key: string; readonly uploadId: string }) {
  return {
    upload,
    async send(partNumber: number, bytes: Buffer): Promise<SentPart> {
      const body = bodyOf(bytes)
      const { etag, proof } = value(await store.uploadPart({ ...upload, partNumber }, body, ever))
      return { partNumber, size: bytes.length, etag, checksum: body.crc32, proof }
    },
    trySend: (partNumber: number, bytes: Buffer) => store.uploadPart({ ...upload, partNumber }, bodyOf(bytes), ever),
    list: () => store.listParts(upload, ever),
    complete: (parts: readonly SentPart[]) =>
      store.completeUpload({
        ...upload,
        parts,
        crc32: combineCrc32(parts),
        size: parts.reduce((sum, { size }) => sum + size, 0),
      }),
    abort: () => store.abortUpload(upload),
  }
}
