import type { Transfers } from '../db/transfers.ts'
import { lookAtSource } from './source-file.ts'

/** Between two rounds (ms). */
const pace = 5_000
/** Rows of one round: what is away in thousands comes back with its drive, and the first one found starts the next round. */
const batchSize = 200

export type AwayTools = {
  readonly transfers: Transfers
  readonly accountId: number
  /** Rows can go on. */
  readonly onBack: () => void
  readonly onFatal: (error: unknown) => void
}

/**
 * Looks every few seconds whether files that transfers wait for are back, a drive that was plugged in again for example. One
 * after the other: a network drive that hangs costs one waiting call, not all of them.
 */
export class AwaySources {
  readonly #tools: AwayTools
  #timer: NodeJS.Timeout | null = null
  #looking = false
  #after = 0
  #ended = false

  constructor(tools: AwayTools) {
    this.#tools = tools
  }

  /** A row may wait for its source. */
  wake(): void {
    if (this.#timer !== null || this.#looking || this.#ended) return
    this.#lookIn(pace)
  }

  end(): void {
    this.#ended = true
    if (this.#timer !== null) clearTimeout(this.#timer)
  }

  #lookIn(delay: number): void {
    this.#timer = setTimeout(() => {
      this.#timer = null
      this.#looking = true
      void this.#look()
        .catch(this.#tools.onFatal)
        .finally(() => {
          this.#looking = false
        })
    }, delay)
  }

  async #look(): Promise<void> {
    const { transfers, accountId, onBack } = this.#tools
    const isFirstRound = this.#after === 0
    const rows = transfers.away(accountId, this.#after, batchSize)
    const back: number[] = []
    for (const { id, sourcePath } of rows) {
      const looked = await lookAtSource(sourcePath)
      if (this.#ended) return
      // what cannot be read for another reason is told by the row's next run
      if (looked.ok || looked.failure.kind !== 'source_missing') back.push(id)
    }
    transfers.insertAndApply(
      [],
      back.map((id) => ({ id, event: { type: 'sourceBack' } as const })),
    )
    this.#after = rows.length < batchSize ? 0 : (rows.at(-1)?.id ?? 0)
    if (back.length > 0) onBack()
    if (rows.length > 0 || !isFirstRound) this.#lookIn(back.length > 0 ? 0 : pace)
  }
}
