/** Between two rounds of messages (ms): each round is at most three, so there are never more than 10 a second. */
const pace = 350
/** How soon (ms) news is told where nothing was told lately. */
const promptness = 20
/** More changed rows than this are not named: the page asks again. */
const mostRows = 200

export type Round = {
  /** Rows that changed; null: more than can be named. */
  readonly changed: readonly number[] | null
}

/** Gathers what changed and lets it be told in rounds, so that neither the port nor the page is flooded. */
export class Announcer {
  readonly #tell: (round: Round) => void
  readonly #now: () => number
  readonly #isLive: () => boolean
  readonly #changed = new Set<number>()
  #timer: NodeJS.Timeout | null = null
  #lastRound = 0
  #ended = false

  /** While `isLive`, rounds go on by themselves: numbers move though no row changes. */
  constructor(tell: (round: Round) => void, isLive: () => boolean, now: () => number) {
    this.#tell = tell
    this.#isLive = isLive
    this.#now = now
  }

  rowChanged(id: number): void {
    this.#changed.add(id)
    this.changed()
  }

  changed(): void {
    if (this.#timer !== null || this.#ended) return
    const since = Math.max(0, this.#now() - this.#lastRound)
    this.#timer = setTimeout(() => this.#round(), Math.max(promptness, pace - since))
  }

  end(): void {
    this.#ended = true
    if (this.#timer !== null) clearTimeout(this.#timer)
  }

  #round(): void {
    this.#timer = null
    this.#lastRound = this.#now()
    const changed = this.#changed.size > mostRows ? null : [...this.#changed]
    this.#changed.clear()
    this.#tell({ changed })
    if (this.#isLive()) this.changed()
  }
}
