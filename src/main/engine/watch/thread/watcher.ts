import { lstatSync } from 'node:fs'
import { basename, sep } from 'node:path'
import { setImmediate as breath } from 'node:timers/promises'
import { folderOf } from '../folder-of.ts'
import type { Hint, WatchTrouble } from '../found.ts'
import { entriesOf, type Place, rootFolder, type TreeFolder } from './entries.ts'
import { FolderHandles } from './folder-handles.ts'
import { readFolders } from './read-folders.ts'
import { rulesFileName } from './rules.ts'
import { type SystemWatch, troubleOf } from './system-watch.ts'
import { openRoot, pathIn } from './watched-root.ts'

/** How long changes are gathered before they are told (ms). */
const gatherFor = 50
/** Folders that are put under watch before others may have the thread for a moment. */
const breathAfter = 25

export type WatcherTools = {
  readonly system: SystemWatch
  /** Folders in the watched one (real paths) that the system tells nothing of. */
  readonly untold: readonly string[]
  readonly onHint: (hint: Hint) => void
  readonly onTrouble: (trouble: WatchTrouble) => void
}

/**
 * Watches the folders of a tree that are not ignored, never single files, and tells which of them to look at again. A folder
 * is told of once its own watch stands, so nothing that is put into a new one is missed.
 */
export class Watcher {
  #place: Place
  readonly #tools: WatcherTools
  readonly #handles = new FolderHandles()
  readonly #troubles = new Set<string>()
  /** Folders in which something changed. */
  #changed = new Set<string>()
  /** Paths that appeared, went away, were replaced, or may be folders that could not be watched before. */
  #touched = new Set<string>()
  #everything = false
  #inOneGo = 0
  #timer: NodeJS.Timeout | null = null
  /** The watch is being set up, or the last hint was not heard yet. */
  #isBusy = true
  /** The last watch of all that is below its folder. */
  #stands: Promise<void> = Promise.resolve()
  #isEnded = false

  constructor(place: Place, tools: WatcherTools) {
    this.#place = place
    this.#tools = tools
  }

  /** Resolves when the watch stands. */
  async start(): Promise<void> {
    await this.#cover([rootFolder(this.#place)])
    await this.#stands
    this.heard()
  }

  /** The last hint was taken; the next one may come. */
  heard(): void {
    this.#isBusy = false
    if (this.#everything || this.#changed.size > 0) this.#gather()
  }

  end(): void {
    this.#isEnded = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#handles.closeAll()
  }

  /** Puts folders and all below them under watch; returns their paths. */
  async #cover(folders: readonly TreeFolder[]): Promise<readonly string[]> {
    const covered: string[] = []
    const pending = [...folders]
    for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
      if (this.#isUntold(folder)) continue
      // first the watch, then what is in it: what comes in between is told
      this.#watch(folder)
      covered.push(folder.path)
      const reading = entriesOf(this.#place, folder)
      if (reading.kind === 'read') for (const below of reading.folders.values()) pending.push(below)
      if (covered.length % breathAfter === 0) await breath()
      if (this.#isEnded) return []
    }
    return covered
  }

  #isUntold({ path }: TreeFolder): boolean {
    const { untold } = this.#tools
    return untold.length > 0 && untold.includes(`${this.#place.root.realPath}${sep}${path}`)
  }

  #watch({ path }: TreeFolder): void {
    const { system } = this.#tools
    if (system.isRecursive && path !== '') return
    try {
      const handle = system.watch(
        pathIn(this.#place.root, path),
        (event, name) => this.#hear(path, event, name),
        (error) => this.#hearEnd(error),
      )
      this.#handles.set(path, handle)
      if (handle.stands !== undefined) this.#stands = handle.stands
    } catch (error) {
      const trouble = troubleOf(error as NodeJS.ErrnoException)
      if (trouble !== null) this.#report(trouble)
    }
  }

  /** False: there was one of its kind already. */
  #report(trouble: WatchTrouble): boolean {
    if (this.#troubles.has(trouble.reason)) return false
    this.#troubles.add(trouble.reason)
    this.#tools.onTrouble(trouble)
    return true
  }

  /** A watch that stood ended. It is set up again once; one that keeps ending is left to looks at times. */
  #hearEnd(error: NodeJS.ErrnoException): void {
    const isNew = this.#report(troubleOf(error) ?? { reason: 'watch_failed', detail: error.code ?? null })
    if (isNew) this.#everything = true
    else this.#changed.add('')
    this.#gather()
  }

  #hear(folder: string, event: 'change' | 'rename', name: string | null): void {
    this.#countForOverflow()
    if (name === null) this.#everything = true
    else {
      const below = sep === '/' ? name : name.replaceAll(sep, '/')
      const path = folder === '' ? below : `${folder}/${below}`
      this.#changed.add(folderOf(path))
      // it may be a folder whose permissions changed
      if (event === 'rename' || !this.#handles.has(path)) this.#touched.add(path)
      // under its own name it may have been told that its drive was unmounted, which ends all watches there
      const isItself = folder === '' && event === 'rename' && below === basename(this.#place.root.path)
      if (isItself || basename(path) === rulesFileName) this.#everything = true
    }
    this.#gather()
  }

  /** inotify drops what its queue cannot hold, and Node does not say so: as much as half of it at once counts as that. */
  #countForOverflow(): void {
    if (this.#inOneGo === 0) {
      setImmediate(() => {
        this.#inOneGo = 0
      })
    }
    this.#inOneGo += 1
    if (this.#inOneGo >= this.#tools.system.longestQueue / 2) this.#everything = true
  }

  #gather(): void {
    if (this.#isBusy || this.#isEnded || this.#timer !== null) return
    this.#timer = setTimeout(() => {
      this.#timer = null
      this.#isBusy = true
      void this.#tell()
    }, gatherFor)
  }

  async #tell(): Promise<void> {
    const isWhole = this.#isReplaced() || this.#everything
    const hint = isWhole ? await this.#coverAgain() : await this.#coverNew()
    if (!this.#isEnded) this.#tools.onHint(hint)
  }

  async #coverAgain(): Promise<Hint> {
    this.#forget()
    this.#handles.closeAll()
    await this.#cover([rootFolder(this.#place)])
    return { kind: 'everything' }
  }

  async #coverNew(): Promise<Hint> {
    const folders = this.#changed
    const touched = this.#touched
    this.#forget()
    this.#handles.close(touched)
    const read = readFolders(this.#place)
    const appeared = [...touched]
      .filter((path) => this.#mayBeFolder(path))
      .flatMap((path) => {
        const around = read(folderOf(path))
        return around.kind === 'read' ? (around.folders.get(path) ?? []) : []
      })
    for (const path of await this.#cover(appeared)) folders.add(path)
    return { kind: 'folders', folders: [...folders] }
  }

  #forget(): void {
    this.#changed = new Set()
    this.#touched = new Set()
    this.#everything = false
  }

  /** What is at the folder's path now has no watch. */
  #isReplaced(): boolean {
    const { root } = this.#place
    const now = openRoot(root.path)
    if (now.ok) this.#place = { ...this.#place, root: now.value }
    return !now.ok || now.value.identity !== root.identity
  }

  #mayBeFolder(path: string): boolean {
    try {
      const stats = lstatSync(pathIn(this.#place.root, path), { throwIfNoEntry: false })
      const isFollowed = stats?.isSymbolicLink() === true && this.#place.options.links === 'follow'
      return stats?.isDirectory() === true || isFollowed
    } catch {
      return false
    }
  }
}
