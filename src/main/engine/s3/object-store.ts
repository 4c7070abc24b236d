import type { Failure, Result } from '../../../shared/failure.ts'
import type { Proof, Verification } from '../../../shared/transfer.ts'

/**
 * Why a call of the store failed. `unclear`: the store did not plainly say that it did nothing, so the call may have
 * been carried out. `retryAfter` (ms): the store's own wish. `from`: not the store itself, but
 * the broker, which was asked for credentials, or the way, which broke before an answer came.
 */
export type StoreFailure = Failure & {
  readonly unclear: boolean
  readonly retryAfter: number | null
  readonly from?: 'broker' | 'way'
}
export type StoreResult<Value> = Result<Value, StoreFailure>

/** What the object is besides its bytes. */
export type ObjectFacts = {
  readonly key: string
  readonly contentType: string
  /** ASCII names and values. */
  readonly metadata: Readonly<Record<string, string>>
  /** The object may take the place of one that has its key; absent: it may not. */
  readonly replaces?: boolean
}

/** `crc32` is base64. `onSent` hears how many bytes of this attempt have left the process; a new attempt begins at 0. */
export type Body = { readonly bytes: Buffer; readonly crc32: string; readonly onSent: (bytes: number) => void }

/** ETags are without quotes. `verification`: how the store's answer shows that the object is ours. */
export type StoredObject = {
  readonly etag: string
  readonly verification: Verification
  readonly versionId: string | null
}

export type ListedPart = { readonly partNumber: number; readonly size: number; readonly etag: string }
export type CompletedPart = {
  readonly partNumber: number
  readonly etag: string
  readonly checksum: string
  readonly proof: Proof
}

/**
 * Where a grant's objects go: the one port to every kind of permission. Calls answer with a result for whatever the
 * store or the way to it did, and reject only with the signal's reason when aborted. All keys lie in the grant's bucket.
 */
export type ObjectStore = {
  /** Whether the ETag of an object in one request is the MD5 of its bytes, as far as can be known ahead. */
  readonly etagsAreMd5: boolean

  /**
   * One request for the whole object; `exists` where the key is taken and it may not replace, which may be by an earlier try. An answer that does
   * not show what is stored is an unclear `server` failure.
   */
  putObject(object: ObjectFacts, body: Body): Promise<StoreResult<StoredObject>>

  /**
   * `size`: of the whole object, in bytes. `abortAt` (epoch ms): when the bucket's lifecycle rule will throw the upload away,
   * null where none is known.
   */
  createUpload(
    object: ObjectFacts,
    size: number,
  ): Promise<StoreResult<{ readonly uploadId: string; readonly abortAt: number | null }>>

  /** Fails with `checksum_mismatch` where the store received something else. */
  uploadPart(
    upload: { readonly key: string; readonly uploadId: string; readonly partNumber: number },
    body: Body,
    signal: AbortSignal,
  ): Promise<StoreResult<{ readonly etag: string; readonly proof: Proof }>>

  /**
   * All parts that the store has, through all pages, and when the lifecycle rule will take them (epoch ms, null where it
   * told none, as Ceph); `upload_lost` where it does not know the upload.
   */
  listParts(
    upload: { readonly key: string; readonly uploadId: string },
    signal: AbortSignal,
  ): Promise<StoreResult<{ readonly parts: readonly ListedPart[]; readonly abortAt: number | null }>>

  /**
   * Joins the parts under a key that must be free unless it replaces. May take minutes. `crc32` and `size` are the whole object's, for the
   * store to check. Fails as `putObject` does; after `exists` the upload is still there.
   */
  completeUpload(upload: {
    readonly key: string
    readonly uploadId: string
    readonly parts: readonly CompletedPart[]
    readonly crc32: string
    readonly size: number
    readonly replaces?: boolean
  }): Promise<StoreResult<StoredObject>>

  /** Throws the upload's parts away; an upload that the store does not know is a success. */
  abortUpload(upload: { readonly key: string; readonly uploadId: string }): Promise<StoreResult<null>>
}
