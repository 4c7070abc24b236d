import { setImmediate } from 'node:timers/promises'
import { failed, ok, type Result } from '../../../shared/failure.ts'
import type { FolderDraft, FolderOptions, FolderPreview, FolderView } from '../../../shared/folder.ts'
import type { Folder, Folders } from '../db/folders.ts'
import type { Transfers } from '../db/transfers.ts'
import { leftAsItIs, type UploadedFiles } from '../db/uploaded-files.ts'
import type { TransferEvent } from '../transfers/state.ts'
import { FolderDrafts } from './folder-drafts.ts'
import { startFolderThread, withFolderThread } from './folder-thread.ts'
import { countsOf, folderView, isUploading, nameOf } from './folder-view.ts'
import { FolderWatch } from './folder-watch.ts'
import { preview } from './preview.ts'

/** Changes are gathered for so long (ms): counting the rows of a large folder takes a while. */
const gathering = 500
/** Rows of one transaction. */
const batchSize = 500

export type WatchedFoldersTools = {
  readonly accountId: number
  readonly folders: Folders
  readonly transfers: Transfers
  readonly uploadedFiles: UploadedFiles
  readonly now: () => number
  readonly random: () => number
  /** Row ids that are worked on. */
  readonly running: () => readonly number[]
  readonly onReady: () => void
  readonly onGone: (ids: readonly number[]) => void
  /** Rows are no more. */
  readonly onForgotten: (ids: readonly number[]) => void
  /** What is seen of the folders changed. */
  readonly announce: (folders: readonly FolderView[]) => void
  readonly onFatal: (error: unknown) => void
}

/** The watched folders of the signed-in account, each with a thread and a watch of its own. */
export class WatchedFolders {
  readonly #tools: WatchedFoldersTools
  readonly #watches = new Map<number, FolderWatch>()
  readonly #drafts = new FolderDrafts(() => [...this.#watches.values()].map(({ folder }) => folder.path))
  readonly #changedRows = new Set<number>()
  #previewing: AbortController | null = null
  #timer: NodeJS.Timeout | null = null
  readonly #ending = new AbortController()

  constructor(tools: WatchedFoldersTools) {
    this.#tools = tools
    for (const folder of tools.folders.ofAccount(tools.accountId)) {
      this.#begin(folder)
      // an engine that ended meanwhile left some
      if (folder.pausedAt !== null) this.#settle(folder.id, { type: 'pause' })
    }
    for (const { id, forgotten } of tools.folders.removedOf(tools.accountId)) {
      this.#settle(id, { type: 'cancel' }, async () => (forgotten ? this.#forget(id) : undefined))
    }
  }

