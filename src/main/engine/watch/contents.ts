import { join } from 'node:path'
import type { Folder } from '../db/folders.ts'
import type { Transfers } from '../db/transfers.ts'
import type { UploadedFiles } from '../db/uploaded-files.ts'
import type { FolderThread } from './folder-thread.ts'
import type { FoundFile } from './found.ts'
import { moveUploaded } from './move-uploaded.ts'
import { readWhole } from './read-whole.ts'
import { wakeable } from './wakeable.ts'

/** Records of one content of which it is asked whether their files are gone. */
const mostCandidates = 1_000

export type ContentsTools = {
  readonly folder: () => Folder
  readonly look: FolderThread['look']
  readonly openForWriting: FolderThread['openForWriting']
  readonly uploadedFiles: UploadedFiles
  readonly transfers: Pick<Transfers, 'noteMove'>
  readonly signal: AbortSignal
  /** The file is not what was uploaded, or cannot be read, which the run of its row will tell. */
  readonly onOther: (file: FoundFile) => void
  /** Another program has an uploaded file open to write on, so that it stays until it is looked at again. */
  readonly onHeld: (file: FoundFile) => void
  /** The file at a path could not be moved to where uploaded ones go. */
  readonly onNotMoved: (path: string) => void
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
    if (crc32 === 'changed' || recorded === null) return
    if (recorded.checksum !== crc32) return onOther(file)
    uploadedFiles.renew(id, file.path, file.sourceId)
    await this.#move(file)
  }

  async #find(file: FoundFile): Promise<void> {
    const { uploadedFiles, transfers, onOther, look } = this.#tools
    const { id, path: folder } = this.#tools.folder()
    const crc32 = await this.#crc32Of(file)
    if (crc32 === 'changed') return
    const candidates = crc32 === null ? [] : uploadedFiles.ofContent(id, file.size, crc32, mostCandidates)
    // the file itself last: where it is there, so was the drive of what is missing
    const there = await look([...candidates, file].map(({ path }) => path))
    if (there.at(-1) == null) return
    const from = candidates.find((_, index) => there[index] === null)
    if (from === undefined) return onOther(file)
    const { path, sourceId } = file
    uploadedFiles.moved(id, from, file)
    transfers.noteMove({ folderId: id, key: from.key, from: from.path, path, sourcePath: join(folder, path), sourceId })
    await this.#move(file)
  }

  /** Null: it cannot be read. `changed`, or gone: another look at its folder will tell. */
  async #crc32Of({ path, sourceId, size }: FoundFile): Promise<string | 'changed' | null> {
    const read = await readWhole(join(this.#tools.folder().path, path), sourceId, size, this.#tools.signal)
    if (!read.ok) return read.failure.kind === 'source_missing' ? 'changed' : null
    return read.value === 'changed' ? 'changed' : read.value.crc32
  }

  async #move(file: FoundFile): Promise<void> {
    const { look, openForWriting, uploadedFiles, onHeld, onNotMoved } = this.#tools
    const { path, sourceId } = file
    const folder = this.#tools.folder()
    if (folder.options.whenUploaded !== 'move') return
    if ((await openForWriting([sourceId], 'now')).has(sourceId)) return onHeld(file)
    // after that, so that what was written and closed meanwhile shows
    const [now] = await look([path])
    const recorded = uploadedFiles.of(folder.id, path)
    if (now == null || now === 'unread') return
    const isUploaded = now.sourceId === sourceId && recorded?.sourceId === sourceId && recorded.checksum !== ''
    if (!isUploaded) return
    if (!(await moveUploaded(folder.path, path))) onNotMoved(path)
  }
}
