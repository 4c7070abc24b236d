import { GetFederationTokenCommand } from '@aws-sdk/client-sts'
import { sessionPolicy } from '../session-policy.ts'
import type { GrantKind } from './grant-kind.ts'
import { type SessionTools, sessionName, sessionOf } from './sts-session.ts'

/** Credentials by STS's GetFederationToken, which needs an IAM user's long-term keys. They live `sessionSeconds`. */
export const federation = (tools: SessionTools): GrantKind => ({
  name: 'federation_token',
  issue: async ({ subject, bucket, prefix }) => {
    const command = new GetFederationTokenCommand({
      Name: sessionName(subject),
      Policy: sessionPolicy(bucket, prefix),
      DurationSeconds: tools.sessionSeconds,
    })
    return sessionOf('GetFederationToken', () => tools.sts.send(command), tools)
  },
})
