import { type BigIntStats, lstatSync, realpathSync, statSync } from 'node:fs'
import { modifiedAtOf, sourceIdOf } from '../../transfers/source-file.ts'
import type { FoundFile, LookedAt } from '../found.ts'
import { isWithin, pathIn, type WatchedRoot } from './watched-root.ts'

export const foundFileOf = (path: string, stats: BigIntStats): FoundFile => {
  const modifiedAt = modifiedAtOf(stats)
  return {
    path,
    size: Number(stats.size),
    sourceId: sourceIdOf(stats),
    modifiedAt,
    changedAt: Math.max(modifiedAt, Number(stats.ctimeMs)),
  }
}

/** Smaller files may be kept where no block is counted: NTFS in its file table, APFS compressed in an attribute. */
const smallestPlaceholder = 65_536n

/**
 * Whether a file's content is in a cloud and reading it would fetch it. Node tells no flag of it, only that the file has no
 * block on this disk; on Linux that is what an empty sparse file looks like, so nothing is taken for a placeholder there.
 */
export const isPlaceholder = (stats: Pick<BigIntStats, 'size' | 'blocks'>, platform: NodeJS.Platform): boolean =>
  (platform === 'darwin' || platform === 'win32') && stats.blocks === 0n && stats.size >= smallestPlaceholder

/** A single file as it is now, whatever the rules, through a link within the folder, too. A placeholder is none. */
export function lookAtFile(root: WatchedRoot, path: string, platform: NodeJS.Platform): LookedAt {
  const found = (stats: BigIntStats): LookedAt => (isPlaceholder(stats, platform) ? null : foundFileOf(path, stats))
  const full = pathIn(root, path)
  try {
    const stats = lstatSync(full, { bigint: true })
    if (stats.isFile()) return found(stats)
    if (!stats.isSymbolicLink() || !isWithin(root, realpathSync.native(full))) return null
    const target = statSync(full, { bigint: true })
    return target.isFile() ? found(target) : null
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return code === 'ENOENT' || code === 'ENOTDIR' ? null : 'unread'
  }
}
