import type { S3Client } from '@aws-sdk/client-s3'

/** When a request is signed, for how many seconds it is good, and when (epoch ms) that ends. */
export type SigningTime = { readonly signingDate: Date; readonly expiresIn: number; readonly expiration: number }

const mostSeconds = 900

/** Never longer than the credentials live that sign; null where they have ended. */
export const signingTime = async (signer: S3Client, now: number): Promise<SigningTime | null> => {
  const { expiration: end } = await signer.config.credentials()
  // signatures count in whole seconds
  const signedAt = Math.floor(now / 1_000) * 1_000
  const left = end === undefined ? mostSeconds : Math.floor((end.getTime() - signedAt) / 1_000)
  const expiresIn = Math.min(mostSeconds, left)
  return expiresIn < 1 ? null : { signingDate: new Date(signedAt), expiresIn, expiration: signedAt + expiresIn * 1_000 }
}
