import type { Capability } from '../../src/main/engine/s3/capabilities.ts'
import type { Proof, Verification } from '../../src/shared/transfer.ts'
import type { StoreUnderTest } from './store-under-test.ts'

/** How the port gets at the store. */
export const kindsUnderTest = ['session', 'presigned_multipart', 'single_put', 'single_post'] as const
export type KindUnderTest = (typeof kindsUnderTest)[number]
/** Those that can send an object in parts. */
export const multipartKinds = ['session', 'presigned_multipart'] as const

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
  /** An object of one request under a key that is taken; null: it takes the place of the other. */
  readonly putOnTaken: 'exists' | null
  /** Such an object whose bytes are others than those that were announced; null: it is stored. */
  readonly putChanged: 'checksum_mismatch' | null
  /** What the first answer to Complete shows; null: nothing. */
  readonly complete: Verification | null
  /** Complete once more. */
  readonly completeAgain: Verification | { readonly kind: 'upload_lost' | 'server'; readonly unclear: boolean }
  /** Complete on a key that is taken. */
  readonly completeOnTaken: 'exists' | null
  /** Complete of an upload that is gone, while the key holds another object or none. */
  readonly completeGone: { readonly kind: 'upload_lost' | 'server'; readonly unclear: boolean }
  /** An object that was sent in parts has the tags that were given at its start. */
  readonly tagsInParts: boolean
  /** The list of parts says, as the start of an upload does, when the lifecycle rule takes it. */
  readonly listTellsEnd: boolean
  /** The code with which the parts of an upload are not listed that was aborted. */
  readonly goneInList: 'NoSuchUpload' | 'NoSuchKey' | 'upload_lost'
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
const differences: Readonly<Record<StoreUnderTest['name'], Ways>> = {
  emulator: {
    otherSts: null,
    streamedPut: null,
    wrongCrc32: 'checksum_mismatch',
    proof: 'checksum',
    verification: 'checksum',
    learned: { checksum_echo: true, full_object: true },
    putOnTaken: 'exists',
    putChanged: 'checksum_mismatch',
    complete: 'checksum',
    completeAgain: { kind: 'upload_lost', unclear: false },
    completeOnTaken: 'exists',
    completeGone: { kind: 'upload_lost', unclear: false },
    tagsInParts: true,
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
    putOnTaken: 'exists',
    putChanged: 'checksum_mismatch',
    complete: null,
    completeAgain: 'md5_of_parts',
    completeOnTaken: null,
    completeGone: { kind: 'server', unclear: true },
    tagsInParts: false,
    listTellsEnd: false,
    goneInList: 'NoSuchKey',
    expired: { kind: 'access_denied', detail: 'AccessDenied' },
    garbage: { kind: 'access_denied', detail: 'AccessDenied' },
    abortWithPutAlone: null,
  },
}

/** Where the port gets other answers by a broker, which looks into the bucket itself, or by a form. */
const differencesByKind: Readonly<Record<KindUnderTest, Readonly<Record<StoreUnderTest['name'], Partial<Ways>>>>> = {
  session: { emulator: {}, ceph: {} },
  presigned_multipart: {
    emulator: { completeAgain: 'checksum', goneInList: 'upload_lost' },
    ceph: {
      complete: 'md5_of_parts',
      completeAgain: { kind: 'server', unclear: true },
      completeGone: { kind: 'upload_lost', unclear: false },
      goneInList: 'upload_lost',
    },
  },
  single_put: { emulator: {}, ceph: {} },
  single_post: { emulator: { putOnTaken: null }, ceph: { putOnTaken: null, putChanged: null } },
}

export const waysOf = (store: StoreUnderTest['name'], kind: KindUnderTest): Ways => ({
  ...differences[store],
  ...differencesByKind[kind][store],
})
