import type { Result } from '../../shared/failure.ts'
import type { Place } from '../policy/arn.ts'
import type { Refusal } from '../problem.ts'

/** What is to be read, and how. */
export type LinkTarget = Place & {
  readonly key: string
  readonly method: 'GET' | 'HEAD'
  /** A Content-Disposition header. */
  readonly disposition: string
  readonly expiresIn: number
}

/** A permission to read. Secret. `expiration`: epoch ms. */
export type SignedLink = { readonly url: string; readonly setCookies?: readonly string[]; readonly expiration: number }

/** One way to make links. */
export type SignLink = (target: LinkTarget) => Promise<Result<SignedLink, Refusal>>
