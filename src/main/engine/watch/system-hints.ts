import type { FolderThread } from './folder-thread.ts'
import type { Hint, WalkOptions, WatchTrouble } from './found.ts'

type SystemHintsTools = {
  readonly watch: FolderThread['watch']
  readonly onHint: (hint: Hint) => void
  /** The system told of all changes and does not any more. */
  readonly onTrouble: () => void
}

/** What the system tells of a folder's changes, for as long as it does. */
export class SystemHints {
  readonly #tools: SystemHintsTools
  #isAsked = false
  #trouble: WatchTrouble | null = null

  constructor(tools: SystemHintsTools) {
    this.#tools = tools
  }

  /** Whether they were asked for, of the folder that is there and by its rules. */
  get isAsked(): boolean {
    return this.#isAsked
  }

  /** Why not all changes are told of; null: they are. */
  get trouble(): WatchTrouble | null {
    return this.#trouble
  }

  /** What was asked for is of a folder that is not there any more, of other rules, or of a thread that died. */
  outdated(): void {
    this.#isAsked = false
  }

  /** Resolves when what changes from now on is told, or why it is not is known. */
  async ask(options: WalkOptions): Promise<void> {
    this.#isAsked = true
    const before = this.#trouble
    let isSetUp = false
    await this.#tools.watch(options, {
      onHint: this.#tools.onHint,
      onTrouble: (trouble) => {
        this.#trouble = trouble
        if (isSetUp) this.#tools.onTrouble()
      },
    })
    isSetUp = true
    // what was told meanwhile is another one
    if (this.#trouble === before) this.#trouble = null
  }
}
