const speedWindow = 10_000
const estimateWindow = 60_000
/** Bytes that come within this (ms) are counted as one arrival. */
const grain = 200
/** Before that, the first parts' arrival says nothing of the speed (ms). */
const warmUp = 3_000

/**
 * Speed and time left of something that counts bytes: the speed is the mean of the last 10 s, the estimate rests on the
 * median of the last minute's speeds, so that one stall does not make it jump. Times are epoch ms.
 */
export class Rate {
  #began: number
  #arrivals: { readonly at: number; bytes: number }[] = []
  #speeds: { readonly at: number; readonly bytesPerSecond: number }[] = []

  constructor(now: number) {
    this.#began = now
  }

  add(now: number, bytes: number): void {
    this.#followClock(now)
    const last = this.#arrivals.at(-1)
    if (last !== undefined && now - last.at < grain) last.bytes += bytes
    else this.#arrivals.push({ at: now, bytes })
  }

  /** Mean of the last 10 s, or of the time since the beginning where that is shorter (but at least 1 s). */
  bytesPerSecond(now: number): number {
    this.#followClock(now)
    this.#arrivals = this.#arrivals.filter(({ at }) => at > now - speedWindow)
    const elapsed = Math.min(speedWindow, Math.max(1_000, now - this.#began))
    const bytes = this.#arrivals.reduce((sum, arrival) => sum + arrival.bytes, 0)
    return (bytes * 1_000) / elapsed
  }

  /** Seconds until `remaining` bytes are through at the median speed; null while nothing is known. */
  secondsLeft(now: number, remaining: number): number | null {
    if (now - this.#began < warmUp) return null
    const last = this.#speeds.at(-1)
    if (last === undefined || now - last.at >= 1_000) {
      const bytesPerSecond = this.bytesPerSecond(now)
      if (bytesPerSecond > 0 || last !== undefined) this.#speeds.push({ at: now, bytesPerSecond })
    }
    this.#speeds = this.#speeds.filter(({ at }) => at > now - estimateWindow)
    const sorted = this.#speeds.map(({ bytesPerSecond }) => bytesPerSecond).toSorted((a, b) => a - b)
    const median = sorted[Math.floor(sorted.length / 2)]
    return median === undefined || median === 0 ? null : Math.ceil(remaining / median)
  }

  /** Where the clock was set back, what was counted under the other one says nothing. */
  #followClock(now: number): void {
    if (now >= (this.#arrivals.at(-1)?.at ?? this.#began)) return
    this.#began = now
    this.#arrivals = []
    this.#speeds = []
  }
}
