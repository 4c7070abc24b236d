import type { Body, ObjectFacts, ObjectStore, StoreResult } from './object-store.ts'

/** A body, and its MD5 for the store to check; null: it checks the CRC32. */
export type CheckedBody = Body & { readonly md5: Buffer | null }

/** What a store said of bytes that it took. `crc32`: the checksum that it echoed, null where it echoed none. */
type TakenPart = { readonly etag: string; readonly crc32: string | null }
export type TakenObject = TakenPart & { readonly versionId: string | null }

/**
 * The single calls of a store, each with what is wished of it, by one kind of permission. They fail and reject as those of
 * the port do; what is learned of their answers is `discoveringStore`'s. ETags are without quotes, an object's is empty where none was told.
 */
export type StoreCalls = Pick<ObjectStore, 'listParts' | 'abortUpload'> & {
  /** `byForm`: it went as a form, which can neither ask for a free key nor is answered with a checksum, whatever the store can do. */
  put(
    object: ObjectFacts,
    body: CheckedBody,
    wish: { readonly createOnly: boolean },
  ): Promise<StoreResult<TakenObject & { readonly byForm: boolean }>>

  /** `fullObject`: with a checksum of the whole object. */
  create(
    object: ObjectFacts,
    size: number,
    wish: { readonly fullObject: boolean },
  ): ReturnType<ObjectStore['createUpload']>

  sendPart(
    upload: Parameters<ObjectStore['uploadPart']>[0],
    body: CheckedBody,
    signal: AbortSignal,
  ): Promise<StoreResult<TakenPart>>

  /** The CRC32 of the answer is the whole object's. */
  complete(
    upload: Parameters<ObjectStore['completeUpload']>[0],
    wish: { readonly createOnly: boolean; readonly fullObject: boolean },
  ): Promise<StoreResult<TakenObject>>
}
