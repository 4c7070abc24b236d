import type { Failure } from '../../../shared/failure.ts'
import type { Looked } from './found.ts'

/** Why a folder cannot be looked at, and since when (epoch ms). */
export type Absence = { readonly failure: Failure; readonly since: number }

/** Whether a folder is there, by what the looks at it told. */
export class Presence {
  #absence: Absence | null = null
  #identity: string | null

  /** `identity`: of the folder that was looked through last, by an engine before. */
  constructor(identity: string | null) {
    this.#identity = identity
  }

  get absence(): Absence | null {
    return this.#absence
  }

  get identity(): string | null {
    return this.#identity
  }

  /**
   * Why what was looked at may not be the folder; null: it is. An empty one that was full, and is not known to be the same,
   * is an empty mount point, for all that one can see.
   */
  doubt({ entries, identity }: Pick<Looked, 'entries' | 'identity'>, wasFull: () => boolean): Failure | null {
    if (entries > 0 || identity === this.#identity || !wasFull()) return null
    return { kind: 'source_missing', detail: 'empty' }
  }

  /** It could not be looked at, at a time (epoch ms). */
  lost(failure: Failure, at: number): void {
    this.#absence = { failure, since: this.#absence?.since ?? at }
  }

  /** It was looked through. True: it had been away. */
  found({ identity }: Pick<Looked, 'identity'>): boolean {
    const wasAway = this.#absence !== null
    this.#absence = null
    this.#identity = identity
    return wasAway
  }
}
