import type { FailureKind } from '../../../shared/failure.ts'
import { holdDelay } from './retry.ts'

/** What a cause keeps waiting: everything, what needs the broker, or what goes to the store at an address. */
export type Scope = 'all' | 'broker' | `store ${string}`

export const storeScope = (address: string): Scope => `store ${address}`

/** What has to wait for a failure on the way to the store at an address, or, null, to the broker. */
export function scopeOf(kind: FailureKind, address: string | null): Scope {
  switch (kind) {
    case 'broker_unreachable':
    case 'broker_answer_invalid':
    case 'signed_out':
      return 'broker'
    case 'offline':
    case 'clock_skew':
    case 'certificate_untrusted':
      return address === null ? 'broker' : storeScope(address)
    default:
      return 'all'
  }
}

type Cause = {
  readonly kind: FailureKind
  readonly since: number
  readonly triedAt: number
  /** How long (ms) after that it may be tried again. */
  readonly delay: number
}

/**
 * Causes that keep rows waiting. Each is tried again every few seconds, and ends when what failed works again; until then it
 * keeps its beginning, however often it is tried.
 */
export class Holds {
  readonly #now: () => number
  readonly #random: () => number
  readonly #causes = new Map<Scope, Cause>()

  constructor(now: () => number, random: () => number) {
    this.#now = now
    this.#random = random
  }

  /** The cause to speak of: the one that keeps the most waiting. */
  get cause(): { readonly kind: FailureKind; readonly since: number } | null {
    const widest = this.#causes.get('all') ?? this.#causes.get('broker') ?? this.#causes.values().next().value
    return widest === undefined ? null : { kind: widest.kind, since: widest.since }
  }

  /** The addresses of stores that a cause of their own keeps waiting. */
  get stores(): readonly string[] {
    return [...this.#causes.keys()].flatMap((scope) =>
      scope.startsWith('store ') ? [scope.slice('store '.length)] : [],
    )
  }

  has(scope: Scope): boolean {
    return this.#causes.has(scope)
  }

  /** How long (ms) until what a cause keeps waiting may be tried again; 0: now, or nothing holds it. */
  waitOf(scope: Scope): number {
    const cause = this.#causes.get(scope)
    if (cause === undefined) return 0
    const waited = this.#now() - cause.triedAt
    // a clock that was set back knows nothing of the wait
    return waited < 0 ? 0 : Math.max(0, cause.delay - waited)
  }

  /** How long (ms) until the next of them may be tried again; null where nothing waits. */
  get nextTry(): number | null {
    const waits = [...this.#causes.keys()].map((scope) => this.waitOf(scope)).filter((wait) => wait > 0)
    return waits.length === 0 ? null : Math.min(...waits)
  }

  /** `retryAfter` (ms): how long the other side wants to be left alone. */
  begin(scope: Scope, kind: FailureKind, retryAfter: number | null = null): void {
    const now = this.#now()
    const before = this.#causes.get(scope)
    const since = before?.kind === kind ? before.since : now
    this.#causes.set(scope, { kind, since, triedAt: now, delay: holdDelay(this.#random(), retryAfter) })
  }

  /** What the scope stands for works again; an answer from anywhere shows that there is a network. Whether a cause ended. */
  end(scope: Scope): boolean {
    const thereIsNetwork = this.#causes.get('all')?.kind === 'offline' && this.#causes.delete('all')
    return this.#causes.delete(scope) || thereIsNetwork
  }

  /** Tries again at once; a cause stays until something works. */
  tryNow(): void {
    for (const [scope, cause] of this.#causes) this.#causes.set(scope, { ...cause, delay: 0 })
  }

  clear(): void {
    this.#causes.clear()
  }
}
