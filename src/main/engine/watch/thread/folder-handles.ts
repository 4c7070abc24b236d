import { folderOf } from '../folder-of.ts'
import type { Handle } from './system-watch.ts'

/** The handles by which folders are watched, by the folders' paths. */
export class FolderHandles {
  readonly #handles = new Map<string, Handle>()

  has(folder: string): boolean {
    return this.#handles.has(folder)
  }

  set(folder: string, handle: Handle): void {
    this.#handles.get(folder)?.close()
    this.#handles.set(folder, handle)
  }

  /** Closes those of these folders and of all below them. */
  close(folders: ReadonlySet<string>): void {
    const closed = new Set([...folders].filter((folder) => this.#handles.has(folder)))
    if (closed.size === 0) return
    for (const [folder, handle] of this.#handles) {
      if (!isInOneOf(folder, closed)) continue
      handle.close()
      this.#handles.delete(folder)
    }
  }

  closeAll(): void {
    for (const handle of this.#handles.values()) handle.close()
    this.#handles.clear()
  }
}

function isInOneOf(path: string, folders: ReadonlySet<string>): boolean {
  for (let folder = path; folder !== ''; folder = folderOf(folder)) if (folders.has(folder)) return true
  return false
}
