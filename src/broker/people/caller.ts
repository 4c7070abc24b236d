import type { FastifyRequest } from 'fastify'
import type { Result } from '../../shared/failure.ts'
import type { Invitation } from '../invitations/invitation.ts'
import type { Refusal } from '../problem.ts'

/** Who asks. */
export type Caller = {
  /** The same for a person for ever. */
  readonly subject: string
  /** What people see; the subject where no name is known. */
  readonly label: string
  /** What their token says of them, for `purposes.allow`. */
  readonly scopes: readonly string[]
  readonly groups: readonly string[]
  /** The installation that asks, where it says so: a UUID that it chose itself. */
  readonly device?: string
  /** By which they are here without an account. */
  readonly invitation?: Invitation
}

/**
 * Who an Authorization header belongs to. `unauthenticated`: nobody that is known here · `not_allowed`: somebody who may
 * not use the broker · `unavailable`: it cannot be known now, since whoever issued the token does not answer.
 */
export type Authenticate = (authorization: string | undefined) => Promise<Result<Caller, Refusal>>

/** Asks one after the other until one of them knows who it is. */
export const firstOf =
  (authenticators: readonly Authenticate[]): Authenticate =>
  async (authorization) => {
    for (const authenticate of authenticators) {
      const known = await authenticate(authorization)
      if (known.ok || known.failure.code !== 'unauthenticated') return known
    }
    return nobody
  }

/** A token that says nothing to an authenticator. */
export const nobody = { ok: false, failure: { code: 'unauthenticated' } } as const

/** The token of an Authorization header, null where it is none of the Bearer scheme. */
export const bearerTokenOf = (authorization: string | undefined): string | null =>
  authorization?.match(/^Bearer +([\x21-\x7e]+)$/i)?.[1] ?? null

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; null on open routes and until it is known. */
    caller: Caller | null
  }
}

/** The caller of a request on a route that needs one. */
export const callerOf = ({ caller }: FastifyRequest): Caller => {
  if (caller === null) throw new Error('a route without authentication')
  return caller
}
