import { z } from 'zod'
import { endpointSchema } from './store.ts'

/** The limits of a secret's bytes, and its form, by the Standard Webhooks specification. */
const leastSecretBytes = 24
const mostSecretBytes = 64
const secretForm = /^whsec_([A-Za-z0-9+/]+={0,2})$/

const isSecret = (secret: string): boolean => {
  const bytes = Buffer.from(secretForm.exec(secret)?.[1] ?? '', 'base64').length
  return bytes >= leastSecretBytes && bytes <= mostSecretBytes
}

const hasNoPassword = (url: string): boolean => {
  if (!URL.canParse(url)) return false
  const { username, password } = new URL(url)
  return username + password === ''
}

/** Somebody who is told of each object that was confirmed, for the first time or again. */
export const webhookSchema = z.strictObject({
  url: endpointSchema.refine(hasNoPassword, 'must have no user name or password'),
  /** Signs each call. */
  secret: z
    .string()
    .refine(isSecret, `must be whsec_ and ${leastSecretBytes} to ${mostSecretBytes} random bytes in base64`),
  /** Only of these purposes. */
  purposes: z.array(z.string().min(1)).min(1).optional(),
})
export type WebhookSettings = z.output<typeof webhookSchema>
