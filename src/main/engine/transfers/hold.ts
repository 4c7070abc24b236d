import type { FailureKind } from '../../../shared/failure.ts'
import { holdDelay, longestHoldDelay } from './retry.ts'

/** Causes that the broker's answer ends, and those that the store's ends. */
const brokerCauses: ReadonlySet<FailureKind> = new Set(['broker_unreachable', 'broker_answer_invalid', 'signed_out'])

type Cause = { readonly kind: FailureKind; readonly since: number; readonly until: number }

/**
 * One cause that keeps the whole queue waiting. It is tried again every few seconds, and ends when what failed works
 * again; until then it keeps its beginning, however often it is tried.
 */
export class Hold {
  readonly #now: () => number
  readonly #random: () => number
  #cause: Cause | null = null

  constructor(now: () => number, random: () => number) {
    this.#now = now
    this.#random = random
  }

  get cause(): { readonly kind: FailureKind; readonly since: number } | null {
    return this.#cause === null ? null : { kind: this.#cause.kind, since: this.#cause.since }
  }

  /** When the queue may try again (epoch ms); null where nothing holds it. A wait set under another clock is over. */
  get until(): number | null {
    if (this.#cause === null) return null
    const now = this.#now()
    return this.#cause.until > now + longestHoldDelay ? now : this.#cause.until
  }

  begin(kind: FailureKind): void {
    const now = this.#now()
    const since = this.#cause?.kind === kind ? this.#cause.since : now
    this.#cause = { kind, since, until: now + holdDelay(this.#random()) }
  }

  /** The broker answered. */
  brokerAnswered(): void {
    if (this.#cause !== null && brokerCauses.has(this.#cause.kind)) this.#cause = null
  }

  /** The store took bytes. */
  storeAnswered(): void {
    if (this.#cause !== null && !brokerCauses.has(this.#cause.kind)) this.#cause = null
  }

  /** Tries again at once; the cause stays until something works. */
  tryNow(): void {
    if (this.#cause !== null) this.#cause = { ...this.#cause, until: this.#now() }
  }

  end(): void {
    this.#cause = null
  }
}
