import { posix } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import type { Failure } from '../../../shared/failure.ts'
import type { FolderActivity, FolderView, ItemGroup, ItemProblem } from '../../../shared/folder.ts'
import type { Folder, Folders } from '../db/folders.ts'
import type { Transfers } from '../db/transfers.ts'
import { pathBelow, type UploadedFiles } from '../db/uploaded-files.ts'
import type { Transfer } from '../transfers/state.ts'
import { Alarm } from './alarm.ts'
import { Contents } from './contents.ts'
import { type FolderThread, FolderThreadDied, type OnFiles } from './folder-thread.ts'
import type { Hint, Looked, WatchTrouble } from './found.ts'
import { dropGone, dropIgnored, type GoneFilesTools } from './gone-files.ts'
import { Intake } from './intake.ts'
import { StillFiles } from './still-files.ts'
import type { Disk } from './stillness.ts'
import { wakeable } from './wakeable.ts'

/** Between two looks through a whole folder of which the system tells all changes (ms). */
const usualRest = 60 * 60_000
/** Between two looks through a folder of which it does not (ms), and how many times longer than a look takes they are apart. */
const shortestPoll = 60_000
const pollFactor = 20
/** Between two looks whether a folder is back (ms). */
const absence = 5_000
/** Between two looks through a paused folder in which something happens (ms). */
const pausedRest = 10_000
/** How many times longer hints are gathered than the last look at what they named took. */
const restFactor = 4
/** Files that are taken in between two turns of the event loop: a transaction of some 10 ms. */
const atOnce = 100

export type FolderWatchTools = {
  readonly folders: Folders
  readonly transfers: Transfers
  readonly uploadedFiles: UploadedFiles
  readonly now: () => number
  /** In [0, 1), so that many folders are not looked through at once. */
  readonly random: () => number
  /** Rows can be sent. */
  readonly onReady: () => void
  /** Rows that run must stop: their files are gone. */
  readonly onGone: (ids: readonly number[]) => void
  /** What the folder is doing, or what is counted of it, changed. */
  readonly onChange: () => void
  readonly onFatal: (error: unknown) => void
}

/** What the last look through the whole folder saw. */
export type Seen = Pick<Looked, 'ignored' | 'problems'> & { readonly at: number; readonly held: number }

/**
 * Watches one folder: looks it through at the beginning, at times, and where the system's hints say so, and turns what it finds
 * into rows. Hints only make it faster; nothing rests on them.
 */
export class FolderWatch {
  readonly #tools: FolderWatchTools
  readonly #startThread: () => FolderThread
  readonly #still: StillFiles
  readonly #contents: Contents
  readonly #intake: Intake
  readonly #looks: { wake(): void }
  readonly #alarm: Alarm
  readonly #controller = new AbortController()
  readonly #hinted = new Set<string>()
  readonly #later = new Set<string>()
  #folder: Folder
  #thread: FolderThread
  /** What the last thread died of, which each of its answers says. */
  #death: FolderThreadDied | null = null
  #everything = true
  /** Rows may be of files that are left out by now. */
  #rulesChanged = true
  #laterAt = Number.POSITIVE_INFINITY
  /** Hints are gathered until then (by `performance.now`): looking at a folder of very many files takes its time. */
  #hintsRestUntil = 0
  #looking = false
  #isWatching = false
  #trouble: WatchTrouble | null = null
  #absent: { readonly failure: Failure; readonly since: number } | null = null
  #seen: Seen | null = null
  #lookTook = 0
  /** Of the folder that was looked through last. */
  #identity: string | null = null
  /** Files that are uploaded and could not be moved away since the last look through all. */
  #notMoved: ItemGroup<ItemProblem> | null = null

