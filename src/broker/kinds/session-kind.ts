import type { Credentials, GrantKindName } from '../../shared/broker-api.ts'
import type { Result } from '../../shared/failure.ts'
import type { AwsFailure } from '../aws-failure.ts'
import type { PolicyPurpose } from '../grants/session-policy.ts'

/** What a permission is for. */
export type Scope = {
  readonly subject: string
  readonly bucket: string
  readonly region: string
  readonly prefix: string
  readonly purpose: PolicyPurpose
}

export type Session = {
  readonly credentials: Credentials
  /** By STS's own measure, the session policy in per cent of what it takes; null where STS does not tell. */
  readonly packedPolicySize: number | null
}

/** One way to hand out credentials that permit writing under a prefix. Asking again for the same scope renews them. */
export type SessionKind = { readonly issue: (scope: Scope) => Promise<Result<Session, AwsFailure>> }

export type SessionKindName = Extract<GrantKindName, 'federation_token' | 'assumed_role'>

/** Those that the configuration allows. */
export type SessionKinds = Readonly<Partial<Record<SessionKindName, SessionKind>>>

/** Whether a grant of this kind carries credentials; else the broker signs each request. */
export const carriesCredentials = (kind: GrantKindName): kind is SessionKindName =>
  kind === 'federation_token' || kind === 'assumed_role'
