import { AssumeRoleCommand, GetFederationTokenCommand, type STSClient } from '@aws-sdk/client-sts'
import type { BrokerSettings } from '../config/config.ts'
import { isOfAws } from '../policy/arn.ts'
import { sessionPolicy } from '../policy/session-policy.ts'
import type { Scope, SessionKinds } from './session.ts'
import { sessionName, sessionOf } from './sts-session.ts'

/**
 * The kinds of session that the configuration allows. Their credentials live `sessionSeconds`. GetFederationToken needs an
 * IAM user's long-term keys; AssumeRole gives what the role may do, narrowed to the grant, and STS refuses it where
 * `sessionSeconds` is more than the role's own limit, or more than an hour and the broker itself runs on a role.
 */
export const createSessionKinds = (
  { sts: { endpoint, roleArn }, sessionSeconds }: Pick<BrokerSettings, 'sts' | 'sessionSeconds'>,
  sts: STSClient,
  now: () => number,
): SessionKinds => {
  const times = { sessionSeconds, now }
  const inputOf = ({ subject, prefix, purpose, ...place }: Scope) => ({
    name: sessionName(subject),
    Policy: sessionPolicy(place, prefix, purpose, { kms: isOfAws(endpoint) }),
    DurationSeconds: sessionSeconds,
  })
  return {
    federation_token: {
      issue: async (scope) => {
        const { name: Name, ...input } = inputOf(scope)
        const command = new GetFederationTokenCommand({ Name, ...input })
        return sessionOf('GetFederationToken', () => sts.send(command), times)
      },
    },
    ...(roleArn !== undefined && {
      assumed_role: {
        issue: async (scope: Scope) => {
          const { name: RoleSessionName, ...input } = inputOf(scope)
          const command = new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName, ...input })
          return sessionOf('AssumeRole', () => sts.send(command), times)
        },
      },
    }),
  }
}