  constructor(folder: Folder, startThread: () => FolderThread, tools: FolderWatchTools) {
    this.#folder = folder
    this.#startThread = startThread
    this.#thread = startThread()
    this.#tools = tools
    const onFatal = (error: unknown) => this.#failed(error)
    const disk = () => this.#disk
    const look: FolderThread['look'] = (paths) => this.#thread.look(paths)
    const openForWriting: FolderThread['openForWriting'] = (...asked) => this.#thread.openForWriting(...asked)
    this.#still = new StillFiles({
      ...{ ...tools, look, openForWriting, disk, onFatal },
      folder: () => this.#folder,
      onAsk: (kind, files) => this.#contents.add(kind, files),
      dropGone: (ids) => dropGone(ids, this.#goneTools),
    })
    this.#contents = new Contents({
      folder: () => this.#folder,
      ...{ look, openForWriting },
      uploadedFiles: tools.uploadedFiles,
      transfers: tools.transfers,
      signal: this.#controller.signal,
      onOther: (file) => {
        if (!this.#ended) this.#intake.take([file], 'other', new Set())
      },
      onNotMoved: (path) => {
        const { count = 0, first = path } = this.#notMoved ?? {}
        this.#notMoved = { why: 'not_moved', count: count + 1, bytes: 0, first }
        tools.onChange()
      },
      onFatal,
    })
    this.#intake = new Intake({
      ...{ folder: () => this.#folder, disk, openForWriting, still: this.#still, contents: this.#contents },
      ...{ transfers: tools.transfers, uploadedFiles: tools.uploadedFiles, now: tools.now, onReady: tools.onReady },
      canMove: () => this.#notMoved === null,
      onLater: (files, at) => {
        for (const { path } of files) this.#later.add(folderOf(path))
        if (at >= this.#laterAt) return
        this.#laterAt = at
        this.#looks.wake()
      },
    })
    this.#looks = wakeable(() => this.#look(), onFatal)
    this.#alarm = new Alarm(() => {
      if (this.#folder.pausedAt !== null) this.#everything = true
      this.#looks.wake()
    })
  }

  begin(): void {
    this.#still.wake()
    this.#looks.wake()
  }

  /** Stops looking; what is found already stays. */
  async end(): Promise<void> {
    this.#controller.abort()
    this.#still.end()
    this.#alarm.clear()
    await this.#thread.end()
  }

  get folder(): Folder {
    return this.#folder
  }

  get seen(): Seen | null {
    return this.#seen
  }

  /** What the last look found that cannot be uploaded, and what could not be moved away since. */
  get problems(): FolderView['problems'] {
    return [...(this.#seen?.problems ?? []), ...(this.#notMoved === null ? [] : [this.#notMoved])]
  }

  get activity(): FolderActivity {
    const { pausedAt } = this.#folder
    if (this.#absent !== null) return { state: 'unavailable', ...this.#absent }
    if (pausedAt !== null) return { state: 'paused', since: pausedAt }
    if (this.#looking || this.#seen === null) return { state: 'looking' }
    if (this.#trouble !== null) return { state: 'polling', ...this.#trouble, every: this.#rest }
    return { state: 'watching' }
  }

  /** The folder's row changed: its options, or that it is paused. */
  changed(folder: Folder): void {
    this.#folder = folder
    this.#isWatching = false
    this.#rulesChanged = true
    this.lookAgain()
  }

  /** Looks the whole folder through now. */
  lookAgain(): void {
    this.#everything = true
    this.#looks.wake()
    this.#tools.onChange()
  }

  /** Some rows changed, perhaps of this folder. */
  rowsChanged(): void {
    this.#still.wake()
  }

  /** A row of the folder is completed, or waits or failed over its file or its key. */
  rowChanged(row: Transfer): void {
    if (row.state === 'queued' && row.failure?.kind === 'source_missing') {
      dropGone([row.id], this.#goneTools).catch((error) => this.#failed(error))
    }
    if (row.state === 'failed' && row.failure?.kind === 'exists' && this.#folder.options.whenTaken !== 'ask') {
      this.#hint([folderOf(pathBelow(this.#folder.path, row.sourcePath))])
    }
    if (row.state === 'completed' && this.#folder.options.whenUploaded === 'move' && row.sourceId !== null) {
      const path = pathBelow(this.#folder.path, row.sourcePath)
      const { size, modifiedAt, sourceId } = row
      this.#contents.add('move', [{ path, size, sourceId, modifiedAt, changedAt: modifiedAt }])
    }
  }

  get #ended(): boolean {
    return this.#controller.signal.aborted
  }

  get #disk(): Disk {
    return { isRemote: this.#trouble?.reason === 'network_drive', stillSeconds: this.#folder.options.stillSeconds }
  }

  /** Until the next look through the whole folder (ms). */
  get #rest(): number {
    return this.#trouble === null ? usualRest : Math.max(shortestPoll, this.#lookTook * pollFactor)
  }

  #list(folders: readonly string[], onFiles: OnFiles) {
    return this.#thread.list(this.#folder.options, folders, onFiles, this.#controller.signal)
  }

  #hint(folders: readonly string[]): void {
    for (const folder of folders) this.#hinted.add(folder)
    this.#looks.wake()
  }

  #onHint(hint: Hint): void {
    if (this.#folder.pausedAt !== null) this.#lookIn(pausedRest)
    else if (hint.kind === 'folders') this.#hint(hint.folders)
    else {
      this.#rulesChanged = true
      this.lookAgain()
    }
  }

  /** A thread that died is started again; what else went wrong is a broken database, or a defect. */
  #failed(error: unknown): void {
    if (this.#ended) return
    if (!(error instanceof FolderThreadDied)) {
      this.#tools.onFatal(error)
      return
    }
    if (error === this.#death) return
    this.#death = error
    console.error(error)
    void this.#thread.end()
    this.#thread = this.#startThread()
    this.#isWatching = false
    this.#looking = false
    this.#isAbsent({ kind: 'not_possible', detail: 'thread' })
    this.#lookIn(absence)
  }

  get #goneTools(): GoneFilesTools {
    const { transfers, onGone } = this.#tools
    return {
      ...{ folder: this.#folder, transfers, onGone },
      look: (paths) => this.#thread.look(paths),
      isThere: () => this.#isThere(),
      isEnded: () => this.#ended,
    }
  }

  async #isThere(): Promise<boolean> {
    const listed = await this.#list([''], () => {})
    return listed.ok && this.#doubt(listed.value, 1) === null
  }

  async #look(): Promise<void> {
    if (this.#ended) return
    this.#alarm.clear()
    await this.#watch()
    const { now } = this.#tools
    if (this.#laterAt <= now()) {
      this.#laterAt = Number.POSITIVE_INFINITY
      for (const folder of this.#later) this.#hinted.add(folder)
      this.#later.clear()
    }
    // a time that is ahead was another clock's
    const rests = this.#seen !== null && this.#seen.at <= now() && now() < this.#seen.at + this.#rest
    if (this.#everything || !rests || this.#absent !== null) await this.#lookThrough()
    else if (this.#hinted.size > 0 && this.#hintsRestUntil <= performance.now()) await this.#lookAtHinted()
    if (this.#ended) return
    if (this.#hinted.size > 0) this.#lookIn(this.#hintsRestUntil - performance.now())
    if (this.#absent !== null) return this.#lookIn(absence)
    // not all folders at the same time
    const restsUntil = (this.#seen?.at ?? now()) + this.#rest * (1 + 0.1 * this.#tools.random())
    this.#lookIn(Math.min(restsUntil, this.#laterAt) - now())
  }

  /** Looks after so long (ms), or when it would have looked before. */
  #lookIn(delay: number): void {
    if (!this.#ended) this.#alarm.in(Math.min(delay, this.#rest * 1.1))
  }

  /** Asks for hints before the first look, so that nothing falls between. */
  async #watch(): Promise<void> {
    if (this.#isWatching || this.#absent !== null) return
    this.#isWatching = true
    this.#trouble = null
    await this.#thread.watch(this.#folder.options, {
      onHint: (hint) => {
        if (!this.#ended) this.#onHint(hint)
      },
      onTrouble: (trouble) => {
        this.#trouble = trouble
        this.#tools.onChange()
      },
    })
  }

  async #lookThrough(): Promise<void> {
    const { folders, now, onChange } = this.#tools
    const began = now()
    this.#everything = false
    this.#notMoved = null
    this.#hinted.clear()
    this.#looking = true
    onChange()
    const open = folders.openTransfers(this.#folder.id)
    let held = 0
    const walked = await this.#thread.walk(
      this.#folder.options,
      async (files) => {
        const written = await this.#intake.openForWriting(files)
        for (let first = 0; first < files.length && !this.#ended; first += atOnce) {
          held += this.#intake.take(files.slice(first, first + atOnce), 'unknown', written)
          await setImmediate()
        }
      },
      this.#controller.signal,
    )
    this.#looking = false
    if (this.#ended) return
    const failure = walked.ok ? this.#doubt(walked.value, open.length) : walked.failure
    if (failure !== null || !walked.ok) {
      this.#isAbsent(failure ?? { kind: 'source_missing', detail: null })
      return
    }
    const { ignored, problems, identity } = walked.value
    this.#identity = identity
    const wasAbsent = this.#absent !== null
    this.#absent = null
    this.#seen = { ignored, problems, at: now(), held }
    this.#lookTook = now() - began
    if (wasAbsent) {
      this.#isWatching = false
      this.#everything = true
      this.#looks.wake()
    }
    await dropGone(open, this.#goneTools)
    if (this.#rulesChanged) {
      this.#rulesChanged = false
      const { path, options } = this.#folder
      const isIgnored = async (file: string) => (await this.#thread.explain(options, pathBelow(path, file))) !== null
      await dropIgnored(open, isIgnored, this.#goneTools)
    }
    this.#still.wake()
    onChange()
  }

  /** An empty folder that was not empty, and is not known to be the same, is an empty mount point, for all that one can see. */
  #doubt({ entries, identity }: Looked, open: number): Failure | null {
    if (entries > 0 || identity === this.#identity) return null
    const uploaded = this.#tools.folders.byId(this.#folder.id)?.uploaded ?? 0
    const wasFull = open > 0 || (uploaded > 0 && this.#folder.options.whenUploaded === 'keep')
    return wasFull ? { kind: 'source_missing', detail: 'empty' } : null
  }

  #isAbsent(failure: Failure): void {
    const since = this.#absent?.since ?? this.#tools.now()
    this.#absent = { failure, since }
    this.#everything = true
    this.#tools.onChange()
  }

  async #lookAtHinted(): Promise<void> {
    const began = performance.now()
    const folders = [...this.#hinted]
    this.#hinted.clear()
    const listed = await this.#list(folders, async (files) => {
      const written = await this.#intake.openForWriting(files)
      if (!this.#ended) this.#intake.take(files, 'unknown', written)
    })
    if (this.#ended) return
    this.#hintsRestUntil = performance.now() + (performance.now() - began) * restFactor
    if (!listed.ok) this.#isAbsent(listed.failure)
  }
}

const folderOf = (path: string): string => {
  const folder = posix.dirname(path)
  return folder === '.' ? '' : folder
}
