import { AssumeRoleCommand } from '@aws-sdk/client-sts'
import { sessionPolicy } from '../grants/session-policy.ts'
import type { SessionKind } from './session-kind.ts'
import { type SessionTools, sessionName, sessionOf } from './sts-session.ts'

/**
 * Credentials by STS's AssumeRole: what the role may do, narrowed to the grant. They live `sessionSeconds`, which STS
 * refuses where it is more than the role's own limit, or more than an hour and the broker itself runs on a role.
 */
export const assumedRole = (roleArn: string, tools: SessionTools): SessionKind => ({
  issue: async ({ subject, prefix, purpose, ...place }) => {
    const command = new AssumeRoleCommand({
      RoleArn: roleArn,
      RoleSessionName: sessionName(subject),
      Policy: sessionPolicy(place, prefix, purpose, tools.reader),
      DurationSeconds: tools.sessionSeconds,
    })
    return sessionOf('AssumeRole', () => tools.sts.send(command), tools)
  },
})
