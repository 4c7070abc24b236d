import { z } from 'zod'
import { keySchema, sizeSchema, timeSchema } from './broker-api.ts'

/**
 * A receipt is a compact JWS (EdDSA) of these claims, for an object that the broker found in the bucket as it was to be.
 * The same object gives the same claims again, but for `seenAt`. It has no expiry: it says what was seen, not what is.
 */
export const receiptType = 'longshore-receipt+jwt'

export const receiptClaimsSchema = z.object({
  /** Who sent it: the subject of the grant. */
  sub: z.string(),
  grantId: z.string(),
  purpose: z.string(),
  bucket: z.string(),
  region: z.string(),
  key: keySchema,
  size: sizeSchema,
  /** Without quotes; empty where the store told none. */
  etag: z.string(),
  /** The store's CRC32 of the whole object, null where it knows none. */
  crc32: z.string().nullable(),
  versionId: z.string().nullable(),
  seenAt: timeSchema,
})
export type ReceiptClaims = z.infer<typeof receiptClaimsSchema>

/** `GET /v1/receipts/keys`, for anyone: what receipts are checked with, a JSON Web Key Set. */
export const receiptKeysResponseSchema = z.object({
  keys: z.array(
    z.object({
      kty: z.literal('OKP'),
      crv: z.literal('Ed25519'),
      x: z.string(),
      kid: z.string(),
      alg: z.literal('EdDSA'),
      use: z.literal('sig'),
    }),
  ),
})
export type ReceiptKeysResponse = z.infer<typeof receiptKeysResponseSchema>
