import { basename } from 'node:path'
import type { FolderCounts, FolderView } from '../../../shared/folder.ts'
import type { Folder, Folders } from '../db/folders.ts'
import { isBeingWritten, type Transfer } from '../transfers/state.ts'
import type { FolderWatch, Seen } from './folder-watch.ts'

/** A folder as the page sees it. */
export function folderView(
  folder: Folder,
  { activity, seen, problems }: Pick<FolderWatch, 'activity' | 'seen' | 'problems'>,
  counts: FolderCounts,
): FolderView {
  const { uuid, path, purpose, options, createdAt } = folder
  return {
    id: uuid,
    name: nameOf(path),
    path,
    purpose,
    options,
    activity,
    counts,
    problems,
    createdAt,
    lookedAt: seen?.at ?? null,
  }
}

export const nameOf = (path: string): string => basename(path) || path

/** Whether a row that runs is brought on, and not ended. */
export const isUploading = (row: Pick<Transfer, 'state' | 'failure'>): boolean =>
  row.state === 'completing' || (row.state === 'queued' && !isBeingWritten(row))

/** `uploading`: how many of its rows are; `today`: since when (epoch ms). */
export function countsOf(
  { id, uploaded }: Folder,
  folders: Pick<Folders, 'openCounts' | 'completedSince'>,
  seen: Seen | null,
  { uploading, today }: { readonly uploading: number; readonly today: number },
): FolderCounts {
  const { byState, beingWritten } = folders.openCounts(id)
  const count = (state: Transfer['state']) => byState.get(state) ?? 0
  return {
    uploaded,
    uploadedToday: folders.completedSince(id, today),
    waiting: count('queued') + count('completing') + count('paused') - beingWritten - uploading,
    beingWritten,
    uploading,
    failed: count('failed'),
    ignored: (seen?.ignored ?? []).reduce((total, { count }) => total + count, 0),
    held: seen?.held ?? 0,
  }
}
