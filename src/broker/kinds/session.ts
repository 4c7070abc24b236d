import type { Credentials } from '../../shared/broker-api.ts'
import type { Result } from '../../shared/failure.ts'
import type { AwsFailure } from '../aws-failure.ts'
import type { PolicyPurpose } from '../policy/session-policy.ts'

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

/** Those that the configuration allows; of a role only where it names one. */
export type SessionKinds = { readonly federation_token: SessionKind; readonly assumed_role?: SessionKind }
