/** What one taker gets at once, in seconds of the rate: small enough to be smooth, large enough for few timers. */
const piece = 0.1
/** What may be made up for after a late timer or a rest, in seconds of the rate. */
const mostSaved = 0.25
/** Between two rounds of grants (ms): at high rates each round grants more instead of coming sooner. */
const shortestWait = 10

type Waiter = { readonly most: number; readonly grant: (bytes: number) => void }

/**
 * The one limit of what leaves this process, shared by all that is on the wire: whoever wants to send takes bytes first. Those who wait are
 * served in the order in which they came, each with at most 0.1 s worth, so parts and files take turns. A new limit holds
 * at once, for those who wait already too.
 */
export class RateLimit {
  readonly #now: () => number
  #rate: number | null = null
  #saved = 0
  #savedAt = 0
  #waiters: Waiter[] = []
  #timer: NodeJS.Timeout | undefined

  /** `monotonicNow` (ms) never jumps, as the wall clock may. */
  constructor(monotonicNow: () => number) {
    this.#now = monotonicNow
  }

  /** Bytes a second, at least 1; null: no limit. */
  set(bytesPerSecond: number | null): void {
    this.#save()
    this.#rate = bytesPerSecond
    this.#serve()
  }

  /** How many bytes, from 1 to `most`, may be sent now; waits for them. Rejects with the signal's reason when it aborts first. */
  async take(most: number, signal: AbortSignal): Promise<number> {
    signal.throwIfAborted()
    if (this.#rate === null) return most
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        most,
        grant: (bytes) => {
          signal.removeEventListener('abort', leave)
          resolve(bytes)
        },
      }
      const leave = () => {
        this.#waiters = this.#waiters.filter((other) => other !== waiter)
        reject(signal.reason)
        this.#serve()
      }
      signal.addEventListener('abort', leave, { once: true })
      this.#waiters.push(waiter)
      if (this.#waiters.length === 1) this.#serve()
    })
  }

  #serve(): void {
    clearTimeout(this.#timer)
    for (let waiter = this.#waiters[0]; waiter !== undefined; waiter = this.#waiters[0]) {
      const bytes = this.#rate === null ? waiter.most : Math.min(waiter.most, worth(this.#rate, piece))
      if (this.#rate !== null) {
        this.#save()
        const missing = bytes - this.#saved
        if (missing > 0) {
          const wait = Math.max(shortestWait, Math.ceil((missing / this.#rate) * 1_000))
          this.#timer = setTimeout(() => this.#serve(), wait)
          return
        }
        this.#saved -= bytes
      }
      this.#waiters.shift()
      waiter.grant(bytes)
    }
  }

  /** Adds what the rate allowed since the last time, up to what may be saved. */
  #save(): void {
    const now = this.#now()
    if (this.#rate !== null) {
      const allowed = (this.#rate * (now - this.#savedAt)) / 1_000
      this.#saved = Math.min(this.#saved + allowed, worth(this.#rate, mostSaved))
    }
    this.#savedAt = now
  }
}

/** Whole bytes of so many seconds of a rate, at least one. */
const worth = (rate: number, seconds: number): number => Math.max(1, Math.floor(rate * seconds))
