import { z } from 'zod'
import { crc32Schema, grantTokenSchema, keySchema, sizeSchema, timeSchema } from './broker-api.ts'
import { isSafeAddress } from './safe-address.ts'

/**
 * The broker's interface for grants without credentials (`single_request`, `presigned_multipart`): it signs what carries
 * bytes, for one request and one body each, and does the rest of a multipart upload itself. Every request names the grant
 * and a key under its prefix.
 */

/** Of S3's UploadPart. */
export const mostParts = 10_000
/** Parts that are signed in one go. */
export const mostSignedParts = 100
/** Bytes of the largest object under `single_request`: it is held in memory, and cannot be resumed. */
export const largestSingleRequest = 64 * 1024 * 1024

const object = { grant: grantTokenSchema, key: keySchema }
const upload = { ...object, uploadId: z.string().min(1).max(2_048) }

/** MD5, base64 of 16 bytes. */
const md5Schema = z.string().regex(/^[A-Za-z0-9+/]{22}==$/, 'must be 16 bytes in base64')
/** What a header can carry as it is: ASCII, without spaces at its ends. */
const headerText = z.string().regex(/^([!-~]([ -~]*[!-~])?)?$/, 'must be printable ASCII without spaces around it')

/** One media type (RFC 9110), with parameters: a second one behind a comma is what some readers would believe. */
const mediaTypeSchema = z
  .string()
  .max(255)
  .regex(
    /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+( *; *[\w!#$&^.+-]+=([\w!#$&^.+-]+|"[ !#-[\]-~]*"))*$/,
    'must be one media type, such as image/png',
  )

/** What is signed of a body, so that no other one can be sent. `md5` for stores that ignore checksums. */
const body = { size: sizeSchema, crc32: crc32Schema, md5: md5Schema.nullable() }
const facts = {
  contentType: mediaTypeSchema,
  /** 2 KiB in all, by S3's limit. */
  metadata: z.record(z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/), headerText.max(2_048)),
}

/**
 * A request to be sent to the store as it is. `PUT`: with these headers and the bytes as the body · `POST`: a form of
 * `fields` and then `file`. Secret: it is a permission.
 */
const url = z.url().refine(isSafeAddress)
export const signedRequestSchema = z.discriminatedUnion('method', [
  z.object({ method: z.literal('PUT'), url, headers: z.record(z.string(), z.string()) }),
  z.object({ method: z.literal('POST'), url, fields: z.record(z.string(), z.string()) }),
])
export type SignedRequest = z.infer<typeof signedRequestSchema>

/**
 * `POST /v1/uploads/put`: one request for the whole object. `createOnly`: only where the key is free; `not_supported` where
 * the purpose signs forms, which cannot demand it.
 */
export const signPutRequestSchema = z.strictObject({ ...object, ...facts, ...body, createOnly: z.boolean() })
export type SignPutRequest = z.infer<typeof signPutRequestSchema>
export const signPutResponseSchema = z.object({
  request: signedRequestSchema,
  expiration: timeSchema,
  serverTime: timeSchema,
})
export type SignPutResponse = z.infer<typeof signPutResponseSchema>

/** `POST /v1/uploads/create`. `fullObject`: ask for a checksum of the whole; `not_supported` where the store has none. */
export const createUploadRequestSchema = z.strictObject({
  ...object,
  ...facts,
  size: sizeSchema,
  fullObject: z.boolean(),
})
export type CreateUploadRequest = z.infer<typeof createUploadRequestSchema>
export const createUploadResponseSchema = z.object({
  uploadId: upload.uploadId,
  /** When the bucket's lifecycle rule will take it. */
  abortAt: timeSchema.nullable(),
})
export type CreateUploadResponse = z.infer<typeof createUploadResponseSchema>

const partNumber = z.int().min(1).max(mostParts)

/** `POST /v1/uploads/sign`: parts that were read. */
export const signPartsRequestSchema = z.strictObject({
  ...upload,
  parts: z
    .array(z.strictObject({ partNumber, ...body }))
    .min(1)
    .max(mostSignedParts),
})
export type SignPartsRequest = z.infer<typeof signPartsRequestSchema>
export const signPartsResponseSchema = z.object({
  parts: z.array(z.object({ partNumber, request: signedRequestSchema })),
  expiration: timeSchema,
  serverTime: timeSchema,
})
export type SignPartsResponse = z.infer<typeof signPartsResponseSchema>

/** `POST /v1/uploads/parts`: all that the store has; `upload_lost` where it does not know the upload. */
export const listPartsRequestSchema = z.strictObject(upload)
export type ListPartsRequest = z.infer<typeof listPartsRequestSchema>
export const listPartsResponseSchema = z.object({
  parts: z.array(z.object({ partNumber, size: sizeSchema, etag: z.string() })),
  abortAt: timeSchema.nullable(),
})
export type ListPartsResponse = z.infer<typeof listPartsResponseSchema>

/**
 * `POST /v1/uploads/complete`: joins the parts. `exists`, `conflict`, `invalid_part`, `upload_lost`, `checksum_mismatch`
 * as the store says it; `not_supported` where it refuses `fullObject` or `createOnly`, with the one in `errors`; `unclear` where
 * it may have been done. Asked again after it was done, it answers the same where the store's CRC32 shows it.
 */
export const completeUploadRequestSchema = z.strictObject({
  ...upload,
  size: sizeSchema,
  crc32: crc32Schema.nullable(),
  parts: z
    .array(z.strictObject({ partNumber, etag: z.string().max(256), crc32: crc32Schema.nullable() }))
    .min(1)
    .max(mostParts),
  fullObject: z.boolean(),
  createOnly: z.boolean(),
})
export type CompleteUploadRequest = z.infer<typeof completeUploadRequestSchema>
export const completeUploadResponseSchema = z.object({
  etag: z.string(),
  versionId: z.string().nullable(),
  /** The store's CRC32 of the whole object, null where it told none. */
  crc32: z.string().nullable(),
})
export type CompleteUploadResponse = z.infer<typeof completeUploadResponseSchema>

/** `POST /v1/uploads/abort`: an upload that the store does not know is a success. */
export const abortUploadRequestSchema = z.strictObject(upload)
export type AbortUploadRequest = z.infer<typeof abortUploadRequestSchema>
export const abortUploadResponseSchema = z.object({})

/** The calls by the last segment of their paths: what is asked besides the grant, and what is answered. */
export type UploadCalls = {
  put: { request: Omit<SignPutRequest, 'grant'>; response: SignPutResponse }
  create: { request: Omit<CreateUploadRequest, 'grant'>; response: CreateUploadResponse }
  sign: { request: Omit<SignPartsRequest, 'grant'>; response: SignPartsResponse }
  parts: { request: Omit<ListPartsRequest, 'grant'>; response: ListPartsResponse }
  complete: { request: Omit<CompleteUploadRequest, 'grant'>; response: CompleteUploadResponse }
  abort: { request: Omit<AbortUploadRequest, 'grant'>; response: z.infer<typeof abortUploadResponseSchema> }
}
export type UploadCall = keyof UploadCalls
export type UploadRequest<Call extends UploadCall> = UploadCalls[Call]['request']
export type UploadResponse<Call extends UploadCall> = UploadCalls[Call]['response']

export const uploadResponseSchemas: { readonly [Call in UploadCall]: z.ZodType<UploadResponse<Call>> } = {
  put: signPutResponseSchema,
  create: createUploadResponseSchema,
  sign: signPartsResponseSchema,
  parts: listPartsResponseSchema,
  complete: completeUploadResponseSchema,
  abort: abortUploadResponseSchema,
}
