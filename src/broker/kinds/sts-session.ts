import { createHash } from 'node:crypto'
import type { Credentials } from '@aws-sdk/client-sts'
import { ok, type Result } from '../../shared/failure.ts'
import { type AwsFailure, awsFailure } from '../aws-failure.ts'
import type { Session } from './session.ts'

/**
 * The name of a caller's sessions, 32 characters (GetFederationToken allows 2–32, AssumeRole 2–64): the same at each
 * renewal, and no one's name in the store's logs.
 */
export const sessionName = (subject: string): string =>
  `longshore-${createHash('sha256').update(subject).digest('hex').slice(0, 22)}`

/**
 * The credentials that an operation of STS answers with; a failure where it refuses, or leaves one of them out. They
 * end `sessionSeconds` after they were asked for, by the broker's own clock, to which a client holds its own; STS's clock may
 * be another.
 */
export const sessionOf = async (
  operation: string,
  ask: () => Promise<{
    readonly Credentials?: Credentials | undefined
    readonly PackedPolicySize?: number | undefined
  }>,
  { sessionSeconds, now }: { readonly sessionSeconds: number; readonly now: () => number },
): Promise<Result<Session, AwsFailure>> => {
  const askedAt = now()
  try {
    const { Credentials: given, PackedPolicySize: packedPolicySize = null } = await ask()
    if (!given?.AccessKeyId || !given.SecretAccessKey || !given.SessionToken) {
      return { ok: false, failure: awsFailure(operation, { name: 'IncompleteAnswer' }) }
    }
    return ok({
      credentials: {
        accessKeyId: given.AccessKeyId,
        secretAccessKey: given.SecretAccessKey,
        sessionToken: given.SessionToken,
        expiration: askedAt + sessionSeconds * 1_000,
      },
      packedPolicySize,
    })
  } catch (error) {
    return { ok: false, failure: awsFailure(operation, error) }
  }
}
