import type { ObjectOptions } from '../../../shared/object-options.ts'
import type { Capabilities } from './capabilities.ts'
import type { ObjectStore, StoredObject, StoreFailure, StoreResult } from './object-store.ts'
import { md5Of, verificationOfParts } from './proof.ts'
import type { StoreCalls } from './store-calls.ts'

/**
 * The port over a store's single calls: asks for all that S3 can do, finds out what this store cannot, does without it, and
 * says what the answers prove.
 */
export function discoveringStore(
  calls: StoreCalls,
  capabilities: Capabilities,
  { createOnly: createOnlyDemanded = false, encryption }: ObjectOptions,
): ObjectStore {
  /** A key of its own makes ETags that are no MD5 (Amazon S3 API reference, "Object"). */
  const etagsAreMd5 = encryption?.by !== 'kms'

  /** A store that was not seen to echo checksums is asked to check the MD5, which costs us 20 ms a part. */
  const md5For = async (bytes: Buffer): Promise<Buffer | null> =>
    capabilities.known('checksum_echo') === true ? null : md5Of(bytes)

  /**
   * Writes only where the key is free or what has it may be replaced, unless the store refuses to be asked that and nobody
   * demands it. `showsStore`: what was written without that wish says something of the store.
   */
  async function whereFree<Value>(
    { replaces = false }: { readonly replaces?: boolean },
    write: (createOnly: boolean) => Promise<StoreResult<Value>>,
    showsStore: (written: Value) => boolean = () => true,
  ): Promise<StoreResult<Value>> {
    if (!createOnlyDemanded && (replaces || capabilities.known('conditional_writes') === false)) return write(false)
    const written = await write(true)
    if (written.ok) return written
    if (written.failure.kind === 'exists') capabilities.learned('conditional_writes', true)
    if (createOnlyDemanded || !isNotImplemented(written.failure)) return written
    const plain = await write(false)
    if (plain.ok && showsStore(plain.value)) capabilities.learned('conditional_writes', false)
    return plain
  }

  return {
    etagsAreMd5,
    listParts: calls.listParts,
    abortUpload: calls.abortUpload,

    async putObject(object, body) {
      const md5 = await md5For(body.bytes)
      const put = await whereFree(
        object,
        (createOnly) => calls.put(object, { ...body, md5 }, { createOnly }),
        ({ byForm }) => !byForm,
      )
      if (!put.ok) return put
      const { etag, crc32, versionId, byForm } = put.value
      if (!byForm || crc32 !== null) capabilities.learned('checksum_echo', crc32 !== null)
      if (crc32 !== null && crc32 !== body.crc32) return unclear('echo')
      const verification = crc32 !== null ? 'checksum' : isMd5(etag, md5) ? 'md5_of_parts' : 'size'
      return named({ etag, verification, versionId })
    },

    async createUpload(object, size) {
      if (capabilities.known('full_object') === false) return calls.create(object, size, { fullObject: false })
      const created = await calls.create(object, size, { fullObject: true })
      if (created.ok || created.failure.kind !== 'store_refused') return created
      const plain = await calls.create(object, size, { fullObject: false })
      if (plain.ok) capabilities.learned('full_object', false)
      return plain
    },

    async uploadPart(upload, body, signal) {
      const md5 = await md5For(body.bytes)
      const sent = await calls.sendPart(upload, { ...body, md5 }, signal)
      if (!sent.ok) return sent
      const { etag, crc32 } = sent.value
      capabilities.learned('checksum_echo', crc32 !== null)
      if (crc32 !== null && crc32 !== body.crc32) {
        return { ok: false, failure: { kind: 'checksum_mismatch', detail: 'echo', unclear: false, retryAfter: null } }
      }
      const proof = crc32 !== null ? 'checksum' : isMd5(etag, md5) ? 'md5' : 'none'
      return { ok: true, value: { etag, proof } }
    },

    async completeUpload(upload) {
      const complete = (fullObject: boolean) =>
        whereFree(upload, (createOnly) => calls.complete(upload, { createOnly, fullObject }))
      const supported = capabilities.known('full_object')
      let completed = await complete(supported !== false)
      let wasAskedForFull = supported !== false
      if (!completed.ok && supported === null && mayRefuseFullObject(completed.failure)) {
        const plain = await complete(false)
        if (plain.ok) capabilities.learned('full_object', false)
        if (plain.ok || plain.failure.unclear) completed = plain
        wasAskedForFull = false
      }
      if (!completed.ok) return completed
      const { etag, crc32, versionId } = completed.value
      if (crc32 !== null && wasAskedForFull) capabilities.learned('full_object', true)
      const verification = verificationOfParts({ etag, crc32 }, upload.parts, upload.crc32, etagsAreMd5)
      return verification === null ? unclear('echo') : named({ etag, verification, versionId })
    },
  }
}

/** The store's own word, or the broker's for it. */
const isNotImplemented = ({ detail }: StoreFailure): boolean =>
  detail === 'not_supported' || detail?.startsWith('NotImplemented') === true

/** Some stores refuse the whole object's checksum as a bad part or a bad request (MinIO, older Ceph). */
const mayRefuseFullObject = ({ kind }: StoreFailure): boolean => kind === 'store_refused' || kind === 'invalid_part'

const isMd5 = (etag: string, md5: Buffer | null): boolean => md5 !== null && etag === md5.toString('hex')

const unclear = (detail: string): StoreResult<never> => ({
  ok: false,
  failure: { kind: 'server', detail, unclear: true, retryAfter: null },
})

/** A success that does not name the object is none that can be relied on. */
const named = (object: StoredObject): StoreResult<StoredObject> =>
  object.etag === '' ? unclear('etag') : { ok: true, value: object }
