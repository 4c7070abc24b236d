import type { Capability } from '../../src/main/engine/s3/capabilities.ts'
import type { Proof, Verification } from '../../src/shared/transfer.ts'
import type { StoreUnderTest } from './store-under-test.ts'

type Refusal = { readonly code: string; readonly status: number }

type Ways = {
  /** How GetFederationToken and GetCallerIdentity are refused; null: they work. */
  readonly otherSts: Refusal | null
  /** A Put whose body is a stream, as the SDK sends it when nothing tells it otherwise. */
  readonly streamedPut: Refusal | null
  /** A CRC32 that is not that of the bytes. */
  readonly wrongCrc32: 'checksum_mismatch' | null
  /** How it shows that it received a part, and a whole object by one Put, as they were sent. */
  readonly proof: Proof
  readonly verification: Verification
  /** What the port learned of it after all calls of an upload. */
  readonly learned: Partial<Record<Capability, boolean>>
  /** The first answer to Complete says what was stored. */
  readonly completeSays: boolean
  /** Complete once more; null: it says what it said of the first time. */
  readonly completeAgain: 'upload_lost' | null
  /** Complete on a key that is taken. */
  readonly completeOnTaken: 'exists' | null
  /** Complete of an upload that is gone, while the key holds another object or none. */
  readonly completeGone: { readonly kind: 'upload_lost' | 'server'; readonly unclear: boolean }
  /** The list of parts says, as the start of an upload does, when the lifecycle rule takes it. */
  readonly listTellsEnd: boolean
  /** The code with which the parts of an upload are not listed that was aborted. */
  readonly goneInList: 'NoSuchUpload' | 'NoSuchKey'
  /** Credentials that are over, or that never were. */
  readonly expired: { readonly kind: 'expired' | 'access_denied'; readonly detail: string }
  readonly garbage: { readonly kind: 'expired' | 'access_denied'; readonly detail: string }
  /** Abort by a session that may only put objects. */
  readonly abortWithPutAlone: Refusal | null
}

/**
 * Where Ceph 16 differs from S3, which the emulator follows. Whatever is not named here is the same for both. Each row
 * is used by a test.
 */
export const differences: Readonly<Record<StoreUnderTest['name'], Ways>> = {
  emulator: {
    otherSts: null,
    streamedPut: null,
    wrongCrc32: 'checksum_mismatch',
    proof: 'checksum',
    verification: 'checksum',
    learned: { checksum_echo: true, full_object: true },
    completeSays: true,
    completeAgain: 'upload_lost',
    completeOnTaken: 'exists',
    completeGone: { kind: 'upload_lost', unclear: false },
    listTellsEnd: true,
    goneInList: 'NoSuchUpload',
    expired: { kind: 'expired', detail: 'ExpiredToken' },
    garbage: { kind: 'expired', detail: 'InvalidToken' },
    abortWithPutAlone: { code: 'AccessDenied', status: 403 },
  },
  ceph: {
    otherSts: { code: 'Unknown', status: 405 },
    streamedPut: { code: 'MissingContentLength', status: 411 },
    wrongCrc32: null,
    proof: 'md5',
    verification: 'md5_of_parts',
    learned: { checksum_echo: false },
    completeSays: false,
    completeAgain: null,
    completeOnTaken: null,
    completeGone: { kind: 'server', unclear: true },
    listTellsEnd: false,
    goneInList: 'NoSuchKey',
    expired: { kind: 'access_denied', detail: 'AccessDenied' },
    garbage: { kind: 'access_denied', detail: 'AccessDenied' },
    abortWithPutAlone: null,
  },
}
