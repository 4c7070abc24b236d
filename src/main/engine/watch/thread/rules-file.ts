import { lstatSync, readFileSync } from 'node:fs'
import { longestRules } from '../../../../shared/folder.ts'
import { type Rules, rulesFileName } from './rules.ts'
import { pathIn, type WatchedRoot } from './watched-root.ts'

/**
 * The rules in a folder: those from above and of its own rules file. Throws what the file system says of that file, and for
 * one with more bytes than a person's rules may have characters: then nothing in its folder may be sent.
 */
export function rulesIn(root: WatchedRoot, folder: string, above: Rules): Rules {
  const full = pathIn(root, rulesFileOf(folder))
  const stats = lstatSync(full, { throwIfNoEntry: false })
  if (stats?.isFile() !== true) return above.fresh()
  if (stats.size > longestRules) throw Object.assign(new Error('rules file too large'), { code: 'EFBIG' })
  return above.with(folder, readFileSync(full, 'utf8'))
}

export const rulesFileOf = (folder: string): string => (folder === '' ? rulesFileName : `${folder}/${rulesFileName}`)
