import { join } from 'node:path'
import type { Folder } from '../db/folders.ts'
import type { NewTransfer, Transfers } from '../db/transfers.ts'
import type { UploadedFiles } from '../db/uploaded-files.ts'
import { sourceFacts } from '../transfers/source-facts.ts'
import { beingWritten, type TransferEvent } from '../transfers/state.ts'
import type { FoundFile } from './found.ts'
import { newRow } from './new-row.ts'
import { type Content, type Decision, datedPath, decide } from './scan.ts'
import { type Disk, stillAt } from './stillness.ts'

/** Until a file that something is at work with is looked at again (ms). */
const shortWait = 1_000

export type TakeInTools = {
  readonly transfers: Transfers
  readonly uploadedFiles: UploadedFiles
  readonly now: () => number
}

/** What is left to do about files that were taken in. */
export type TakenIn = {
  /** Rows that can be sent, and rows that wait for their files to be still. */
  readonly queued: number
  readonly written: number
  /** Files whose content has to be compared with what was uploaded. */
  readonly compare: readonly FoundFile[]
  /** Files that may be others that were moved: new ones of a size that is recorded. */
  readonly mayBeMoved: readonly FoundFile[]
  /** Files that are uploaded as they are. */
  readonly unchanged: readonly FoundFile[]
  /** Files of which nothing can be said while they change, and when the first of them may be still (epoch ms). */
  readonly later: readonly FoundFile[]
  readonly laterAt: number
}

/** When a file that was just found will have been still for long enough (epoch ms). */
export const foundStillAt = (file: FoundFile, disk: Disk, now: number): number =>
  stillAt(file, { seenAt: now, changedAt: file.changedAt, longestPause: 0 }, disk)

/** Turns files that were found in a folder into rows, in one transaction. `openForWriting`: source ids of some of them. */
export function takeIn(
  folder: Folder,
  files: readonly FoundFile[],
  disk: Disk,
  { transfers, uploadedFiles, now }: TakeInTools,
  content: Content,
  openForWriting: ReadonlySet<string>,
): TakenIn {
  const added: NewTransfer[] = []
  const events: { id: number; event: TransferEvent }[] = []
  const compare: FoundFile[] = []
  const mayBeMoved: FoundFile[] = []
  const unchanged: FoundFile[] = []
  const later: FoundFile[] = []
  let laterAt = Number.POSITIVE_INFINITY
  let written = 0

  const begin = (
    file: FoundFile,
    { instead, dated, replaces }: Extract<Decision, { kind: 'upload' }>,
    still: boolean,
  ) => {
    if (instead !== null) events.push({ id: instead, event: { type: 'cancel' } })
    if (!still) written += 1
    const name = dated ? datedPath(file.path, now()) : file.path
    added.push(newRow(folder, file, { name, replaces, why: still ? null : beingWritten }))
  }

  const wait = (file: FoundFile, until: number) => {
    later.push(file)
    laterAt = Math.min(laterAt, until)
  }

  for (const file of files) {
    const recorded = uploadedFiles.of(folder.id, file.path)
    if (recorded?.sourceId === file.sourceId) {
      unchanged.push(file)
      continue
    }
    const open = transfers.openBySource(folder.accountId, folder.purpose, join(folder.path, file.path))
    const decision = decide(file, { recorded, open }, folder.options, content)
    const stillSince = openForWriting.has(file.sourceId) ? now() + shortWait : foundStillAt(file, disk, now())
    const isStill = stillSince <= now()
    switch (decision.kind) {
      case 'nothing':
        break
      case 'busy':
        wait(file, now() + shortWait)
        break
      case 'unchanged':
        unchanged.push(file)
        break
      case 'changed':
        written += 1
        events.push({ id: decision.id, event: { type: 'sourceWritten', source: sourceFacts(file) } })
        break
      case 'compare':
        if (isStill) compare.push(file)
        else wait(file, stillSince)
        break
      case 'upload': {
        const isNew = recorded === null && decision.instead === null
        const couldBeMoved =
          content === 'unknown' &&
          isNew &&
          folder.options.whenMoved === 'note' &&
          uploadedFiles.ofSize(folder.id, file.size, 1).length > 0
        if (!couldBeMoved) begin(file, decision, isStill)
        else if (isStill) mayBeMoved.push(file)
        else wait(file, stillSince)
        break
      }
    }
  }
  transfers.insertAndApply(added, events)
  return { queued: added.length - written, written, compare, mayBeMoved, unchanged, later, laterAt }
}
