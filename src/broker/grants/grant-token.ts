import { errors, jwtVerify, SignJWT } from 'jose'
import { z } from 'zod'
import { type GrantKindName, grantKindSchema } from '../../shared/broker-api.ts'
import { ok, type Result } from '../../shared/failure.ts'
import type { Refusal } from '../problem.ts'

/** What a broker must remember of a grant; any replica with the same secret reads it from the token. Times: epoch ms. */
export type Grant = {
  readonly id: string
  readonly subject: string
  readonly purpose: string
  readonly kind: GrantKindName
  readonly bucket: string
  readonly region: string
  readonly prefix: string
  readonly issuedAt: number
  readonly renewUntil: number
}

/** How long after `renewUntil` a grant can still be confirmed: reports come late from laptops that were away. */
export const confirmDays = 30

const algorithm = 'HS256'
const type = 'longshore-grant+jwt'
const audience = 'longshore-broker'
const day = 86_400_000

const claimsSchema = z.object({
  jti: z.string(),
  sub: z.string(),
  purpose: z.string(),
  kind: grantKindSchema,
  bucket: z.string(),
  region: z.string(),
  prefix: z.string(),
  issuedAt: z.number(),
  renewUntil: z.number(),
})

/** What signs and opens grants: imported once, since it costs as much as a signature. */
export const grantKey = (signingSecret: string): Promise<CryptoKey> =>
  crypto.subtle.importKey('raw', Buffer.from(signingSecret), { name: 'HMAC', hash: 'SHA-256' }, false, [
    'sign',
    'verify',
  ])

/** The grant as a compact JWS (HS256). It holds no credentials, but belongs in bodies only: it is what renews them. */
export const signGrant = (key: CryptoKey, { id, subject, ...grant }: Grant): Promise<string> =>
  new SignJWT(grant)
    .setProtectedHeader({ alg: algorithm, typ: type })
    .setAudience(audience)
    .setJti(id)
    .setSubject(subject)
    .setExpirationTime(Math.ceil((grant.renewUntil + confirmDays * day) / 1_000))
    .sign(key)

/** The grant of a token; `grant_invalid` where it is not ours or was altered, `deadline_passed` after its last day. */
export const openGrant = async (key: CryptoKey, token: string, now: number): Promise<Result<Grant, Refusal>> => {
  try {
    const { payload } = await jwtVerify(token, key, {
      algorithms: [algorithm],
      typ: type,
      audience,
      currentDate: new Date(now),
    })
    const { jti, sub, ...grant } = claimsSchema.parse(payload)
    return ok({ id: jti, subject: sub, ...grant })
  } catch (error) {
    return { ok: false, failure: { code: error instanceof errors.JWTExpired ? 'deadline_passed' : 'grant_invalid' } }
  }
}
