/** Between two looks through a whole folder of which the system tells all changes (ms), and by how much more at most. */
const usualRest = 60 * 60_000
const jitter = 0.1
/** Between two looks through a folder of which it does not (ms), and how many times longer than a look takes they are apart. */
const shortestPoll = 60_000
const pollFactor = 20
/** How many times longer than the last look at single folders took the next one waits. */
const foldersRestFactor = 4

/** What of a folder is to be looked at again, and when. */
export class LookSchedule {
  #everything = true
  readonly #folders = new Set<string>()
  /** Single folders are gathered until then (by `performance.now`): looking at one with very many files takes its time. */
  #foldersRestUntil = 0
  readonly #later = new Set<string>()
  #laterAt = Number.POSITIVE_INFINITY
  /** When the whole folder was looked through last (epoch ms), and how long that took (ms). */
  #lookedAt: number | null = null
  #took = 0

  /** The whole folder, now. */
  everything(): void {
    this.#everything = true
  }

  /** Single folders, as soon as they have rested. */
  folders(folders: readonly string[]): void {
    for (const folder of folders) this.#folders.add(folder)
  }

  /** Single folders, at a time (epoch ms). True: before all that were asked for so. */
  foldersAt(folders: readonly string[], at: number): boolean {
    for (const folder of folders) this.#later.add(folder)
    if (at >= this.#laterAt) return false
    this.#laterAt = at
    return true
  }

  /** Between two looks through the whole folder (ms). `isTold`: the system tells of all changes in it. */
  rest(isTold: boolean): number {
    return isTold ? usualRest : Math.max(shortestPoll, this.#took * pollFactor)
  }

  /** Takes what to look at now (epoch ms): all, or single folders, perhaps none. */
  take(now: number, isTold: boolean): 'everything' | readonly string[] {
    if (this.#laterAt <= now) {
      this.#laterAt = Number.POSITIVE_INFINITY
      this.folders([...this.#later])
      this.#later.clear()
    }
    // a time that is ahead was another clock's
    const rests = this.#lookedAt !== null && this.#lookedAt <= now && now < this.#lookedAt + this.rest(isTold)
    const isWhole = this.#everything || !rests
    if (!isWhole && performance.now() < this.#foldersRestUntil) return []
    const folders = [...this.#folders]
    this.#everything = false
    this.#folders.clear()
    return isWhole ? 'everything' : folders
  }

  /** A look at single folders ended that took so long (ms). */
  lookedAtFolders(took: number): void {
    this.#foldersRestUntil = performance.now() + took * foldersRestFactor
  }

  /** A look through the whole folder ended, at a time (epoch ms), that took so long (ms). */
  lookedThrough(at: number, took: number): void {
    this.#lookedAt = at
    this.#took = took
  }

  /** How long nothing will be to look at (ms), as far as is known now (epoch ms). `random`, in [0, 1): not all folders at once. */
  untilNext(now: number, isTold: boolean, random: number): number {
    const whole = (this.#lookedAt ?? now) + this.rest(isTold) * (1 + jitter * random) - now
    const single = this.#folders.size === 0 ? Number.POSITIVE_INFINITY : this.#foldersRestUntil - performance.now()
    return Math.min(whole, this.#laterAt - now, single)
  }
}
