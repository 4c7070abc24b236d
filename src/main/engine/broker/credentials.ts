import type { Credentials, RenewResponse } from '../../../shared/broker-api.ts'
import { failed, ok, type Result, type ServerFailure } from '../../../shared/failure.ts'
import type { Answer } from './broker-client.ts'
import { clockOffset, localExpiry, renewalTime } from './clock.ts'

/** Credentials to sign with, and the server's clock less ours (ms). */
export type LiveCredentials = Omit<Credentials, 'expiration'> & { readonly clockOffset: number }

type Held = { readonly live: LiveCredentials; readonly renewAt: number; readonly expiresAt: number }

/** Of a failed renewal ahead of time; the credentials are still good, so there is no hurry (ms). */
const pauseAfterFailure = 10_000

/**
 * The credentials of one grant, only ever in memory. They are renewed ahead of their end by our own clock, one renewal
 * at a time; while the old ones are good nobody waits for it, and a renewal that fails then is tried again later.
 */
export class GrantCredentials {
  readonly #renew: () => Promise<Result<Answer<RenewResponse>, ServerFailure>>
  readonly #now: () => number
  #held: Held | null = null
  #renewing: Promise<Result<LiveCredentials, ServerFailure>> | null = null
  #notBefore = 0

  constructor(renew: () => Promise<Result<Answer<RenewResponse>, ServerFailure>>, now: () => number) {
    this.#renew = renew
    this.#now = now
  }

  /** Takes the credentials that came with an answer of the broker; null where none came. */
  adopt({ value, askedAt }: Answer<Pick<RenewResponse, 'credentials' | 'serverTime'>>): LiveCredentials | null {
    if (value.credentials === null) return null
    const { expiration, ...keys } = value.credentials
    const expiresAt = localExpiry(expiration, value.serverTime, askedAt)
    const live = { ...keys, clockOffset: clockOffset(value.serverTime, askedAt) }
    this.#held = { live, expiresAt, renewAt: renewalTime(askedAt, expiresAt) }
    return live
  }

  /** Credentials that are good now. */
  async current(): Promise<Result<LiveCredentials, ServerFailure>> {
    const now = this.#now()
    const held = this.#held
    if (held === null || now >= held.expiresAt) return this.#renewed()
    // an error is for the one who will have to wait for the renewal
    if (now >= held.renewAt && now >= this.#notBefore) this.#renewed().catch(() => {})
    return ok(held.live)
  }

  /** Others than `refused`, which the store did not take: what is held by now, or new ones. */
  async renew(refused: LiveCredentials): Promise<Result<LiveCredentials, ServerFailure>> {
    if (this.#held !== null && this.#held.live !== refused) return this.current()
    this.#held = null
    return this.#renewed()
  }

  /** Whether they are good now, as far as is known here. */
  isReady(): boolean {
    return this.#held !== null && this.#now() < this.#held.expiresAt
  }

  #renewed(): Promise<Result<LiveCredentials, ServerFailure>> {
    this.#renewing ??= this.#ask().finally(() => {
      this.#renewing = null
    })
    return this.#renewing
  }

  async #ask(): Promise<Result<LiveCredentials, ServerFailure>> {
    const before = this.#held
    try {
      const answer = await this.#renew()
      if (!answer.ok) return answer
      const live = this.adopt(answer.value)
      return live === null ? failed('broker_answer_invalid', 'credentials') : ok(live)
    } finally {
      if (this.#held === before) this.#notBefore = this.#now() + pauseAfterFailure
    }
  }
}
