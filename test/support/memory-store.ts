import type { ObjectStore, StoreResult } from '../../src/main/engine/s3/object-store.ts'
import { crc32Of } from '../../src/main/engine/transfers/crc32.ts'

/** What a test makes of a call before it is carried out: a failure to answer with, or nothing. */
type Interference = (
  call: string,
  partNumber?: number,
) => StoreResult<never> | undefined | Promise<StoreResult<never> | undefined>

/** A store in memory behind the port, which tells what was called and lets a test come between. `lifecycle`: what it tells of its rule. */
export function memoryStore(interfere: Interference = () => undefined) {
  const calls: string[] = []
  const uploads = new Map<string, Map<number, Buffer>>()
  const objects = new Map<string, Buffer>()
  const lifecycle: { abortAt: number | null } = { abortAt: null }
  const etagOf = (bytes: Buffer) => `etag-${crc32Of(bytes)}`
  const gone = {
    ok: false,
    failure: { kind: 'upload_lost', detail: 'NoSuchUpload', unclear: false, retryAfter: null },
  } as const

  async function called<Value>(
    name: string,
    work: () => StoreResult<Value>,
    partNumber?: number,
  ): Promise<StoreResult<Value>> {
    calls.push(partNumber === undefined ? name : `${name} ${partNumber}`)
    return (await interfere(name, partNumber)) ?? work()
  }
  function stored(key: string, bytes: Buffer) {
    objects.set(key, bytes)
    return { ok: true, value: { etag: etagOf(bytes), verification: 'checksum', versionId: null } } as const
  }
  const store: ObjectStore = {
    etagsAreMd5: true,
    putObject: ({ key }, { bytes }) => called('put', () => stored(key, Buffer.from(bytes))),
    createUpload: () =>
      called('create', () => {
        const uploadId = `upload-${uploads.size + 1}`
        uploads.set(uploadId, new Map())
        return { ok: true, value: { uploadId, ...lifecycle } }
      }),
    uploadPart: ({ uploadId, partNumber }, { bytes, crc32, onSent }) =>
      called(
        'part',
        () => {
          if (crc32 !== crc32Of(bytes)) throw new Error('the part and its checksum differ')
          onSent(bytes.length)
          const upload = uploads.get(uploadId)
          if (upload === undefined) return gone
          upload.set(partNumber, Buffer.from(bytes))
          return { ok: true, value: { etag: etagOf(bytes), proof: 'checksum' } }
        },
        partNumber,
      ),
    listParts: ({ uploadId }) =>
      called('list', () => {
        const upload = uploads.get(uploadId)
        if (upload === undefined) return gone
        const parts = [...upload].map(([partNumber, bytes]) => ({
          partNumber,
          size: bytes.length,
          etag: etagOf(bytes),
        }))
        return { ok: true, value: { parts, ...lifecycle } }
      }),
    completeUpload: ({ key, uploadId, parts }) =>
      called('complete', () => {
        const upload = uploads.get(uploadId)
        if (upload === undefined) return gone
        uploads.delete(uploadId)
        return stored(key, Buffer.concat(parts.map(({ partNumber }) => upload.get(partNumber) ?? Buffer.alloc(0))))
      }),
    abortUpload: ({ uploadId }) =>
      called('abort', () => {
        uploads.delete(uploadId)
        return { ok: true, value: null }
      }),
  }
  return { store, calls, uploads, objects, lifecycle }
}
