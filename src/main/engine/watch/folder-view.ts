import { basename } from 'node:path'
import type { FolderActivity, FolderCounts, FolderView } from '../../../shared/folder.ts'
import type { Folder, Folders } from '../db/folders.ts'
import type { Seen } from './folder-watch.ts'

/** A folder as the page sees it. `uploading`: how many of its rows run. */
export function folderView(
  folder: Folder,
  { activity, seen }: { readonly activity: FolderActivity; readonly seen: Seen | null },
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
    problems: seen?.problems ?? [],
    createdAt,
    lookedAt: seen?.at ?? null,
  }
}

export const nameOf = (path: string): string => basename(path) || path

export function countsOf(
  { id, uploaded }: Folder,
  folders: Pick<Folders, 'openCounts' | 'completedSince'>,
  seen: Seen | null,
  { uploading, today }: { readonly uploading: number; readonly today: number },
): FolderCounts {
  const open = folders.openCounts(id)
  const sum = (matches: (state: string, written: boolean) => boolean) =>
    open.reduce((total, { state, written, count }) => total + (matches(state, written === 1) ? count : 0), 0)
  return {
    uploaded,
    uploadedToday: folders.completedSince(id, today),
    waiting: sum((state, written) => state !== 'failed' && !written) - uploading,
    beingWritten: sum((_, written) => written),
    uploading,
    failed: sum((state) => state === 'failed'),
    ignored: (seen?.ignored ?? []).reduce((total, { count }) => total + count, 0),
    held: seen?.held ?? 0,
  }
}
