import { isUtf8 } from 'node:buffer'
import { type BigIntStats, type Dirent, readdirSync, realpathSync, statSync } from 'node:fs'
import { dirname, relative, sep } from 'node:path'
import type { IgnoreReason, ItemProblem } from '../../../../shared/folder.ts'
import type { WalkOptions } from '../found.ts'
import { type Rules, rulesFileName, rulesOf } from './rules.ts'
import { rulesFileOf, rulesIn } from './rules-file.ts'
import { isWithin, pathIn, type WatchedRoot } from './watched-root.ts'

/** A folder whose files are to be uploaded. */
export type TreeFolder = {
  /** Below the root, with `/`; '' is the root. */
  readonly path: string
  /** The rules from above; those of a rules file in it are not read yet. */
  readonly rules: Rules
  /** The way to it goes through a link. */
  readonly isLinked: boolean
}

/** What is in one folder, in the order of the names' code units, as they are composed (NFC). */
export type Entries = {
  readonly kind: 'read'
  /** `target`: what a followed link leads to. */
  readonly files: readonly { readonly path: string; readonly target: BigIntStats | null }[]
  /** By their paths. */
  readonly folders: ReadonlyMap<string, TreeFolder>
  readonly ignored: readonly { readonly path: string; readonly why: IgnoreReason; readonly isFile: boolean }[]
  readonly problems: readonly { readonly path: string; readonly why: ItemProblem }[]
  /** All that is in it. */
  readonly count: number
}

/** `unread`: `path`, the folder or its rules file, cannot be read · `gone`: the folder is not there (any more). */
export type Reading =
  | Entries
  | { readonly kind: 'unread'; readonly path: string; readonly why: ItemProblem }
  | { readonly kind: 'gone' }

/** What is searched, and how. */
export type Place = {
  readonly root: WatchedRoot
  readonly options: WalkOptions
  readonly platform: NodeJS.Platform
}

export const rootFolder = ({ options, platform }: Place): TreeFolder => ({
  path: '',
  rules: rulesOf(options, platform),
  isLinked: false,
})

/** What an error of the file system says about one item; null: it is not there any more. */
export function problemOf(error: unknown): ItemProblem | null {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return null
    case 'ENAMETOOLONG':
      return 'path_too_long'
    default:
      return 'unreadable'
  }
}

/** Reads one folder, with its rules file and where its links lead, but no stats of its files. */
export function entriesOf(place: Place, folder: TreeFolder): Reading {
  let reading = folder.path
  try {
    const full = pathIn(place.root, folder.path)
    const entries = readdirSync(full, { withFileTypes: true }).sort(byName)
    const hasRules = entries.some(({ name }) => name === rulesFileName)
    reading = hasRules ? rulesFileOf(folder.path) : folder.path
    const rules = hasRules ? rulesIn(place.root, folder.path, folder.rules) : folder.rules.fresh()
    reading = folder.path
    return judged(place, { ...folder, rules }, entries, textNames(full, entries))
  } catch (error) {
    const why = problemOf(error)
    return why === null ? { kind: 'gone' } : { kind: 'unread', path: reading, why }
  }
}

const inOrder = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** Of names that differ only by how letters are encoded, the composed one comes first: it is what the key says. */
function byName({ name: a }: Dirent, { name: b }: Dirent): number {
  if (!notAscii.test(a) && !notAscii.test(b)) return inOrder(a, b)
  const [composedA, composedB] = [a.normalize('NFC'), b.normalize('NFC')]
  return inOrder(composedA, composedB) || Number(a !== composedA) - Number(b !== composedB) || inOrder(a, b)
}

const below = (folder: TreeFolder, name: string): string => (folder.path === '' ? name : `${folder.path}/${name}`)

/** The names that are text, where one may not be: Node reads what is no UTF-8 as U+FFFD. Null: all are. */
function textNames(full: string, entries: readonly Dirent[]): ReadonlySet<string> | null {
  if (!entries.some(({ name }) => name.includes('\uFFFD'))) return null
  return new Set(
    readdirSync(full, { encoding: 'buffer' })
      .filter((name) => isUtf8(name))
      .map(String),
  )
}

