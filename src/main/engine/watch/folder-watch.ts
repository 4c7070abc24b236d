import { setImmediate } from 'node:timers/promises'
import type { Failure } from '../../../shared/failure.ts'
import type { FolderActivity, FolderView, ItemGroup, ItemProblem } from '../../../shared/folder.ts'
import { databaseFailureOf } from '../db/database.ts'
import type { Folder, Folders } from '../db/folders.ts'
import type { Transfers } from '../db/transfers.ts'
import { pathBelow, type UploadedFiles } from '../db/uploaded-files.ts'
import type { Transfer } from '../transfers/state.ts'
import { Alarm } from './alarm.ts'
import { Contents } from './contents.ts'
import { folderOf } from './folder-of.ts'
import { type FolderThread, FolderThreadDied } from './folder-thread.ts'
import type { FoundFile, Hint, Looked } from './found.ts'
import { dropGone, dropIgnored, type GoneFilesTools } from './gone-files.ts'
import { Intake } from './intake.ts'
import { lastingThread } from './lasting-thread.ts'
import { LookSchedule } from './look-schedule.ts'
import { Presence } from './presence.ts'
import { StillFiles } from './still-files.ts'
import type { Disk } from './stillness.ts'
import { SystemHints } from './system-hints.ts'
import { wakeable } from './wakeable.ts'

