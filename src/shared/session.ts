import { z } from 'zod'

/** Letters that can stand in an Authorization header; a broker's own token or an access token of an issuer. */
export const bearerTokenSchema = z
  .string()
  .min(1)
  .max(16_384)
  .regex(/^[\x21-\x7e]+$/)

export const signInRequestSchema = z.strictObject({ brokerUrl: z.string().max(2_048), token: bearerTokenSchema })
export type SignInRequest = z.infer<typeof signInRequestSchema>

export const aboutRequestSchema = z.strictObject({ brokerUrl: z.string().max(2_048) })

export type Purpose = {
  readonly name: string
  readonly label: string
  /** The person may invite others to send for it. */
  readonly invitations?: true
  /** Only watched folders can send for it. */
  readonly folders?: true
}

/** Who is signed in, where, and what may be sent. Holds no secret. */
export type SessionView =
  | { readonly state: 'signed_out' }
  | {
      readonly state: 'signed_in'
      readonly brokerUrl: string
      readonly brokerName: string
      readonly label: string
      /** Whose invitation they came by, where they have no account. */
      readonly invitedBy?: string
      readonly purposes: readonly Purpose[]
      /** False where the machine has no keychain: the person signs in again after a restart. */
      readonly remembered: boolean
    }

/** What the keychain keeps, so that a start without network knows whose rows to run. */
export const storedSessionSchema = z.strictObject({
  brokerUrl: z.string(),
  brokerName: z.string(),
  token: bearerTokenSchema,
  subject: z.string(),
  label: z.string(),
  invitedBy: z.string().exactOptional(),
  purposes: z.array(
    z.strictObject({
      name: z.string(),
      label: z.string(),
      invitations: z.literal(true).exactOptional(),
      folders: z.literal(true).exactOptional(),
    }),
  ),
})
export type StoredSession = z.infer<typeof storedSessionSchema>
