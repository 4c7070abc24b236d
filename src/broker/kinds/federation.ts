import { GetFederationTokenCommand } from '@aws-sdk/client-sts'
import { sessionPolicy } from '../grants/session-policy.ts'
import type { SessionKind } from './session-kind.ts'
import { type SessionTools, sessionName, sessionOf } from './sts-session.ts'

/** Credentials by STS's GetFederationToken, which needs an IAM user's long-term keys. They live `sessionSeconds`. */
export const federation = (tools: SessionTools): SessionKind => ({
  issue: async ({ subject, prefix, purpose, ...place }) => {
    const command = new GetFederationTokenCommand({
      Name: sessionName(subject),
      Policy: sessionPolicy(place, prefix, purpose, tools.reader),
      DurationSeconds: tools.sessionSeconds,
    })
    return sessionOf('GetFederationToken', () => tools.sts.send(command), tools)
  },
})
