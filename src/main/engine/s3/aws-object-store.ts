import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListPartsCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import type { Destination } from '../../../shared/broker-api.ts'
import { createAwsClient, type StoreTools } from './aws-client.ts'
import type { ListedPart, ObjectStore, StoredObject, StoreFailure, StoreResult } from './object-store.ts'
import { md5Of, verificationOfParts } from './proof.ts'
import { sendInSlices } from './send-in-slices.ts'

/** The store of a grant that carries STS credentials, by the AWS SDK. Learns on the way what the store can do. */
export function createAwsObjectStore(destination: Destination, tools: StoreTools): ObjectStore {
  const { bucket: Bucket } = destination
  const { connections, capabilities } = tools
  const { call } = createAwsClient(destination, tools)

  /** A store that was not seen to echo checksums is asked to check the MD5, which costs us 20 ms a part. */
  const md5For = async (bytes: Buffer): Promise<Buffer | null> =>
    capabilities.known('checksum_echo') === true ? null : md5Of(bytes)

  /** Writes only where the key is free, unless the store refuses to be asked that. */
  async function createOnly<Value>(
    write: (condition: { IfNoneMatch?: '*' }) => Promise<StoreResult<Value>>,
  ): Promise<StoreResult<Value>> {
    if (capabilities.known('conditional_writes') === false) return write({})
    const written = await write({ IfNoneMatch: '*' })
    if (written.ok) return written
    if (written.failure.kind === 'exists') capabilities.learned('conditional_writes', true)
    if (!written.failure.detail?.startsWith('NotImplemented')) return written
    const plain = await write({})
    if (plain.ok) capabilities.learned('conditional_writes', false)
    return plain
  }

  return {
    async putObject({ key: Key, contentType: ContentType, metadata: Metadata }, { bytes, crc32, onSent }) {
      const md5 = await md5For(bytes)
      const put = await createOnly((condition) =>
        call(({ usual }, options) => {
          const command = new PutObjectCommand({
            Bucket,
            Key,
            ContentType,
            Metadata: { ...Metadata },
            Body: bytes,
            ContentLength: bytes.length,
            ChecksumCRC32: crc32,
            ...(md5 !== null && { ContentMD5: md5.toString('base64') }),
            ...condition,
          })
          command.middlewareStack.use(sendInSlices(bytes, onSent, connections.rateLimit))
          return usual.send(command, options)
        }),
      )
      if (!put.ok) return put
      const echoed = put.value.ChecksumCRC32
      capabilities.learned('checksum_echo', echoed !== undefined)
      const etag = unquoted(put.value.ETag ?? '')
      if (echoed !== undefined && echoed !== crc32) return unclear('echo')
      const isMd5 = md5 !== null && etag === md5.toString('hex')
      const verification = echoed !== undefined ? 'checksum' : isMd5 ? 'md5_of_parts' : 'size'
      return named({ etag, verification, versionId: put.value.VersionId ?? null })
    },

    async createUpload({ key: Key, contentType: ContentType, metadata: Metadata }) {
      const create = (type: { ChecksumType?: 'FULL_OBJECT' }) =>
        call(async ({ usual }, options) => {
          const answer = await usual.send(
            new CreateMultipartUploadCommand({
              Bucket,
              Key,
              ContentType,
              Metadata: { ...Metadata },
              ChecksumAlgorithm: 'CRC32',
              ...type,
            }),
            options,
          )
          return { uploadId: told(answer.UploadId), abortAt: answer.AbortDate?.getTime() ?? null }
        })
      if (capabilities.known('full_object') === false) return create({})
      const created = await create({ ChecksumType: 'FULL_OBJECT' })
      if (created.ok || created.failure.kind !== 'store_refused') return created
      const plain = await create({})
      if (plain.ok) capabilities.learned('full_object', false)
      return plain
    },

    async uploadPart({ key: Key, uploadId: UploadId, partNumber: PartNumber }, { bytes, crc32, onSent }, signal) {
      const md5 = await md5For(bytes)
      const sent = await call(async ({ usual }, options) => {
        const command = new UploadPartCommand({
          Bucket,
          Key,
          UploadId,
          PartNumber,
          Body: bytes,
          ContentLength: bytes.length,
          ChecksumCRC32: crc32,
          ...(md5 !== null && { ContentMD5: md5.toString('base64') }),
        })
        command.middlewareStack.use(sendInSlices(bytes, onSent, connections.rateLimit))
        const { ETag, ChecksumCRC32 } = await usual.send(command, options)
        return { etag: unquoted(told(ETag)), echoed: ChecksumCRC32 }
      }, signal)
      if (!sent.ok) return sent
      const { etag, echoed } = sent.value
      capabilities.learned('checksum_echo', echoed !== undefined)
      if (echoed !== undefined && echoed !== crc32) {
        return { ok: false, failure: { kind: 'checksum_mismatch', detail: 'echo', unclear: false, retryAfter: null } }
      }
      const isMd5 = md5 !== null && etag === md5.toString('hex')
      return { ok: true, value: { etag, proof: echoed !== undefined ? 'checksum' : isMd5 ? 'md5' : 'none' } }
    },

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

    async completeUpload({ key: Key, uploadId: UploadId, parts, crc32, size }) {
      const complete = (ofWhole: { ChecksumCRC32?: string; ChecksumType?: 'FULL_OBJECT'; MpuObjectSize?: number }) =>
        createOnly((condition) =>
          call(({ patient }, options) =>
            patient.send(
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
                ...ofWhole,
                ...condition,
              }),
              options,
            ),
          ),
        )
      const full = { ChecksumCRC32: crc32, ChecksumType: 'FULL_OBJECT', MpuObjectSize: size } as const
      const supported = capabilities.known('full_object')
      let completed = await complete(supported === false ? {} : full)
      let wasAskedForFull = supported !== false
      if (!completed.ok && supported === null && mayRefuseFullObject(completed.failure)) {
        const plain = await complete({})
        if (plain.ok) capabilities.learned('full_object', false)
        if (plain.ok || plain.failure.unclear) completed = plain
        wasAskedForFull = false
      }
      if (!completed.ok) return { ok: false, failure: uploadGone(completed.failure) }
      const { ChecksumType, ChecksumCRC32, VersionId } = completed.value
      const isFull = ChecksumCRC32 !== undefined && ChecksumType !== 'COMPOSITE' && !ChecksumCRC32.includes('-')
      if (isFull && wasAskedForFull) capabilities.learned('full_object', true)
      const etag = unquoted(completed.value.ETag ?? '')
      const verification = verificationOfParts({ etag, crc32: isFull ? ChecksumCRC32 : null }, parts, crc32)
      return verification === null ? unclear('echo') : named({ etag, verification, versionId: VersionId ?? null })
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

/** Some stores refuse the whole object's checksum as a bad part or a bad request (MinIO, older Ceph). */
const mayRefuseFullObject = ({ kind }: StoreFailure): boolean => kind === 'store_refused' || kind === 'invalid_part'

/** Ceph says NoSuchKey of a multipart upload that it does not know. */
const uploadGone = (failure: StoreFailure): StoreFailure =>
  failure.detail?.startsWith('NoSuchKey') ? { ...failure, kind: 'upload_lost' } : failure

const unquoted = (etag: string): string => etag.replaceAll('"', '')

const unclear = (detail: string): StoreResult<never> => ({
  ok: false,
  failure: { kind: 'server', detail, unclear: true, retryAfter: null },
})

/** A success that does not name the object is none that can be relied on. */
const named = (object: StoredObject): StoreResult<StoredObject> =>
  object.etag === '' ? unclear('etag') : { ok: true, value: object }

/** What every S3 answers; a store that leaves it out gave no readable answer. */
function told<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('the answer of the store lacks a field')
  return value
}
