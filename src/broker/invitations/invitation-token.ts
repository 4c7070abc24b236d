import { jwtVerify, SignJWT } from 'jose'
import { z } from 'zod'
import type { Invitation } from './invitation.ts'

const algorithm = 'HS256'
const type = 'longshore-invitation+jwt'
const audience = 'longshore-broker'
/** By it people and scanners of leaked secrets recognise one. */
const mark = 'inv_'

const claimsSchema = z.object({
  jti: z.string(),
  inviter: z.object({ subject: z.string(), label: z.string() }),
  purpose: z.string(),
  note: z.string(),
  expiresAt: z.number(),
  maxBytes: z.number(),
  maxFiles: z.number(),
  maxSize: z.number().nullable(),
  contentTypes: z.array(z.string()).nullable(),
})

/** The invitation as `inv_` and a compact JWS (HS256). A bearer token: whoever has it is invited. */
export const signInvitation = async (signingSecret: string, { id, ...invitation }: Invitation): Promise<string> =>
  mark +
  (await new SignJWT(invitation)
    .setProtectedHeader({ alg: algorithm, typ: type })
    .setAudience(audience)
    .setJti(id)
    .sign(Buffer.from(signingSecret)))

/** The invitation of a token, also one whose time is over; null where it is none of this broker's. */
export const openInvitation = async (signingSecret: string, token: string): Promise<Invitation | null> => {
  if (!token.startsWith(mark)) return null
  const jws = token.slice(mark.length)
  try {
    const options = { algorithms: [algorithm], typ: type, audience }
    const { payload } = await jwtVerify(jws, Buffer.from(signingSecret), options)
    const { jti, ...invitation } = claimsSchema.parse(payload)
    return { id: jti, ...invitation }
  } catch {
    return null
  }
}
