import { posix } from 'node:path'

/** The folder that a path below a watched one is in; '' is the watched one itself. */
export function folderOf(path: string): string {
  const folder = posix.dirname(path)
  return folder === '.' ? '' : folder
}
