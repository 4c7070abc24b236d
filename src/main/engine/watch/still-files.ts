import { join } from 'node:path'
import type { Folder } from '../db/folders.ts'
import type { Transfers } from '../db/transfers.ts'
import { pathBelow, type UploadedFiles } from '../db/uploaded-files.ts'
import { sourceFacts } from '../transfers/source-facts.ts'
import type { Transfer, TransferEvent } from '../transfers/state.ts'
import type { FolderThread } from './folder-thread.ts'
import type { FoundFile } from './found.ts'
import { readBeginning } from './read-whole.ts'
import { canBeTheSame } from './scan.ts'
import { type Disk, seen, stillAt, type Writing } from './stillness.ts'
import { couldBeMoved } from './take-in.ts'

/** Rows of one look. */
const batchSize = 500
/** Between two looks (ms): sizes are seen to grow, and the thread has time for other things. */
const shortestRest = 100
const longestRest = 1_000

export type StillFilesTools = {
  readonly folder: () => Folder
  readonly look: FolderThread['look']
  readonly openForWriting: FolderThread['openForWriting']
  readonly transfers: Transfers
  readonly disk: () => Disk
  readonly uploadedFiles: UploadedFiles
  readonly now: () => number
  /** Rows can be sent. */
  readonly onReady: () => void
  /**
   * Files that may be uploaded as they are: `compare` with what their paths had, `find` under other paths. They have no rows
   * any more.
   */
  readonly onAsk: (kind: 'compare' | 'find', files: readonly FoundFile[]) => void
  /** Takes away rows whose files are not there, unless the whole folder is not. */
  readonly dropGone: (ids: readonly number[]) => Promise<void>
  readonly onFatal: (error: unknown) => void
}

/** A row whose file has been still for long enough. */
type Due = { readonly row: Transfer; readonly file: FoundFile }

/**
 * Looks at the files of a folder that other programs write, until each has been still for long enough, can be read, and
 * nobody has it open for writing: then its row goes on. A file that is gone again takes its row with it.
 */
export class StillFiles {
  readonly #tools: StillFilesTools
  readonly #writing = new Map<number, Writing>()
  #timer: NodeJS.Timeout | null = null
  #looking = false
  #woken = false
  #ended = false

  constructor(tools: StillFilesTools) {
    this.#tools = tools
  }

  /** There may be rows to look at. */
  wake(): void {
    if (this.#looking) this.#woken = true
    else if (this.#timer === null && !this.#ended) this.#lookIn(shortestRest)
  }

  end(): void {
    this.#ended = true
    if (this.#timer !== null) clearTimeout(this.#timer)
  }

  #lookIn(delay: number): void {
    this.#timer = setTimeout(() => {
      this.#timer = null
      this.#looking = true
      this.#woken = false
      void this.#look()
        .catch((error) => {
          if (!this.#ended) this.#tools.onFatal(error)
        })
        .finally(() => {
          this.#looking = false
          if (this.#woken) this.wake()
        })
    }, delay)
  }

  async #look(): Promise<void> {
    const { transfers, now } = this.#tools
    const { id: folderId } = this.#tools.folder()
    let next = Number.POSITIVE_INFINITY
    const left = new Set<number>()
    for (let after = 0; !this.#ended; ) {
      const rows = transfers.beingWritten(folderId, after, batchSize)
      if (rows.length === 0) break
      after = rows.at(-1)?.id ?? after
      next = Math.min(next, await this.#lookAt(rows))
      for (const { id } of rows) left.add(id)
    }
    for (const id of this.#writing.keys()) if (!left.has(id)) this.#writing.delete(id)
    if (left.size > 0 && !this.#ended) {
      this.#lookIn(Math.max(shortestRest, Math.min(longestRest, next - now())))
    }
  }

  /** When the next of these rows may be ready (epoch ms). */
  async #lookAt(rows: readonly Transfer[]): Promise<number> {
    const { look, transfers, disk, now, dropGone, onReady } = this.#tools
    const { path } = this.#tools.folder()
    const files = await look(rows.map(({ sourcePath }) => pathBelow(path, sourcePath)))
    if (this.#ended) return Number.POSITIVE_INFINITY
    const missing = rows.filter((_, index) => files[index] === null)
    if (missing.length > 0) await dropGone(missing.map(({ id }) => id))
    if (this.#ended) return Number.POSITIVE_INFINITY

    const events: { id: number; event: TransferEvent }[] = []
    const due: Due[] = []
    let next = Number.POSITIVE_INFINITY
    for (const [index, row] of rows.entries()) {
      const file = files[index]
      if (file == null || file === 'unread') continue
      const writing = seen(this.#writing.get(row.id) ?? null, file, now())
      this.#writing.set(row.id, writing)
      if (file.sourceId !== row.sourceId)
        events.push({ id: row.id, event: { type: 'sourceWritten', source: sourceFacts(file) } })
      const at = stillAt(file, writing, disk())
      if (at <= now()) due.push({ row, file })
      else next = Math.min(next, at)
    }
    transfers.insertAndApply([], events)
    const ready = await this.#readyOf(due)
    if (this.#ended) return next
    const begun = this.#withoutUploaded(ready)
    transfers.insertAndApply(
      [],
      begun.map(({ row, file }) => ({ id: row.id, event: { type: 'sourceFound', source: sourceFacts(file) } })),
    )
    if (begun.length > 0) onReady()
    return ready.length < due.length ? Math.min(next, now() + longestRest) : next
  }

  /** Hands on what may be uploaded as it is, unless its row has a key. */
  #withoutUploaded(ready: readonly Due[]): readonly Due[] {
    const { uploadedFiles, transfers, onAsk } = this.#tools
    const folder = this.#tools.folder()
    const free = ready.filter(({ row }) => row.key === null)
    const same = free.filter(({ file }) => canBeTheSame(file, uploadedFiles.of(folder.id, file.path)))
    const moved = free.filter(({ file }) => couldBeMoved(folder, file, uploadedFiles))
    const asked = new Set([...same, ...moved])
    transfers.forget([...asked].map(({ row }) => row.id))
    onAsk(
      'compare',
      same.map(({ file }) => file),
    )
    onAsk(
      'find',
      moved.map(({ file }) => file),
    )
    return ready.filter((each) => !asked.has(each))
  }

  async #readyOf(due: readonly Due[]): Promise<readonly Due[]> {
    if (due.length === 0) return []
    const open = await this.#tools.openForWriting(due.map(({ file }) => file.sourceId))
    const ready: Due[] = []
    for (const each of due) {
      const { sourceId, path, size } = each.file
      if (this.#ended || open.has(sourceId)) continue
      const read = await readBeginning(join(this.#tools.folder().path, path), sourceId, size)
      // what cannot be read is told by its row's run; a lock of another program goes
      const isReady = read.ok ? read.value === 'readable' : read.failure.detail !== 'EBUSY'
      if (isReady) ready.push(each)
    }
    return ready
  }
}
