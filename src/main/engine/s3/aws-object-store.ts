import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListPartsCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import type { NodeHttpHandler } from '@smithy/node-http-handler'
import type { Destination } from '../../../shared/broker-api.ts'
import type { Failure, Result } from '../../../shared/failure.ts'
import { classify } from './classify.ts'
import type { Connections } from './connections.ts'
import type { ListedPart, ObjectStore, StoredObject, StoreResult } from './object-store.ts'
import { sendInSlices } from './send-in-slices.ts'

/** What a session may sign with, and the server's clock less ours in ms. No expiry: we renew, the SDK never decides. */
export type StoreCredentials = {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
  readonly clockOffset: number
}

/** Credentials of one grant. `current` renews ahead of their end; `renew` replaces `refused` ones that the store did not take. */
export type CredentialSource = {
  current(): Promise<Result<StoreCredentials>>
  renew(refused: StoreCredentials): Promise<Result<StoreCredentials>>
}

/** Of the SDK's own attempts within one call; what lasts longer is the scheduler's. */
const attempts = 3

type Clients = { readonly credentials: StoreCredentials; readonly usual: S3Client; readonly patient: S3Client }

/** The store of a grant that carries STS credentials, by the AWS SDK. */
export function createAwsObjectStore(
  destination: Destination,
  credentials: CredentialSource,
  connections: Connections,
): ObjectStore {
  const { bucket: Bucket, region, endpoint, addressing } = destination
  let clients: Clients | null = null

  /** A client keeps the credentials it began with and its guess of the clock, so new credentials get new clients. */
  function clientsFor(current: StoreCredentials): Clients {
    if (clients?.credentials === current) return clients
    const { clockOffset, ...keys } = current
    const client = (requestHandler: NodeHttpHandler) =>
      new S3Client({
        region,
        ...(endpoint === null ? {} : { endpoint }),
        forcePathStyle: addressing === 'path',
        credentials: keys,
        systemClockOffset: clockOffset,
        maxAttempts: attempts,
        requestChecksumCalculation: 'WHEN_REQUIRED',
        responseChecksumValidation: 'WHEN_REQUIRED',
        expectContinueHeader: false,
        requestHandler,
      })
    clients = { credentials: current, usual: client(connections.usual), patient: client(connections.patient) }
    return clients
  }

  /**
   * One call: with credentials the store does not take, renewed once. Access denied is among them because Ceph says
   * it of an expired session.
   */
  async function call<Value>(work: (clients: Clients) => Promise<Value>): Promise<StoreResult<Value>> {
    let current = await credentials.current()
    for (let renewed = false; ; renewed = true) {
      if (!current.ok) return { ok: false, failure: plain(current.failure) }
      try {
        return { ok: true, value: await work(clientsFor(current.value)) }
      } catch (error) {
        if ((error as Error).name === 'AbortError') throw error
        const failure = classify(error)
        if (renewed || (failure.kind !== 'expired' && failure.kind !== 'access_denied')) return { ok: false, failure }
        current = await credentials.renew(current.value)
      }
    }
  }

  return {
    putObject: ({ key: Key, contentType: ContentType, metadata: Metadata }, { bytes, crc32, onSent }) =>
      call(async ({ usual }) => {
        const command = new PutObjectCommand({
          Bucket,
          Key,
          ContentType,
          Metadata: { ...Metadata },
          Body: bytes,
          ContentLength: bytes.length,
          ChecksumCRC32: crc32,
        })
        command.middlewareStack.use(sendInSlices(bytes, onSent))
        return storedObject(await usual.send(command))
      }),

    createUpload: ({ key: Key, contentType: ContentType, metadata: Metadata }) =>
      call(async ({ usual }) => {
        const answer = await usual.send(
          new CreateMultipartUploadCommand({
            Bucket,
            Key,
            ContentType,
            Metadata: { ...Metadata },
            ChecksumAlgorithm: 'CRC32',
            ChecksumType: 'FULL_OBJECT',
          }),
        )
        return { uploadId: told(answer.UploadId), abortAt: answer.AbortDate?.getTime() ?? null }
      }),

    async uploadPart({ key: Key, uploadId: UploadId, partNumber: PartNumber }, { bytes, crc32, onSent }, signal) {
      const answer = await call(async ({ usual }) => {
        const command = new UploadPartCommand({
          Bucket,
          Key,
          UploadId,
          PartNumber,
          Body: bytes,
          ContentLength: bytes.length,
          ChecksumCRC32: crc32,
        })
        command.middlewareStack.use(sendInSlices(bytes, onSent))
        const { ETag, ChecksumCRC32 } = await usual.send(command, { abortSignal: signal })
        return { etag: unquoted(told(ETag)), echoed: ChecksumCRC32 }
      })
      if (!answer.ok) return answer
      const { etag, echoed } = answer.value
      if (echoed !== undefined && echoed !== crc32) {
        return { ok: false, failure: { kind: 'checksum_mismatch', detail: 'echo', unclear: false, retryAfter: null } }
      }
      return { ok: true, value: { etag } }
    },

    async listParts({ key: Key, uploadId: UploadId }, abortSignal) {
      const listed = await call(async ({ usual }) => {
        const parts: ListedPart[] = []
        let PartNumberMarker: string | undefined
        do {
          const page = await usual.send(
            new ListPartsCommand({ Bucket, Key, UploadId, ...(PartNumberMarker && { PartNumberMarker }) }),
            { abortSignal },
          )
          if (page.UploadId !== UploadId)
            throw new Error('the store answered with something else than the list of parts')
          for (const { PartNumber, Size, ETag } of page.Parts ?? []) {
            parts.push({ partNumber: told(PartNumber), size: told(Size), etag: unquoted(told(ETag)) })
          }
          PartNumberMarker = page.IsTruncated ? told(page.NextPartNumberMarker) : undefined
        } while (PartNumberMarker !== undefined)
        return parts
      })
      return listed.ok ? listed : { ok: false, failure: uploadGone(listed.failure) }
    },

    async completeUpload({ key: Key, uploadId: UploadId, parts, crc32, size }) {
      const completed = await call(async ({ patient }) =>
        storedObject(
          await patient.send(
            new CompleteMultipartUploadCommand({
              Bucket,
              Key,
              UploadId,
              MultipartUpload: {
                Parts: parts.map(({ partNumber, etag, checksum }) => ({
                  PartNumber: partNumber,
                  ETag: etag,
                  ChecksumCRC32: checksum,
                })),
              },
              ChecksumCRC32: crc32,
              ChecksumType: 'FULL_OBJECT',
              MpuObjectSize: size,
            }),
          ),
        ),
      )
      return completed.ok ? completed : { ok: false, failure: uploadGone(completed.failure) }
    },

    async abortUpload({ key: Key, uploadId: UploadId }) {
      const aborted = await call(async ({ usual }) => {
        const { $metadata } = await usual.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }))
        if ($metadata.httpStatusCode !== 204) throw new Error('the store did not say that the upload is gone')
      })
      if (aborted.ok || uploadGone(aborted.failure).kind === 'upload_lost') return { ok: true, value: null }
      return aborted
    },
  }
}

const plain = (failure: Failure) => ({ ...failure, unclear: false, retryAfter: null })

/** Ceph says NoSuchKey of a multipart upload that it does not know. */
const uploadGone = <F extends Failure>(failure: F): F =>
  failure.detail?.startsWith('NoSuchKey') ? { ...failure, kind: 'upload_lost' } : failure

const unquoted = (etag: string): string => etag.replaceAll('"', '')

function storedObject(answer: {
  ETag?: string | undefined
  ChecksumCRC32?: string | undefined
  ChecksumType?: string | undefined
  VersionId?: string | undefined
}): StoredObject {
  const composite = answer.ChecksumType === 'COMPOSITE' || answer.ChecksumCRC32?.includes('-')
  return {
    etag: unquoted(answer.ETag ?? ''),
    crc32: composite ? null : (answer.ChecksumCRC32 ?? null),
    versionId: answer.VersionId ?? null,
  }
}

/** What every S3 answers; a store that leaves it out gave no readable answer. */
function told<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('the answer of the store lacks a field')
  return value
}