  async end(): Promise<void> {
    this.#ending.abort()
    this.#previewing?.abort()
    if (this.#timer !== null) clearTimeout(this.#timer)
    await Promise.all([...this.#watches.values()].map((watch) => watch.end()))
    this.#watches.clear()
  }

  get #ended(): boolean {
    return this.#ending.signal.aborted
  }

  /** A row of the queue changed; it may be of one of the folders. */
  rowChanged(id: number): void {
    if (this.#watches.size === 0) return
    this.#changedRows.add(id)
    this.#changed()
  }

  readonly #changed = (): void => {
    if (this.#timer !== null || this.#ended) return
    this.#timer = setTimeout(() => {
      this.#timer = null
      this.#tellRows()
      this.#tools.announce(this.list())
    }, gathering)
  }

  /** The machine slept, or a disk or network may be back. */
  lookAgain(): void {
    for (const watch of this.#watches.values()) watch.lookAgain()
  }

  #tellRows(): void {
    const changed = [...this.#changedRows]
    this.#changedRows.clear()
    for (const watch of this.#watches.values()) watch.rowsChanged()
    for (const row of this.#tools.transfers.newsOfFolders(changed)) {
      if (row.folderId !== null) this.#watches.get(row.folderId)?.rowChanged(row)
    }
  }

  list(): readonly FolderView[] {
    const { running, transfers } = this.#tools
    const uploading = running()
      .flatMap((id) => transfers.byId(id) ?? [])
      .filter(isUploading)
    return [...this.#watches.values()].map((watch) =>
      this.#view(watch, uploading.filter(({ folderId }) => folderId === watch.folder.id).length),
    )
  }

  #view(watch: FolderWatch, uploading: number): FolderView {
    const { folders, now } = this.#tools
    const folder = folders.byId(watch.folder.id) ?? watch.folder
    const today = new Date(now()).setHours(0, 0, 0, 0)
    return folderView(folder, watch, countsOf(folder, folders, watch.seen, { uploading, today }))
  }

  /** A folder that a person chose, and whether it can be watched. */
  async draft(chosen: string): Promise<FolderDraft> {
    const { id, path, refusal } = await this.#drafts.add(chosen)
    const known = this.#tools.folders.byPath(this.#tools.accountId, path)
    return { id, name: nameOf(path), path, refusal, isKnown: known !== null }
  }

  async preview(id: string, options: FolderOptions): Promise<Result<FolderPreview>> {
    const path = this.#pathOf(id)
    if (path === null) return failed('input_invalid', 'id')
    this.#previewing?.abort()
    const controller = new AbortController()
    this.#previewing = controller
    return withFolderThread(path, (thread) => preview(thread, options, controller.signal)).catch((error) => {
      if (controller.signal.aborted) return failed('not_possible', 'superseded')
      throw error
    })
  }

  async explain(id: string, options: FolderOptions, path: string) {
    const folder = this.#pathOf(id)
    if (folder === null) return failed('input_invalid', 'id')
    return ok({ reason: await withFolderThread(folder, (thread) => thread.explain(options, path)) })
  }

  /** Begins to watch a chosen folder; `leave`: what is in it now counts as uploaded. */
  async start(
    draft: string,
    choices: Pick<Folder, 'purpose' | 'options'>,
    existing: 'upload' | 'leave',
  ): Promise<Result<FolderView>> {
    const { folders, accountId } = this.#tools
    const path = this.#drafts.pathOf(draft)
    if (path === null) return failed('input_invalid', 'draft')
    if ((await this.#drafts.refusal(path)) !== null) return failed('not_possible', 'folder')
    const id = folders.prepare({ accountId, path, ...choices })
    const ready = existing === 'leave' ? await this.#leaveAll(id, path, choices.options) : await this.#takeAllBack(id)
    if (!ready.ok) return ready
    if (this.#ended) return failed('signed_out')
    // another call may have begun it, or one around it, meanwhile
    if (this.#drafts.overlap(path) !== null) return failed('not_possible', 'folder')
    const folder = folders.begin(id)
    this.#drafts.drop(draft)
    const watch = this.#begin(folder)
    this.#changed()
    return ok(this.#view(watch, 0))
  }

  change(id: string, options: FolderOptions): Result<null> {
    return this.#withFolder(id, (watch, folder) => {
      this.#tools.folders.setOptions(folder.id, options)
      watch.changed({ ...folder, options })
    })
  }

  /** Its rows that are not finishing rest, too. */
  async pause(id: string): Promise<Result<null>> {
    const watch = this.#watchOf(id)
    if (watch === null) return failed('input_invalid', 'id')
    const pausedAt = this.#tools.now()
    this.#tools.folders.setPaused(watch.folder.id, pausedAt)
    watch.changed({ ...watch.folder, pausedAt })
    await this.#applyToOpen(watch.folder.id, { type: 'pause' })
    this.#changed()
    return ok(null)
  }

  async resume(id: string): Promise<Result<null>> {
    const watch = this.#watchOf(id)
    if (watch === null) return failed('input_invalid', 'id')
    // its row last: an engine that ends between pauses the others again at its next start
    await this.#applyToOpen(watch.folder.id, { type: 'resume' })
    if (this.#ended) return failed('signed_out')
    this.#tools.folders.setPaused(watch.folder.id, null)
    watch.changed({ ...watch.folder, pausedAt: null })
    this.#tools.onReady()
    this.#changed()
    return ok(null)
  }

  lookAgainIn(id: string): Result<null> {
    return this.#withFolder(id, (watch) => watch.lookAgain())
  }

  /** Ends the watch and its open rows; nothing is deleted on this computer, or at the store of what is whole there. */
  async remove(id: string, history: 'keep' | 'forget'): Promise<Result<null>> {
    const { folders } = this.#tools
    const watch = this.#watchOf(id)
    if (watch === null) return failed('input_invalid', 'id')
    const { folder } = watch
    this.#watches.delete(folder.id)
    folders.remove(folder.id, history)
    const ended = watch.end()
    await this.#applyToOpen(folder.id, { type: 'cancel' })
    if (history === 'forget') await this.#forget(folder.id)
    await ended
    this.#changed()
    return ok(null)
  }

  #begin(folder: Folder): FolderWatch {
    const watch = new FolderWatch(folder, () => startFolderThread(folder.path), {
      ...this.#tools,
      onChange: this.#changed,
    })
    this.#watches.set(folder.id, watch)
    watch.begin()
    return watch
  }

  #watchOf(id: string): FolderWatch | null {
    return [...this.#watches.values()].find(({ folder }) => folder.uuid === id) ?? null
  }

  #withFolder(id: string, change: (watch: FolderWatch, folder: Folder) => void): Result<null> {
    const watch = this.#watchOf(id)
    if (watch === null) return failed('input_invalid', 'id')
    change(watch, watch.folder)
    this.#changed()
    return ok(null)
  }

  #pathOf(id: string): string | null {
    return this.#drafts.pathOf(id) ?? this.#watchOf(id)?.folder.path ?? null
  }

  /** What was left in a folder when it was watched before is to be uploaded. */
  async #takeAllBack(id: number): Promise<Result<null>> {
    const { uploadedFiles } = this.#tools
    for (let after: string | null = ''; after !== null && !this.#ended; ) {
      after = uploadedFiles.takeBack(id, after, batchSize)
      await setImmediate()
    }
    return ok(null)
  }

  /** Records all that is in a folder as uploaded, but for what is recorded as it is already. */
  #leaveAll(id: number, path: string, options: FolderOptions): Promise<Result<null>> {
    const { uploadedFiles } = this.#tools
    return withFolderThread(path, async (thread) => {
      const walked = await thread.walk(
        options,
        (found) => {
          const others = found.filter((file) => uploadedFiles.of(id, file.path)?.sourceId !== file.sourceId)
          uploadedFiles.record(id, others.map(leftAsItIs))
        },
        this.#ending.signal,
      )
      return walked.ok ? ok(null) : walked
    }).catch((error) => {
      if (this.#ended) return failed('signed_out')
      throw error
    })
  }

  #settle(folderId: number, event: TransferEvent, then = async () => {}): void {
    this.#applyToOpen(folderId, event)
      .then(then)
      .catch((error) => {
        if (!this.#ended) this.#tools.onFatal(error)
      })
  }

  async #forget(folderId: number): Promise<void> {
    for (let isAll = false; !isAll && !this.#ended; await setImmediate()) {
      const forgotten = this.#tools.folders.forget(folderId, batchSize)
      this.#tools.onForgotten(forgotten.rows)
      isAll = forgotten.isAll
    }
  }

  /** In pieces: between two, the engine goes on with everything else. */
  async #applyToOpen(folderId: number, event: TransferEvent): Promise<void> {
    const { folders, transfers, onGone } = this.#tools
    const open = folders.openTransfers(folderId)
    for (let first = 0; first < open.length && !this.#ended; first += batchSize) {
      const events = open.slice(first, first + batchSize).map((id) => ({ id, event }))
      onGone(transfers.insertAndApply([], events))
      await setImmediate()
    }
  }
}
