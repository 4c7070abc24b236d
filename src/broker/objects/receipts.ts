import { createPrivateKey, createPublicKey, hkdfSync } from 'node:crypto'
import { calculateJwkThumbprint, jwtVerify, SignJWT } from 'jose'
import {
  type ReceiptClaims,
  type ReceiptKeysResponse,
  receiptClaimsSchema,
  receiptType,
} from '../../shared/broker-receipts.ts'
import { ok, type Result } from '../../shared/failure.ts'
import type { Grant } from '../grants/grant-token.ts'
import type { Refusal } from '../problem.ts'

export type Receipts = {
  readonly sign: (claims: ReceiptClaims) => Promise<string>
  /** What a receipt says; `grant_invalid` where it is not ours or was altered. */
  readonly open: (receipt: string) => Promise<Result<ReceiptClaims, Refusal>>
  readonly keys: () => Promise<ReceiptKeysResponse>
}

const algorithm = 'EdDSA'
/** What precedes the 32 bytes of a private key of Ed25519 in PKCS #8 (RFC 8410, section 7). */
const pkcs8Start = Buffer.from('302e020100300506032b657004220420', 'hex')

/** The receipts of all brokers with one signing secret: its key pair is derived from the secret (HKDF, RFC 5869). */
export const createReceipts = (signingSecret: string): Receipts => {
  const seed = Buffer.from(hkdfSync('sha256', signingSecret, '', 'longshore receipts: Ed25519', 32))
  const privateKey = createPrivateKey({ key: Buffer.concat([pkcs8Start, seed]), format: 'der', type: 'pkcs8' })
  const publicKey = createPublicKey(privateKey)
  const { x = '' } = publicKey.export({ format: 'jwk' })
  const jwk = { kty: 'OKP', crv: 'Ed25519', x } as const
  const thumbprint = calculateJwkThumbprint(jwk)

  return {
    sign: async ({ sub, ...claims }) =>
      new SignJWT(claims)
        .setProtectedHeader({ alg: algorithm, typ: receiptType, kid: await thumbprint })
        .setSubject(sub)
        .sign(privateKey),

    open: async (receipt) => {
      try {
        const { payload } = await jwtVerify(receipt, publicKey, { algorithms: [algorithm], typ: receiptType })
        return ok(receiptClaimsSchema.parse(payload))
      } catch {
        return { ok: false, failure: { code: 'grant_invalid' } }
      }
    },

    keys: async () => ({ keys: [{ ...jwk, kid: await thumbprint, alg: algorithm, use: 'sig' }] }),
  }
}

/** What a receipt says of an object of a grant that was found to be as it was to be. */
export const claimsOf = (
  { subject, id, purpose, bucket, region }: Grant,
  { key, size, etag, crc32, versionId }: Pick<ReceiptClaims, 'key' | 'size' | 'etag' | 'crc32' | 'versionId'>,
  seenAt: number,
): ReceiptClaims => ({
  sub: subject,
  grantId: id,
  purpose,
  bucket,
  region,
  key,
  size,
  etag,
  crc32,
  versionId,
  seenAt,
})
