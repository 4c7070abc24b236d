import type { STSClient } from '@aws-sdk/client-sts'
import type { BrokerSettings } from '../config/config.ts'
import { isOfAws } from '../grants/arn.ts'
import { assumedRole } from './assumed-role.ts'
import { federation } from './federation.ts'
import type { SessionKinds } from './session-kind.ts'

/** The kinds of session that the configuration allows. */
export const createSessionKinds = (
  { sts: { endpoint, roleArn }, sessionSeconds }: Pick<BrokerSettings, 'sts' | 'sessionSeconds'>,
  sts: STSClient,
  now: () => number,
): SessionKinds => {
  const tools = { sts, sessionSeconds, reader: { kms: isOfAws(endpoint) }, now }
  return {
    federation_token: federation(tools),
    ...(roleArn !== undefined && { assumed_role: assumedRole(roleArn, tools) }),
  }
}
