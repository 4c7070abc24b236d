/** The right to have one part in memory and on the wire. Its buffer is good until `release`. */
export type Slot = { readonly buffer: Buffer; release(): void }

type Waiter = {
  readonly priority: number
  readonly bytes: number
  readonly grant: (slot: Slot) => void
}

/**
 * Slots over all transfers: at most `count` parts at once, and no more memory than `count` usual parts, but always at
 * least one part of any size. The highest priority is served first; among equals the one that waits longest, so that
 * transfers which ask for one slot at a time take turns.
 */
export class Slots {
  readonly #usualBytes: number
  #count: number
  #taken = 0
  #takenBytes = 0
  #waiters: Waiter[] = []
  #idleBuffers: Buffer[] = []

  constructor(count: number, usualBytes: number) {
    this.#count = count
    this.#usualBytes = usualBytes
  }

  /** Waits for a slot with a buffer of exactly `bytes`; rejects with the signal's reason when it aborts first. */
  take(priority: number, bytes: number, signal: AbortSignal): Promise<Slot> {
    signal.throwIfAborted()
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        priority,
        bytes,
        grant: (slot) => {
          signal.removeEventListener('abort', leave)
          resolve(slot)
        },
      }
      const leave = () => {
        this.#waiters = this.#waiters.filter((other) => other !== waiter)
        reject(signal.reason)
        this.#serve()
      }
      signal.addEventListener('abort', leave, { once: true })
      const after = this.#waiters.findIndex((other) => other.priority < priority)
      this.#waiters.splice(after === -1 ? this.#waiters.length : after, 0, waiter)
      this.#serve()
    })
  }

  get count(): number {
    return this.#count
  }

  /** Changes the number of slots; parts on the wire are left alone. */
  resize(count: number): void {
    this.#count = count
    this.#idleBuffers = this.#idleBuffers.slice(0, count)
    this.#serve()
  }

  /** Gives the memory of idle buffers back. */
  rest(): void {
    this.#idleBuffers = []
  }

  #serve(): void {
    for (let waiter = this.#waiters[0]; waiter !== undefined; waiter = this.#waiters[0]) {
      const fits = this.#takenBytes + this.#memoryFor(waiter.bytes) <= this.#count * this.#usualBytes
      if (this.#taken > 0 && (this.#taken >= this.#count || !fits)) return
      this.#waiters.shift()
      waiter.grant(this.#slot(waiter.bytes))
    }
  }

  /** `allocUnsafeSlow`: not out of Node's shared pool. A part larger than usual finds no idle memory beside it. */
  #slot(bytes: number): Slot {
    const held = this.#memoryFor(bytes)
    this.#taken += 1
    this.#takenBytes += held
    if (held > this.#usualBytes) this.rest()
    const memory = this.#idleBuffers.pop() ?? Buffer.allocUnsafeSlow(held)
    let released = false
    return {
      buffer: memory.subarray(0, bytes),
      release: () => {
        if (released) return
        released = true
        this.#taken -= 1
        this.#takenBytes -= held
        if (held === this.#usualBytes && this.#idleBuffers.length < this.#count) this.#idleBuffers.push(memory)
        this.#serve()
      },
    }
  }

  /** A buffer that will serve other parts too has the usual size. */
  #memoryFor(bytes: number): number {
    return Math.max(bytes, this.#usualBytes)
  }
}