/** Between two looks whether a folder is back (ms). */
const absentRest = 5_000
/** Between two looks whether an uploaded file that another program has open can be moved away (ms). */
const heldRest = 5_000
/** Between two looks through a paused folder in which something happens (ms). */
const pausedRest = 10_000
/** Files that are taken in between two turns of the event loop: a transaction of some 20 ms. */
const atOnce = 200

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
  readonly #thread: FolderThread
  readonly #hints: SystemHints
  readonly #presence: Presence
  readonly #still: StillFiles
  readonly #contents: Contents
  readonly #intake: Intake
  readonly #looks: { wake(): void }
  readonly #alarm: Alarm
  readonly #controller = new AbortController()
  readonly #schedule = new LookSchedule()
  #folder: Folder
  /** Rows may be of files that are left out by now. */
  #rulesChanged = true
  #looking = false
  #seen: Seen | null = null
  /** Something changed since problems were found, of which only a look through all tells whether they are over. */
  #problemsMayBeOver = false
  /** Files that are uploaded and could not be moved away since the last look through all. */
  #notMoved: ItemGroup<ItemProblem> | null = null

  constructor(folder: Folder, startThread: () => FolderThread, tools: FolderWatchTools) {
    this.#folder = folder
    this.#presence = new Presence(folder.identity)
    this.#thread = lastingThread(startThread, (error) => this.#threadDied(error))
    this.#tools = tools
    this.#hints = new SystemHints({
      watch: this.#thread.watch,
      onHint: (hint) => {
        if (!this.#ended) this.#onHint(hint)
      },
      // the next look comes sooner
      onTrouble: () => {
        this.#looks.wake()
        tools.onChange()
      },
    })
    const onFatal = (error: unknown) => this.#failed(error)
    const disk = () => this.#disk
    const { look, openForWriting } = this.#thread
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
      onHeld: (file) => this.#lookLater([file], tools.now() + heldRest),
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
      onLater: (files, at) => this.#lookLater(files, at),
    })
    this.#looks = wakeable(() => this.#look(), onFatal)
    this.#alarm = new Alarm(() => {
      if (this.#folder.pausedAt !== null) this.#schedule.everything()
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
    const { absence } = this.#presence
    if (absence !== null) return { state: 'unavailable', ...absence }
    if (pausedAt !== null) return { state: 'paused', since: pausedAt }
    if (this.#looking || this.#seen === null) return { state: 'looking' }
    const { trouble } = this.#hints
    if (trouble !== null) return { state: 'polling', ...trouble, every: this.#schedule.rest(false) }
    return { state: 'watching' }
  }

  /** The folder's row changed: its options, or that it is paused. */
  changed(folder: Folder): void {
    this.#folder = folder
    this.#hints.outdated()
    this.#rulesChanged = true
    this.lookAgain()
  }

  /** Looks the whole folder through now. */
  lookAgain(): void {
    this.#schedule.everything()
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
    return {
      isRemote: this.#hints.trouble?.reason === 'network_drive',
      stillSeconds: this.#folder.options.stillSeconds,
    }
  }

  /** Whether hints are enough until the usual rest is over. */
  get #isTold(): boolean {
    return this.#hints.trouble === null && !this.#problemsMayBeOver
  }

  #lookLater(files: readonly FoundFile[], at: number): void {
    const folders = files.map(({ path }) => folderOf(path))
    if (this.#schedule.foldersAt(folders, at) && !this.#ended) this.#looks.wake()
  }

  #hint(folders: readonly string[]): void {
    this.#schedule.folders(folders)
    this.#looks.wake()
  }

  #onHint(hint: Hint): void {
    if (hint.kind === 'replaced') this.#hints.outdated()
    if (this.#folder.pausedAt !== null) this.#lookIn(pausedRest)
    else if (hint.kind === 'folders') {
      this.#problemsMayBeOver = this.problems.length > 0
      this.#hint(hint.folders)
    } else {
      this.#rulesChanged = true
      this.lookAgain()
    }
  }

  /** A thread that died was started again; what else went wrong is a full disk, a broken database, or a defect. */
  #failed(error: unknown): void {
    if (this.#ended || error instanceof FolderThreadDied) return
    const failure = databaseFailureOf(error)
    if (failure?.kind === 'disk_full') this.#tryAgain(failure)
    else this.#tools.onFatal(error)
  }

  #threadDied(error: FolderThreadDied): void {
    if (this.#ended) return
    console.error(error)
    this.#hints.outdated()
    this.#tryAgain({ kind: 'not_possible', detail: 'thread' })
  }

  /** Looks all through after a rest: what was under way is lost. */
  #tryAgain(failure: Failure): void {
    this.#looking = false
    this.#lost(failure)
    this.#lookIn(absentRest)
  }

  get #goneTools(): GoneFilesTools {
    const { transfers, onGone } = this.#tools
    return {
      ...{ folder: this.#folder, transfers, onGone },
      look: this.#thread.look,
      isThere: () => this.#isThere(),
      isEnded: () => this.#ended,
    }
  }

  async #isThere(): Promise<boolean> {
    const listed = await this.#thread.list(this.#folder.options, [''], () => {}, this.#controller.signal)
    return listed.ok && this.#presence.doubt(listed.value, () => true) === null
  }

  async #look(): Promise<void> {
    if (this.#ended) return
    this.#alarm.clear()
    const { now, random } = this.#tools
    const due = this.#schedule.take(now(), this.#isTold)
    // others may be done with what the limit is of, or somebody raised it
    if (due === 'everything' && this.#hints.trouble?.reason === 'watch_limit') this.#hints.outdated()
    await this.#askForHints()
    if (due === 'everything') await this.#lookThrough()
    else if (due.length > 0) await this.#lookAt(due)
    if (this.#ended) return
    const isAway = this.#presence.absence !== null
    this.#lookIn(isAway ? absentRest : this.#schedule.untilNext(now(), this.#isTold, random()))
  }

  /** Looks after so long (ms), or when it would have looked before. */
  #lookIn(delay: number): void {
    if (!this.#ended) this.#alarm.in(delay)
  }

  /**
   * Asks for hints before the first look, so that nothing falls between; also before a folder that was away is looked through,
   * since what kind of disk it is on decides when its files are still.
   */
  async #askForHints(): Promise<void> {
    if (this.#hints.isAsked && this.#presence.absence === null) return
    await this.#hints.ask(this.#folder.options)
    this.#tools.onChange()
  }

  async #lookThrough(): Promise<void> {
    const { folders, now, onChange } = this.#tools
    const began = performance.now()
    this.#problemsMayBeOver = false
    this.#notMoved = null
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
    if (!walked.ok) return this.#lost(walked.failure)
    const doubt = this.#presence.doubt(walked.value, () => open.length > 0 || this.#hasKept)
    if (doubt !== null) return this.#lost(doubt)
    const { ignored, problems } = walked.value
    this.#seen = { ignored, problems, at: now(), held }
    this.#schedule.lookedThrough(now(), performance.now() - began)
    if (walked.value.identity !== this.#presence.identity) folders.setIdentity(this.#folder.id, walked.value.identity)
    if (this.#presence.found(walked.value)) {
      this.#hints.outdated()
      this.#schedule.everything()
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

  /** Whether there should be files that count as uploaded. */
  get #hasKept(): boolean {
    return this.#folder.options.whenUploaded === 'keep' && this.#tools.uploadedFiles.hasAny(this.#folder.id)
  }

  #lost(failure: Failure): void {
    this.#presence.lost(failure, this.#tools.now())
    this.#schedule.everything()
    this.#tools.onChange()
  }

  async #lookAt(folders: readonly string[]): Promise<void> {
    const began = performance.now()
    const listed = await this.#thread.list(
      this.#folder.options,
      folders,
      async (files) => {
        const written = await this.#intake.openForWriting(files)
        if (!this.#ended) this.#intake.take(files, 'unknown', written)
      },
      this.#controller.signal,
    )
    if (this.#ended) return
    this.#schedule.lookedAtFolders(performance.now() - began)
    if (!listed.ok) this.#lost(listed.failure)
  }
}
