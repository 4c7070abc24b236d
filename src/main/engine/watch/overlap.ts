import { sep } from 'node:path'
import type { FolderRefusal } from '../../../shared/folder.ts'

/** Why a folder cannot be watched beside others; null: it can. All are real paths. */
export function overlapOf(path: string, others: readonly string[]): FolderRefusal | null {
  for (const other of others) {
    if (path === other) return { kind: 'same', other }
    if (isBelow(path, other)) return { kind: 'inside', other }
    if (isBelow(other, path)) return { kind: 'around', other }
  }
  return null
}

const isBelow = (path: string, folder: string): boolean => path.startsWith(folder.endsWith(sep) ? folder : folder + sep)
