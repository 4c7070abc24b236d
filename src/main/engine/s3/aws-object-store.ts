import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListPartsCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import type { Destination } from '../../../shared/broker-api.ts'
import { type CredentialSource, createAwsClient, type StoreTools } from './aws-client.ts'
import { discoveringStore } from './discovering-store.ts'
import type { ListedPart, ObjectStore, StoreFailure } from './object-store.ts'
import { optionInputs } from './option-inputs.ts'
import { sendInSlices } from './send-in-slices.ts'
import type { CheckedBody, StoreCalls } from './store-calls.ts'
import { told, unquoted } from './told.ts'

/** The store of a grant that carries STS credentials, by the AWS SDK. Learns on the way what the store can do. */
export const createAwsObjectStore = (
  destination: Destination,
  tools: StoreTools,
  credentials: CredentialSource,
): ObjectStore => discoveringStore(awsCalls(destination, tools, credentials), tools.capabilities, destination.options)

function awsCalls(destination: Destination, tools: StoreTools, credentials: CredentialSource): StoreCalls {
  const { bucket: Bucket, options: objectOptions } = destination
  const { connections, now } = tools
  const { call } = createAwsClient(destination, tools, credentials)

  const bodyInputs = ({ bytes, crc32, md5 }: CheckedBody) => ({
    Body: bytes,
    ContentLength: bytes.length,
    ChecksumCRC32: crc32,
    ...(md5 !== null && { ContentMD5: md5.toString('base64') }),
  })

  return {
    put: ({ key: Key, contentType: ContentType, metadata }, body, { createOnly }) =>
      call(async ({ usual, credentials: { clockOffset } }, options) => {
        const command = new PutObjectCommand({
          Bucket,
          Key,
          ContentType,
          ...bodyInputs(body),
          ...optionInputs(objectOptions, metadata, now() + clockOffset),
          ...(createOnly && { IfNoneMatch: '*' }),
        })
        command.middlewareStack.use(sendInSlices(body.bytes, body.onSent, connections.rateLimit))
        const { ETag, ChecksumCRC32, VersionId } = await usual.send(command, options)
        return {
          etag: unquoted(ETag ?? ''),
          crc32: ChecksumCRC32 ?? null,
          versionId: VersionId ?? null,
          byForm: false,
        }
      }),

    create: ({ key: Key, contentType: ContentType, metadata }, _size, { fullObject }) =>
      call(async ({ usual, credentials: { clockOffset } }, options) => {
        const answer = await usual.send(
          new CreateMultipartUploadCommand({
            Bucket,
            Key,
            ContentType,
            ChecksumAlgorithm: 'CRC32',
            ...optionInputs(objectOptions, metadata, now() + clockOffset),
            ...(fullObject && { ChecksumType: 'FULL_OBJECT' }),
          }),
          options,
        )
        return { uploadId: told(answer.UploadId), abortAt: answer.AbortDate?.getTime() ?? null }
      }),

    sendPart: ({ key: Key, uploadId: UploadId, partNumber: PartNumber }, body, signal) =>
      call(async ({ usual }, options) => {
        const command = new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, ...bodyInputs(body) })
        command.middlewareStack.use(sendInSlices(body.bytes, body.onSent, connections.rateLimit))
        const { ETag, ChecksumCRC32 } = await usual.send(command, options)
        return { etag: unquoted(told(ETag)), crc32: ChecksumCRC32 ?? null }
      }, signal),

    async listParts({ key: Key, uploadId: UploadId }, signal) {
      const listed = await call(async ({ usual }, options) => {
        const parts: ListedPart[] = []
        let abortAt: number | null = null
        let PartNumberMarker: string | undefined
        do {
          const page = await usual.send(
            new ListPartsCommand({ Bucket, Key, UploadId, ...(PartNumberMarker && { PartNumberMarker }) }),
            options,
          )
          if (page.UploadId !== UploadId)
            throw new Error('the store answered with something else than the list of parts')
          for (const { PartNumber, Size, ETag } of page.Parts ?? []) {
            parts.push({ partNumber: told(PartNumber), size: told(Size), etag: unquoted(told(ETag)) })
          }
          abortAt = page.AbortDate?.getTime() ?? null
          PartNumberMarker = page.IsTruncated ? told(page.NextPartNumberMarker) : undefined
        } while (PartNumberMarker !== undefined)
        return { parts, abortAt }
      }, signal)
      return listed.ok ? listed : { ok: false, failure: uploadGone(listed.failure) }
    },

    async complete({ key: Key, uploadId: UploadId, parts, crc32, size }, { createOnly, fullObject }) {
      const completed = await call(async ({ patient }, options) => {
        const { ETag, ChecksumCRC32, ChecksumType, VersionId } = await patient.send(
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
            ...(fullObject && { ChecksumCRC32: crc32, ChecksumType: 'FULL_OBJECT', MpuObjectSize: size }),
            ...(createOnly && { IfNoneMatch: '*' }),
          }),
          options,
        )
        const isFull = ChecksumCRC32 !== undefined && ChecksumType !== 'COMPOSITE' && !ChecksumCRC32.includes('-')
        return { etag: unquoted(ETag ?? ''), crc32: isFull ? ChecksumCRC32 : null, versionId: VersionId ?? null }
      })
      return completed.ok ? completed : { ok: false, failure: uploadGone(completed.failure) }
    },

    async abortUpload({ key: Key, uploadId: UploadId }) {
      const aborted = await call(async ({ usual }, options) => {
        const { $metadata } = await usual.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }), options)
        if ($metadata.httpStatusCode !== 204) throw new Error('the store did not say that the upload is gone')
      })
      if (aborted.ok || uploadGone(aborted.failure).kind === 'upload_lost') return { ok: true, value: null }
      return aborted
    },
  }
}

/** Ceph says NoSuchKey of a multipart upload that it does not know. */
const uploadGone = (failure: StoreFailure): StoreFailure =>
  failure.detail?.startsWith('NoSuchKey') ? { ...failure, kind: 'upload_lost' } : failure
