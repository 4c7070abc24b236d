import { z } from 'zod'
import { isSafeAddress } from './safe-address.ts'
import type { bearerTokenSchema } from './session.ts'
import { purposeNameSchema, transferIdSchema } from './transfer.ts'

/** The broker's HTTP interface, version 1. Times are epoch milliseconds, sizes bytes. Requests are strict; answers may grow. */

/** The largest object of S3: 50 TB (client-s3's documentation of CreateMultipartUpload). */
export const largestObject = 50_000_000_000_000
/** S3's limit of an object key in UTF-8 bytes. */
export const longestKeyBytes = 1_024
export const mostFilesPerGrant = 1_000

const time = z.int().min(0)
const sizeSchema = z.int().min(0).max(largestObject)
const keySchema = z.string().min(1)

/** `GET /v1/about`, for anyone: who this broker is. */
export const aboutResponseSchema = z.object({ name: z.string().min(1).max(200), serverTime: time })
export type AboutResponse = z.infer<typeof aboutResponseSchema>

/** `GET /v1/purposes`: who the caller is and what may be sent. */
export const purposesResponseSchema = z.object({
  subject: z.object({ id: z.string().min(1).max(300), label: z.string().min(1).max(200) }),
  purposes: z.array(z.object({ name: purposeNameSchema, label: z.string().min(1).max(200) })),
  serverTime: time,
})
export type PurposesResponse = z.infer<typeof purposesResponseSchema>

export const grantFileSchema = z.strictObject({
  id: transferIdSchema,
  name: z.string().min(1).max(1_024),
  /** Folders and name below what was dropped, with `/`. */
  relativePath: z.string().min(1).max(8_192).optional(),
  size: sizeSchema,
  contentType: z.string().min(1).max(255).optional(),
})
export type GrantFile = z.infer<typeof grantFileSchema>

/** `POST /v1/grants`: asking twice for the same files, the first one first, gives the same keys. */
export const grantRequestSchema = z.strictObject({
  purpose: purposeNameSchema,
  files: z.array(grantFileSchema).min(1).max(mostFilesPerGrant),
})
export type GrantRequest = z.infer<typeof grantRequestSchema>

/** A short-lived permission of STS. Secret: only ever in memory. */
export const credentialsSchema = z.object({
  accessKeyId: z.string().min(1),
  secretAccessKey: z.string().min(1),
  sessionToken: z.string().min(1),
  expiration: time,
})
export type Credentials = z.infer<typeof credentialsSchema>

/** Where a grant's objects go; stored with the rows. A list of kinds, so that presigned ones can join. */
export const destinationSchema = z.object({
  kind: z.enum(['federation_token', 'assumed_role']),
  bucket: z.string().min(1),
  /** All keys of the grant start with it; the session policy names it and nothing else. */
  prefix: z.string().min(1),
  region: z.string().min(1),
  /** Null: AWS's own endpoint of the region. */
  endpoint: z.url().refine(isSafeAddress).nullable(),
  addressing: z.enum(['virtual_host', 'path']),
})
export type Destination = z.infer<typeof destinationSchema>

/** A grant, signed by the broker; says all that another replica must know to renew or confirm. */
const grantTokenSchema = z.string().min(1).max(16_384)

export const grantResponseSchema = z.object({
  grant: grantTokenSchema,
  destination: destinationSchema,
  keys: z.array(z.object({ id: transferIdSchema, key: keySchema })),
  credentials: credentialsSchema,
  serverTime: time,
  renewUntil: time,
})
export type GrantResponse = z.infer<typeof grantResponseSchema>

/**
 * `POST /v1/grants/renew`: new credentials for the same prefix, for the same person, until `renewUntil`. Renewal slides:
 * the answer's `grant` is the same grant with a later `renewUntil`, and takes the place of the one that was sent, which
 * stays good until its own time. So it can be repeated, when an answer was lost.
 */
export const renewRequestSchema = z.strictObject({ grant: grantTokenSchema })
export const renewResponseSchema = z.object({
  grant: grantTokenSchema,
  credentials: credentialsSchema,
  serverTime: time,
  renewUntil: time,
})
export type RenewResponse = z.infer<typeof renewResponseSchema>

/** `POST /v1/confirm`: what is in the bucket under these keys, looked at with the broker's own rights. */
export const confirmObjectSchema = z.strictObject({
  key: keySchema,
  size: sizeSchema,
  /** CRC32 of the whole object, base64 of 4 bytes big-endian as S3 writes it; null: the caller does not know it yet. */
  crc32: z.string().length(8).nullable(),
})
export const confirmRequestSchema = z.strictObject({
  grant: grantTokenSchema,
  objects: z.array(confirmObjectSchema).min(1).max(mostFilesPerGrant),
})
export type ConfirmRequest = z.infer<typeof confirmRequestSchema>

/**
 * `same`: the size is equal, and the whole object's CRC32 too where both sides know one. Only the size was compared
 * where the request's `crc32` was null (the caller compares with the answer's) or the answer's is (the store knows none)
 * · `different`: another size, or both know the CRC32 and it is another · `absent`: no object of that key.
 */
export const confirmedObjectSchema = z.discriminatedUnion('outcome', [
  z.object({
    key: keySchema,
    outcome: z.literal('same'),
    /** Without quotes; empty where the store told none. */
    etag: z.string(),
    versionId: z.string().nullable(),
    /** The store's CRC32 of the whole object, null where it knows none. */
    crc32: z.string().nullable(),
  }),
  z.object({ key: keySchema, outcome: z.literal('different') }),
  z.object({ key: keySchema, outcome: z.literal('absent') }),
])
export type ConfirmedObject = z.infer<typeof confirmedObjectSchema>
export const confirmResponseSchema = z.object({ objects: z.array(confirmedObjectSchema), serverTime: time })
export type ConfirmResponse = z.infer<typeof confirmResponseSchema>

/** Why the broker refused: the stable `code` of its `application/problem+json` answers. */
export const problemCodes = [
  'unauthenticated',
  'invalid_request',
  'unknown_purpose',
  'too_large',
  'over_quota',
  'revoked',
  'not_yours',
  'deadline_passed',
  'grant_invalid',
  'too_many_requests',
  'unavailable',
  'not_found',
] as const
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.enum(problemCodes),
  /** The fields of the request that are wrong, without their values. */
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
})
export type Problem = z.infer<typeof problemSchema>

/** The header of an authenticated request. */
export const authorizationOf = (token: z.infer<typeof bearerTokenSchema>): string => `Bearer ${token}`