function judged(
  place: Place,
  folder: TreeFolder,
  entries: readonly Dirent[],
  texts: ReadonlySet<string> | null,
): Entries {
  const files: Entries['files'][number][] = []
  const folders = new Map<string, TreeFolder>()
  const ignored: Entries['ignored'][number][] = []
  const problems: Entries['problems'][number][] = []
  const taken = entries.some(({ name }) => notAscii.test(name)) ? new Set<string>() : null

  for (const entry of entries) {
    const path = below(folder, entry.name)
    const found = entry.isSymbolicLink() ? behindLink(place, folder, path) : kindOf(entry)
    const isFile = found.kind === 'file'
    const why = folder.rules.reasonOf(path, found.kind === 'folder') ?? (found.kind === 'left' ? found.why : null)
    const spelling = taken === null ? '' : entry.name.normalize('NFC')
    if (why !== null) ignored.push({ path, why, isFile })
    else if (texts?.has(entry.name) === false) problems.push({ path, why: 'name_not_text' })
    else if (taken?.has(spelling) === true) problems.push({ path, why: 'name_taken' })
    else {
      taken?.add(spelling)
      if (found.kind === 'file') files.push({ path, target: found.target })
      else folders.set(path, { path, rules: folder.rules, isLinked: folder.isLinked || entry.isSymbolicLink() })
    }
  }
  return { kind: 'read', files, folders, ignored, problems, count: entries.length }
}

const notAscii = /\P{ASCII}/u

/** What a name stands for; `left`: something that is not uploaded. */
type Kind =
  | { readonly kind: 'file'; readonly target: BigIntStats | null }
  | { readonly kind: 'folder' }
  | { readonly kind: 'left'; readonly why: IgnoreReason }

const left = (kind: Exclude<IgnoreReason, { readonly rule: string }>['kind']): Kind => ({ kind: 'left', why: { kind } })

function kindOf(entry: Dirent): Kind {
  if (entry.isFile()) return { kind: 'file', target: null }
  return entry.isDirectory() ? { kind: 'folder' } : left('special')
}

/**
 * A link to a file within the watched folder is that file under another name. One to a folder is entered where the folder
 * is ignored in its own place, for there its files are not uploaded; never from within what a link led to. So a walk always
 * ends, and what one folder holds can be told without the rest of the tree.
 */
function behindLink(place: Place, folder: TreeFolder, path: string): Kind {
  if (place.options.links === 'skip') return left('link')
  const { root } = place
  try {
    const full = pathIn(root, path)
    const target = realpathSync.native(full)
    if (!isWithin(root, target)) return left('link_outside')
    const stats = statSync(full, { bigint: true })
    if (stats.isFile()) return { kind: 'file', target: stats }
    if (!stats.isDirectory()) return left('special')
    if (`${realpathSync.native(dirname(full))}${sep}`.startsWith(`${target}${sep}`)) return left('link_loop')
    const ownPath = relative(root.realPath, target).split(sep).join('/')
    return folder.isLinked || reasonByRules(place, ownPath, true) === null ? left('link') : { kind: 'folder' }
  } catch {
    return left('link_broken')
  }
}

/** Why a rule ignores a path or a folder above it, whatever is there; null: none does. Throws as `rulesIn`. */
export function reasonByRules(place: Place, path: string, isFolder: boolean): IgnoreReason | null {
  const names = path === '' ? [] : path.split('/')
  let { rules } = rootFolder(place)
  for (const index of names.keys()) {
    rules = rulesIn(place.root, names.slice(0, index).join('/'), rules)
    const isLast = index === names.length - 1
    const reason = rules.reasonOf(names.slice(0, index + 1).join('/'), isFolder || !isLast)
    if (reason !== null) return reason
  }
  return null
}
