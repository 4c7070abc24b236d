import { lstatSync } from 'node:fs'
import type { IgnoreReason } from '../../../../shared/folder.ts'
import { folderOf } from '../folder-of.ts'
import { type Place, reasonByRules } from './entries.ts'
import { isPlaceholder } from './found-file.ts'
import { readFolders } from './read-folders.ts'
import { pathIn } from './watched-root.ts'

/**
 * Why a path is ignored, by a rule or for what is there; null: it is not, or nothing is known of it. A path that ends with
 * `/` is a folder.
 */
export function explain(place: Place, path: string): IgnoreReason | null {
  const names = path.split('/').filter((name) => name !== '' && name !== '.')
  if (names.length === 0 || names.includes('..')) return null
  const itself = names.join('/')
  try {
    const stats = lstatSync(pathIn(place.root, itself), { bigint: true, throwIfNoEntry: false })
    const isFolder = path.endsWith('/') || stats?.isDirectory() === true
    const reason = reasonByRules(place, itself, isFolder)
    if (reason !== null || stats === undefined) return reason
    const read = readFolders(place)
    const around = read(folderOf(itself))
    const left = around.kind === 'read' ? around.ignored.find((item) => item.path === itself) : undefined
    if (left !== undefined) return left.why
    if (stats.isFile()) return isPlaceholder(stats, place.platform) ? { kind: 'placeholder' } : null
    const within = stats.isDirectory() ? read(itself) : null
    return within?.kind === 'read' && within.count === 0 ? { kind: 'empty_folder' } : null
  } catch {
    return null
  }
}
