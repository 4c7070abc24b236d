import { createHash } from 'node:crypto'
import { GetFederationTokenCommand, type STSClient } from '@aws-sdk/client-sts'
import { ok } from '../../shared/failure.ts'
import { awsFailure } from '../aws-failure.ts'
import { sessionPolicy } from '../session-policy.ts'
import type { GrantKind } from './grant-kind.ts'

const operation = 'GetFederationToken'

/** Credentials by STS's GetFederationToken, which needs an IAM user's long-term keys. They live `sessionSeconds`. */
export const federation = (sts: STSClient, sessionSeconds: number): GrantKind => ({
  name: 'federation_token',
  issue: async ({ subject, bucket, prefix }) => {
    const command = new GetFederationTokenCommand({
      Name: federatedUserName(subject),
      Policy: sessionPolicy(bucket, prefix),
      DurationSeconds: sessionSeconds,
    })
    try {
      const { Credentials: given } = await sts.send(command)
      if (!given?.AccessKeyId || !given.SecretAccessKey || !given.SessionToken || !given.Expiration) {
        return { ok: false, failure: awsFailure(operation, { name: 'IncompleteAnswer' }) }
      }
      return ok({
        accessKeyId: given.AccessKeyId,
        secretAccessKey: given.SecretAccessKey,
        sessionToken: given.SessionToken,
        expiration: given.Expiration.getTime(),
      })
    } catch (error) {
      return { ok: false, failure: awsFailure(operation, error) }
    }
  },
})

/** The session's name, 32 characters (STS allows 2–32): the same at each renewal, and no one's name in the store's logs. */
const federatedUserName = (subject: string): string =>
  `longshore-${createHash('sha256').update(subject).digest('hex').slice(0, 22)}`
