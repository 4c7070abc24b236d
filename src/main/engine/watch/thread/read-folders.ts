import { folderOf } from '../folder-of.ts'
import { entriesOf, type Place, type Reading, rootFolder } from './entries.ts'

/**
 * Reads single folders by their paths, each at most once. The way to one leads through the folders above it: their rules
 * count, and one that is not entered is `gone`.
 */
export function readFolders(place: Place): (path: string) => Reading {
  const readings = new Map<string, Reading>()
  const read = (path: string): Reading => {
    const reading = readings.get(path) ?? (path === '' ? entriesOf(place, rootFolder(place)) : readBelow(path))
    readings.set(path, reading)
    return reading
  }
  const readBelow = (path: string): Reading => {
    const above = read(folderOf(path))
    if (above.kind !== 'read') return above
    const folder = above.folders.get(path)
    return folder === undefined ? { kind: 'gone' } : entriesOf(place, folder)
  }
  return read
}
