import { randomUUID } from 'node:crypto'
import { access, constants, realpath, stat } from 'node:fs/promises'
import { parse } from 'node:path'
import type { FolderRefusal } from '../../../shared/folder.ts'
import { overlapOf } from './overlap.ts'

/** Folders that were chosen and not begun are forgotten after so many more. */
const mostDrafts = 20

/** The folders that a person chose and that are not watched yet; the page names them by an id. */
export class FolderDrafts {
  readonly #watched: () => readonly string[]
  readonly #paths = new Map<string, string>()

  /** `watched`: the paths of the folders that are watched. */
  constructor(watched: () => readonly string[]) {
    this.#watched = watched
  }

  /** `path`: without links, where it is a folder. */
  async add(
    chosen: string,
  ): Promise<{ readonly id: string; readonly path: string; readonly refusal: FolderRefusal | null }> {
    const real = await realFolder(chosen)
    const path = typeof real === 'string' ? real : chosen
    const id = randomUUID()
    this.#paths.set(id, path)
    const [oldest] = this.#paths.keys()
    if (this.#paths.size > mostDrafts && oldest !== undefined) this.#paths.delete(oldest)
    return { id, path, refusal: typeof real === 'string' ? this.overlap(real) : real }
  }

  pathOf(id: string): string | null {
    return this.#paths.get(id) ?? null
  }

  drop(id: string): void {
    this.#paths.delete(id)
  }

  /** Why a path cannot be watched now; one that leads elsewhere by now is not what was chosen. */
  async refusal(path: string): Promise<FolderRefusal | null> {
    const real = await realFolder(path)
    if (typeof real !== 'string') return real
    return real === path ? this.overlap(path) : { kind: 'not_a_folder' }
  }

  /** Why a folder cannot be watched beside the others. */
  overlap(path: string): FolderRefusal | null {
    return path === parse(path).root ? { kind: 'root' } : overlapOf(path, this.#watched())
  }
}

/** A folder's path without links, or why it is none. */
async function realFolder(path: string): Promise<string | FolderRefusal> {
  try {
    const real = await realpath(path)
    if (!(await stat(real)).isDirectory()) return { kind: 'not_a_folder' }
    await access(real, constants.R_OK | constants.X_OK)
    return real
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return { kind: code === 'ENOENT' || code === 'ENOTDIR' ? 'not_a_folder' : 'unreadable' }
  }
}
