import { join } from 'node:path'
import type { Folder } from '../db/folders.ts'
import type { NewTransfer, Transfers } from '../db/transfers.ts'
import type { UploadedFile, UploadedFiles } from '../db/uploaded-files.ts'
import { sourceFacts } from '../transfers/source-facts.ts'
import { beingWritten, type TransferEvent } from '../transfers/state.ts'
import type { FoundFile } from './found.ts'
import { newRow } from './new-row.ts'
import { type Content, type Decision, datedPath, decide, type Policy } from './scan.ts'
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
  /** Files whose rows are at work with what they were, and when to look at the first of them again (epoch ms). */
  readonly later: readonly FoundFile[]
  readonly laterAt: number
}

/** When a file that was just found will have been still for long enough (epoch ms). */
export const foundStillAt = (file: FoundFile, disk: Disk, now: number): number =>
  stillAt(file, { seenAt: now, changedAt: file.changedAt, longestPause: 0 }, disk)

/** Whether a file may be one that was uploaded from elsewhere in the folder, and that is not sent again then. */
export const couldBeMoved = (
  { id, options }: Pick<Folder, 'id' | 'options'>,
  { path, size }: FoundFile,
  uploadedFiles: UploadedFiles,
): boolean => options.whenMoved === 'note' && uploadedFiles.of(id, path) === null && uploadedFiles.hasSize(id, size)

/** Whether an object is of a file whose path differs only by how letters are encoded, and so has the same key. */
function hasOtherSpelling(
  path: string,
  recorded: UploadedFile | null,
  uploadedFiles: UploadedFiles,
  folderId: number,
): boolean {
  const others = [path.normalize('NFC'), path.normalize('NFD')].filter((spelling) => spelling !== path)
  return others.some((spelling) => {
    const other = uploadedFiles.of(folderId, spelling)
    return other !== null && other.key !== recorded?.key
  })
}

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

  /** What has the key of another file of ours, spelled otherwise or moved away and only noted, lands beside it, not over it. */
  const policyFor = ({ path }: FoundFile, recorded: UploadedFile | null): Policy => {
    const { whenChanged, whenTaken, whenMoved } = folder.options
    const isShared = hasOtherSpelling(path, recorded, uploadedFiles, folder.id)
    const mayBeOurs = isShared || (whenMoved === 'note' && recorded === null)
    return {
      whenChanged: isShared ? 'dated_key' : whenChanged,
      whenTaken: mayBeOurs && whenTaken === 'replace' ? 'keep_both' : whenTaken,
    }
  }

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

  for (const file of files) {
    const recorded = uploadedFiles.of(folder.id, file.path)
    if (recorded?.sourceId === file.sourceId) {
      unchanged.push(file)
      continue
    }
    const open = transfers.openBySource(folder.accountId, folder.purpose, join(folder.path, file.path))
    const isStill =
      content === 'other' || (!openForWriting.has(file.sourceId) && foundStillAt(file, disk, now()) <= now())
    // while it changes it has a row; what it may be else is asked when it is still
    const decision = decide(file, { recorded, open }, policyFor(file, recorded), isStill ? content : 'other')
    switch (decision.kind) {
      case 'nothing':
        break
      case 'busy':
        later.push(file)
        laterAt = now() + shortWait
        break
      case 'unchanged':
        unchanged.push(file)
        break
      case 'changed':
        written += 1
        events.push({ id: decision.id, event: { type: 'sourceWritten', source: sourceFacts(file) } })
        break
      case 'compare':
        compare.push(file)
        break
      case 'upload': {
        const isAsked = isStill && content === 'unknown' && decision.instead === null
        if (isAsked && couldBeMoved(folder, file, uploadedFiles)) mayBeMoved.push(file)
        else begin(file, decision, isStill)
        break
      }
    }
  }
  transfers.insertAndApply(added, events)
  return { queued: added.length - written, written, compare, mayBeMoved, unchanged, later, laterAt }
}
