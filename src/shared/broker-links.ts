import { z } from 'zod'
import { grantTokenSchema, keySchema, timeSchema } from './broker-api.ts'

/**
 * `POST /v1/links`: for reading what the caller uploaded. `proof`: the grant, or the receipt, that shows that the key is
 * the caller's.
 */
export const linkRequestSchema = z.strictObject({
  key: keySchema,
  proof: grantTokenSchema,
  /** Seconds; the answer says when it really ends. */
  expiresIn: z.int().min(1).max(604_800),
  method: z.enum(['GET', 'HEAD']).default('GET'),
  /** The name under which a browser saves it. */
  fileName: z.string().min(1).max(255).optional(),
  disposition: z.enum(['attachment', 'inline']).default('attachment'),
  /** `url` for the object · `cookies` for all of the grant's prefix, where the operator has set CloudFront up. */
  as: z.enum(['url', 'cookies']).default('url'),
})
export type LinkRequest = z.infer<typeof linkRequestSchema>

export const linkResponseSchema = z.object({
  /** Secret, but with `as: cookies`. */
  url: z.url(),
  /** With `as: cookies`: values of Set-Cookie headers, for a server of the cookies' domain to hand on. Secret. */
  setCookies: z.array(z.string()).optional(),
  expiration: timeSchema,
  serverTime: timeSchema,
})
