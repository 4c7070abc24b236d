import { z } from 'zod'

/** What the operator wants each object to have besides its bytes, the same however it is sent. */
export const objectOptionsSchema = z.object({
  /** `s3`: SSE-S3 · `kms`: SSE-KMS, by the key of that id or ARN, null: the bucket's own. */
  encryption: z
    .discriminatedUnion('by', [
      z.object({ by: z.literal('s3') }),
      z.object({ by: z.literal('kms'), keyId: z.string().min(1).max(2_048).nullable() }),
    ])
    .optional(),
  storageClass: z.string().min(1).max(64).optional(),
  tags: z.record(z.string().min(1).max(128), z.string().max(256)).optional(),
  /** `x-amz-meta-…`, in ASCII; besides what the client says of its file. */
  metadata: z.record(z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/), z.string().regex(/^[\x20-\x7e]*$/)).optional(),
  /** Kept from deletion for so many days from the start of the upload. */
  objectLock: z.object({ mode: z.enum(['GOVERNANCE', 'COMPLIANCE']), days: z.int().min(1).max(36_500) }).optional(),
  legalHold: z.boolean().optional(),
  /** The store must refuse a key that is taken: `If-None-Match: *` is demanded, not only sent. */
  createOnly: z.boolean().optional(),
})
export type ObjectOptions = z.infer<typeof objectOptionsSchema>
