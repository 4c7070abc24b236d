import { join } from 'node:path'
import type { Folder } from '../db/folders.ts'
import type { Transfers } from '../db/transfers.ts'
import type { UploadedFile, UploadedFiles } from '../db/uploaded-files.ts'
import type { FolderThread } from './folder-thread.ts'
import type { FoundFile } from './found.ts'
import { moveUploaded } from './move-uploaded.ts'
import { readWhole } from './read-whole.ts'
import { wakeable } from './wakeable.ts'

/** Records of one size that a new file is compared with. */
const mostCandidates = 20

export type ContentsTools = {
  readonly folder: () => Folder
  readonly look: FolderThread['look']
  readonly uploadedFiles: UploadedFiles
  readonly transfers: Pick<Transfers, 'noteMove'>
  readonly signal: AbortSignal
  /** The file is not what was uploaded. */
  readonly onOther: (file: FoundFile) => void
  /** A file could not be moved to where uploaded ones go; `code`: the system's. */
  readonly onNotMoved: (code: string) => void
  readonly onFatal: (error: unknown) => void
}

type Task = { readonly kind: 'compare' | 'find' | 'move'; readonly file: FoundFile }

/**
 * What takes reading or moving whole files, one after the other: `compare` with what was uploaded from the same path, `find`
 * what it was before it was moved, `move` it away after it was uploaded.
 */
export class Contents {
  readonly #tools: ContentsTools
  readonly #tasks = new Map<string, Task>()
  readonly #work: { wake(): void }

  constructor(tools: ContentsTools) {
    this.#tools = tools
    const isEnded = () => tools.signal.aborted
    this.#work = wakeable(
      async () => {
        for (let [task] = this.#tasks.values(); task !== undefined && !isEnded(); [task] = this.#tasks.values()) {
          this.#tasks.delete(task.file.path)
          await this.#do(task)
        }
      },
      (error) => {
        if (!isEnded()) tools.onFatal(error)
      },
    )
  }

  /** The same file is asked about once, as it was named last. */
  add(kind: Task['kind'], files: readonly FoundFile[]): void {
    for (const file of files) this.#tasks.set(file.path, { kind, file })
    if (files.length > 0) this.#work.wake()
  }

  async #do({ kind, file }: Task): Promise<void> {
    switch (kind) {
      case 'compare':
        return this.#compare(file)
      case 'find':
        return this.#find(file)
      case 'move':
        return this.#move(file)
    }
  }

  async #compare(file: FoundFile): Promise<void> {
    const { uploadedFiles, onOther } = this.#tools
    const { id } = this.#tools.folder()
    const crc32 = await this.#crc32Of(file)
    const recorded = uploadedFiles.of(id, file.path)
    if (crc32 === null || recorded === null) return
    if (recorded.checksum === crc32) uploadedFiles.renew(id, file.path, file.sourceId)
    else onOther(file)
  }

  async #find(file: FoundFile): Promise<void> {
    const { uploadedFiles, transfers, onOther, look } = this.#tools
    const { id, path: folder } = this.#tools.folder()
    const candidates = uploadedFiles.ofSize(id, file.size, mostCandidates).filter(({ checksum }) => checksum !== '')
    const there = await look(candidates.map(({ path }) => path))
    const gone = candidates.filter((_, index) => there[index] === null)
    const from = gone.length === 0 ? undefined : await this.#same(file, gone)
    if (from === undefined) onOther(file)
    else if (from !== null) {
      const { path, sourceId } = file
      uploadedFiles.moved(id, from, file)
      transfers.noteMove({
        folderId: id,
        key: from.key,
        from: from.path,
        path,
        sourcePath: join(folder, path),
        sourceId,
      })
    }
  }

  /** The one with the same content; undefined: none, null: it cannot be told now. */
  async #same(file: FoundFile, candidates: readonly UploadedFile[]): Promise<UploadedFile | null | undefined> {
    const crc32 = await this.#crc32Of(file)
    return crc32 === null ? null : candidates.find(({ checksum }) => checksum === crc32)
  }

  /** Null: it changed or cannot be read; another look at its folder, or its row, will tell. */
  async #crc32Of({ path, sourceId, size }: FoundFile): Promise<string | null> {
    const read = await readWhole(join(this.#tools.folder().path, path), sourceId, size, this.#tools.signal)
    return read.ok && read.value !== 'changed' ? read.value.crc32 : null
  }

  async #move({ path, sourceId }: FoundFile): Promise<void> {
    const { look, uploadedFiles, onNotMoved } = this.#tools
    const folder = this.#tools.folder()
    const [now] = await look([path])
    const recorded = uploadedFiles.of(folder.id, path)
    if (now == null || now === 'unread') return
    const isUploaded = now.sourceId === sourceId && recorded?.sourceId === sourceId && recorded.checksum !== ''
    if (!isUploaded || folder.options.whenUploaded !== 'move') return
    const moved = await moveUploaded(folder.path, path)
    if (moved !== 'moved') onNotMoved(moved.code)
  }
}
