import { z } from 'zod'
import { objectOptionsSchema } from './object-options.ts'
import { isSafeAddress } from './safe-address.ts'
import type { bearerTokenSchema } from './session.ts'
import { purposeNameSchema, transferIdSchema } from './transfer.ts'

/** The broker's HTTP interface, version 1. Times are epoch milliseconds, sizes bytes. Requests are strict; answers may grow. */

/** The largest object of S3: 50 TB (client-s3's documentation of CreateMultipartUpload). */
export const largestObject = 50_000_000_000_000
/** S3's limit of an object key in UTF-8 bytes. */
export const longestKeyBytes = 1_024
export const mostFilesPerGrant = 1_000

export const timeSchema = z.int().min(0)
export const sizeSchema = z.int().min(0).max(largestObject)
export const keySchema = z.string().min(1).max(longestKeyBytes)
/** CRC32, base64 of 4 bytes big-endian as S3 writes it. */
export const crc32Schema = z.string().regex(/^[A-Za-z0-9+/]{6}==$/, 'must be 4 bytes in base64')

/** `GET /v1/about`, for anyone: who this broker is. */
export const aboutResponseSchema = z.object({ name: z.string().min(1).max(200), serverTime: timeSchema })
export type AboutResponse = z.infer<typeof aboutResponseSchema>

/** `image/png`, or `image/*`. */
export const contentTypeSchema = z
  .string()
  .max(255)
  .regex(/^[a-z0-9][\w.+-]*\/([a-z0-9][\w.+-]*|\*)$/, 'must be a media type')

/** What one file may be. `contentTypes`: such as `image/png` or `image/*`; null: any. */
export const grantLimitsSchema = z.object({
  maxSize: sizeSchema,
  contentTypes: z.array(z.string().min(1).max(255)).nullable(),
})

/** `GET /v1/purposes`: who the caller is and what may be sent. */
export const purposesResponseSchema = z.object({
  subject: z.object({ id: z.string().min(1).max(300), label: z.string().min(1).max(200) }),
  /** Whose invitation lets the caller in; absent for people with an account. */
  invitedBy: z.string().min(1).max(200).optional(),
  purposes: z.array(
    z.object({
      name: purposeNameSchema,
      label: z.string().min(1).max(200),
      ...grantLimitsSchema.partial().shape,
      /** The caller may invite others to send for it; absent where not. */
      invitations: z.literal(true).optional(),
      /** Only watched folders can send for it: its grant requests need `folder`; absent where not. */
      folders: z.literal(true).optional(),
    }),
  ),
  serverTime: timeSchema,
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
  /** The id of the watched folder that the files are of: purposes for folders need it. */
  folder: z.uuid().optional(),
  files: z.array(grantFileSchema).min(1).max(mostFilesPerGrant),
})
export type GrantRequest = z.infer<typeof grantRequestSchema>

/** A short-lived permission of STS. Secret: only ever in memory. */
export const credentialsSchema = z.object({
  accessKeyId: z.string().min(1),
  secretAccessKey: z.string().min(1),
  sessionToken: z.string().min(1),
  expiration: timeSchema,
})
export type Credentials = z.infer<typeof credentialsSchema>

/**
 * How a grant permits. `federation_token`, `assumed_role`: credentials of STS · `single_request`: the broker signs one
 * request for each object · `presigned_multipart`: and each part of a multipart upload, which it creates and completes itself.
 */
export const grantKinds = ['federation_token', 'assumed_role', 'single_request', 'presigned_multipart'] as const
export const grantKindSchema = z.enum(grantKinds)
export type GrantKindName = z.infer<typeof grantKindSchema>

/** Where a grant's objects go; stored with the rows. */
export const destinationSchema = z.object({
  kind: grantKindSchema,
  /** A bucket's name, or the ARN or alias of an access point. */
  bucket: z.string().min(1),
  /** All keys of the grant start with it; the session policy names it and nothing else. */
  prefix: z.string().min(1),
  region: z.string().min(1),
  /** Null: AWS's own endpoint of the region. */
  endpoint: z.url().refine(isSafeAddress).nullable(),
  addressing: z.enum(['virtual_host', 'path']),
  /** S3's own other endpoints, where `endpoint` is null. */
  accelerate: z.boolean().default(false),
  dualStack: z.boolean().default(false),
  options: objectOptionsSchema.default({}),
})
export type Destination = z.infer<typeof destinationSchema>

/** A grant, signed by the broker; says all that another replica must know to renew or confirm. */
export const grantTokenSchema = z.string().min(1).max(16_384)

export const grantResponseSchema = z.object({
  grant: grantTokenSchema,
  destination: destinationSchema,
  keys: z.array(z.object({ id: transferIdSchema, key: keySchema })),
  /** Null where the broker signs each request: see `broker-uploads.ts`. */
  credentials: credentialsSchema.nullable(),
  /** What may be sent; absent from brokers that have no limits. */
  limits: grantLimitsSchema.optional(),
  serverTime: timeSchema,
  renewUntil: timeSchema,
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
  credentials: credentialsSchema.nullable(),
  serverTime: timeSchema,
  renewUntil: timeSchema,
})
export type RenewResponse = z.infer<typeof renewResponseSchema>

/** `POST /v1/confirm`: what is in the bucket under these keys, looked at with the broker's own rights. */
export const confirmObjectSchema = z.strictObject({
  key: keySchema,
  size: sizeSchema,
  /** Of the whole object; null: the caller does not know it yet. */
  crc32: crc32Schema.nullable(),
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
    /** What the broker saw, signed: a compact JWS (EdDSA) that anyone can check with the keys at `/v1/receipts/keys`. */
    receipt: z.string().optional(),
  }),
  z.object({ key: keySchema, outcome: z.literal('different') }),
  z.object({ key: keySchema, outcome: z.literal('absent') }),
])
export type ConfirmedObject = z.infer<typeof confirmedObjectSchema>
export const confirmResponseSchema = z.object({ objects: z.array(confirmedObjectSchema), serverTime: timeSchema })
export type ConfirmResponse = z.infer<typeof confirmResponseSchema>

/** Why the broker refused: the stable `code` of its `application/problem+json` answers. */
export const problemCodes = [
  'unauthenticated',
  'invalid_request',
  'unknown_purpose',
  'too_large',
  'type_not_allowed',
  'over_quota',
  'revoked',
  'not_yours',
  'not_allowed',
  'deadline_passed',
  'grant_invalid',
  'too_many_requests',
  'daily_limit',
  'unavailable',
  'not_found',
  'upload_lost',
  'exists',
  'conflict',
  'invalid_part',
  'checksum_mismatch',
  'not_supported',
  'absent',
  'unclear',
  'store_denied',
  'no_such_bucket',
  'store_refused',
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

/** The header by which an installation says which one it is: a UUID, the same for ever. */
export const deviceHeader = 'longshore-device'

/** The header of an authenticated request. */
export const authorizationOf = (token: z.infer<typeof bearerTokenSchema>): string => `Bearer ${token}`
