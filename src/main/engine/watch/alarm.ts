/** Rings once, at the earliest of the times that it was set to. Not moved by a clock that is set. */
export class Alarm {
  readonly #ring: () => void
  #timer: NodeJS.Timeout | null = null
  #at = Number.POSITIVE_INFINITY

  constructor(ring: () => void) {
    this.#ring = ring
  }

  /** In so many ms, unless it rings before. */
  in(delay: number): void {
    const rest = Math.max(1, delay)
    const at = performance.now() + rest
    if (at >= this.#at) return
    this.clear()
    this.#at = at
    this.#timer = setTimeout(() => {
      this.clear()
      this.#ring()
    }, rest)
  }

  clear(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    this.#at = Number.POSITIVE_INFINITY
  }
}
