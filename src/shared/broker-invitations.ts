import { z } from 'zod'
import { contentTypeSchema, grantKindSchema, grantLimitsSchema, timeSchema } from './broker-api.ts'
import { bearerTokenSchema } from './session.ts'
import { purposeNameSchema } from './transfer.ts'

/** An invitation lets whoever holds its link send files without an account. Its token is a bearer token of its own. */

const text = z.string().max(500)
const limits = {
  /** Of all files together, in bytes. */
  maxBytes: z.int().min(1),
  maxFiles: z.int().min(1).max(100_000),
}

/** `POST /v1/invitations`, for people with an account. What is left out is as the purpose allows. */
export const inviteRequestSchema = z.strictObject({
  purpose: purposeNameSchema,
  note: text.default(''),
  /** Seconds. */
  expiresIn: z
    .int()
    .min(60)
    .max(365 * 86_400),
  ...limits,
  maxSize: z.int().min(1).optional(),
  contentTypes: z.array(contentTypeSchema).min(1).max(50).optional(),
})
export type InviteRequest = z.infer<typeof inviteRequestSchema>
export const inviteResponseSchema = z.object({
  id: z.string(),
  /** The page to open; the token is in its fragment, which no server sees. Secret. */
  link: z.url(),
  token: bearerTokenSchema,
  expiresAt: timeSchema,
  serverTime: timeSchema,
})
export type InviteResponse = z.infer<typeof inviteResponseSchema>

/** `POST /v1/invitations/revoke`, for the one who made it: by its token. Repeating it changes nothing. */
export const revokeInvitationRequestSchema = z.strictObject({ token: bearerTokenSchema })
export const revokeInvitationResponseSchema = z.object({ id: z.string() })
export type RevokeInvitationResponse = z.infer<typeof revokeInvitationResponseSchema>

/** `GET /v1/invitation`, for its holder: what it is for and what is left of it. */
export const invitationResponseSchema = z.object({
  id: z.string(),
  /** The organisation's broker, and who invites. */
  brokerName: z.string(),
  from: z.string(),
  note: text,
  purpose: z.object({ name: purposeNameSchema, label: z.string(), kind: grantKindSchema }),
  ...limits,
  limits: grantLimitsSchema,
  usedBytes: z.int().min(0),
  usedFiles: z.int().min(0),
  expiresAt: timeSchema,
  serverTime: timeSchema,
})
export type InvitationResponse = z.infer<typeof invitationResponseSchema>
