import { opendirSync, realpathSync, statSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { failed, ok, type Result } from '../../../../shared/failure.ts'
import { sourceFailureOf } from '../../transfers/source-file.ts'

/** A watched folder that is there. */
export type WatchedRoot = {
  readonly path: string
  /** The same folder with no link in its path. */
  readonly realPath: string
  /** Another folder at its path, as where a drive was unmounted, has another one. */
  readonly identity: string
}

/** Finds a watched folder; fails where it is none, is not there, or cannot be read. */
export function openRoot(path: string): Result<WatchedRoot> {
  try {
    const stats = statSync(path, { bigint: true })
    if (!stats.isDirectory()) return failed('not_a_file', 'ENOTDIR')
    const folder = opendirSync(path)
    try {
      folder.readSync()
    } finally {
      folder.closeSync()
    }
    return ok({ path, realPath: realpathSync.native(path), identity: `${stats.dev}:${stats.ino}` })
  } catch (error) {
    return { ok: false, failure: sourceFailureOf(error) }
  }
}

/** The system's path of one below the root. */
export const pathIn = (root: WatchedRoot, path: string): string => (path === '' ? root.path : join(root.path, path))

/** Whether a real path is that of the root or of something below it. */
export function isWithin(root: WatchedRoot, realPath: string): boolean {
  const below = relative(root.realPath, realPath)
  return below !== '..' && !below.startsWith(`..${sep}`)
}
