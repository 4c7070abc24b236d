import { join } from 'node:path'
import type { Folder } from '../db/folders.ts'
import type { Transfers } from '../db/transfers.ts'
import type { UploadedFiles } from '../db/uploaded-files.ts'
import type { Contents } from './contents.ts'
import type { FolderThread } from './folder-thread.ts'
import type { FoundFile } from './found.ts'
import type { Content } from './scan.ts'
import type { StillFiles } from './still-files.ts'
import type { Disk } from './stillness.ts'
import { foundStillAt, takeIn } from './take-in.ts'

export type IntakeTools = {
  readonly folder: () => Folder
  readonly disk: () => Disk
  readonly openForWriting: FolderThread['openForWriting']
  readonly transfers: Transfers
  readonly uploadedFiles: UploadedFiles
  readonly still: Pick<StillFiles, 'wake'>
  readonly contents: Pick<Contents, 'add'>
  readonly now: () => number
  /** Whether files that are uploaded can be moved away, for all that is known. */
  readonly canMove: () => boolean
  /** Rows can be sent. */
  readonly onReady: () => void
  /** These files have to be looked at again, at a time (epoch ms). */
  readonly onLater: (files: readonly FoundFile[], at: number) => void
}

/** Takes in what is found in a folder: rows, and what else has to be done about a file, each to who does it. */
export class Intake {
  readonly #tools: IntakeTools

  constructor(tools: IntakeTools) {
    this.#tools = tools
  }

  /** Which of the files that would be sent at once another program has open for writing. */
  async openForWriting(files: readonly FoundFile[]): Promise<ReadonlySet<string>> {
    const { uploadedFiles, disk, folder, now } = this.#tools
    const { id } = folder()
    const sent = files.filter(
      (file) =>
        foundStillAt(file, disk(), now()) <= now() && uploadedFiles.of(id, file.path)?.sourceId !== file.sourceId,
    )
    return sent.length === 0 ? new Set() : this.#tools.openForWriting(sent.map(({ sourceId }) => sourceId))
  }

  /** How many files have no row, since the folder is paused. */
  take(files: readonly FoundFile[], content: Content, openForWriting: ReadonlySet<string>): number {
    const { transfers, uploadedFiles, disk, still, contents, canMove, onReady, onLater, now } = this.#tools
    const folder = this.#tools.folder()
    if (folder.pausedAt !== null) return files.filter((file) => this.#isHeld(folder, file)).length
    const taken = takeIn(folder, files, disk(), { transfers, uploadedFiles, now }, content, openForWriting)
    if (taken.queued > 0) onReady()
    if (taken.written > 0) still.wake()
    contents.add('compare', taken.compare)
    contents.add('find', taken.mayBeMoved)
    if (folder.options.whenUploaded === 'move' && canMove()) contents.add('move', taken.unchanged)
    if (taken.later.length > 0) onLater(taken.later, taken.laterAt)
    return 0
  }

  #isHeld({ id, accountId, purpose, path: folder }: Folder, { path, sourceId }: FoundFile): boolean {
    const { transfers, uploadedFiles } = this.#tools
    const isUploaded = uploadedFiles.of(id, path)?.sourceId === sourceId
    return !isUploaded && transfers.openBySource(accountId, purpose, join(folder, path)) === null
  }
}
