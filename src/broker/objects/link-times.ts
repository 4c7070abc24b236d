import type { S3Client } from '@aws-sdk/client-s3'
import { ok, type Result } from '../../shared/failure.ts'
import { awsFailure } from '../aws-failure.ts'
import type { Refusal } from '../problem.ts'

export type LinkTimes = {
  readonly signingDate: Date
  readonly expiresIn: number
  readonly expiration: number
  /** Those that were looked at. */
  readonly credentials: Awaited<ReturnType<S3Client['config']['credentials']>>
}

/**
 * When a link of so many seconds begins and ends that the client's credentials sign: never later than they do, in whole
 * seconds as signatures have them. `unavailable` where there are none, or none that live.
 */
export const linkTimes = async (
  { config }: Pick<S3Client, 'config'>,
  seconds: number,
  now: number,
): Promise<Result<LinkTimes, Refusal>> => {
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
