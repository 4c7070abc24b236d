import type { Credentials, Destination } from '../../shared/broker-api.ts'
import type { Result } from '../../shared/failure.ts'
import type { AwsFailure } from '../aws-failure.ts'

/** What a permission is for. */
type Scope = { readonly subject: string; readonly bucket: string; readonly prefix: string }

/** One way to permit writing under a prefix. Asking again for the same scope renews it. */
export type GrantKind = {
  readonly name: Destination['kind']
  readonly issue: (scope: Scope) => Promise<Result<Credentials, AwsFailure>>
}
