import { lstatSync } from 'node:fs'
import type { IgnoreReason, ItemProblem } from '../../../../shared/folder.ts'
import type { FoundFile, Looked } from '../found.ts'
import { type Entries, entriesOf, type Place, problemOf, type Reading, rootFolder, type TreeFolder } from './entries.ts'
import { foundFileOf, isPlaceholder } from './found-file.ts'
import { readFolders } from './read-folders.ts'
import { createTally } from './tally.ts'
import { pathIn } from './watched-root.ts'

/** Yields file by file, and null for each other item: where whoever runs it can stop, or let others have the thread. */
export type Search<Outcome> = Generator<FoundFile | null, Outcome, undefined>

/** All files of a folder: those in it, then those of each folder in it, by the order of the names' code units. */
export function* walk(place: Place): Search<Looked> {
  const haul = createHaul(place)
  const pending: TreeFolder[] = [rootFolder(place)]
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    const reading = entriesOf(place, folder)
    yield* haul.take(folder.path, reading)
    if (reading.kind === 'read') for (const below of [...reading.folders.values()].reverse()) pending.push(below)
  }
  return haul.looked()
}

/** The files of single folders, not of those in them. */
export function* list(place: Place, paths: readonly string[]): Search<Looked> {
  const haul = createHaul(place)
  const read = readFolders(place)
  for (const path of paths) yield* haul.take(path, read(path))
  return haul.looked()
}

/** Gathers what a search comes across besides the files. */
function createHaul(place: Place) {
  const ignored = createTally<IgnoreReason>()
  const problems = createTally<ItemProblem>()
  const { identity } = place.root
  let entries = 0

  /** The files in one folder. */
  function* take(folder: string, reading: Reading): Search<void> {
    if (reading.kind === 'unread') problems.add(reading.why, reading.path, 0)
    if (reading.kind === 'read') {
      if (folder === '') entries = reading.count
      else if (reading.count === 0) ignored.add({ kind: 'empty_folder' }, folder, 0)
      for (const { path, why } of reading.problems) problems.add(why, path, 0)
      for (const { path, why, isFile } of reading.ignored) {
        ignored.add(why, path, isFile ? sizeOf(path) : 0)
        yield null
      }
      for (const file of reading.files) yield lookAt(file)
    }
    yield null
  }

  const sizeOf = (path: string): number => {
    try {
      return lstatSync(pathIn(place.root, path)).size
    } catch {
      return 0
    }
  }

  const lookAt = ({ path, target }: Entries['files'][number]): FoundFile | null => {
    try {
      const stats = target ?? lstatSync(pathIn(place.root, path), { bigint: true })
      if (!stats.isFile()) return null
      if (!isPlaceholder(stats, place.platform)) return foundFileOf(path, stats)
      ignored.add({ kind: 'placeholder' }, path, Number(stats.size))
    } catch (error) {
      const problem = problemOf(error)
      if (problem !== null) problems.add(problem, path, 0)
    }
    return null
  }

  return {
    take,
    looked: (): Looked => ({
      ignored: ignored.groups(),
      problems: problems.groups(),
      entries,
      identity,
    }),
  }
}
