import type { S3Client } from '@aws-sdk/client-s3'
import { ok, type Result } from '../../../shared/failure.ts'
import { awsFailure } from '../../aws-failure.ts'
import type { Refusal } from '../../problem.ts'

/** When something is signed, for how many seconds it is good, and when (epoch ms) that ends. */
export type SigningTime = {
  readonly signingDate: Date
  readonly expiresIn: number
  readonly expiration: number
  /** Those that were looked at. */
  readonly credentials: Awaited<ReturnType<S3Client['config']['credentials']>>
}

/**
 * The time of what the client's credentials sign for so many seconds: never longer than they live, in whole seconds as
 * signatures have them. `unavailable` where there are none, or none that live.
 */
export const signingTime = async (
  { config }: Pick<S3Client, 'config'>,
  seconds: number,
  now: number,
): Promise<Result<SigningTime, Refusal>> => {
  try {
    const credentials = await config.credentials()
    const { expiration } = credentials
    const start = Math.floor(now / 1_000)
    const left = expiration === undefined ? seconds : Math.floor(expiration.getTime() / 1_000) - start
    const expiresIn = Math.min(seconds, left)
    if (expiresIn < 1) return unavailable({ name: 'ExpiredCredentials' })
    return ok({ signingDate: new Date(start * 1_000), expiresIn, expiration: (start + expiresIn) * 1_000, credentials })
  } catch (error) {
    return unavailable(error)
  }
}

const unavailable = (error: unknown) =>
  ({ ok: false, failure: { code: 'unavailable', cause: awsFailure('Presign', error) } }) as const
