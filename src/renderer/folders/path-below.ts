/** Without `.` and empty names, and without what `..` takes back; null where it leads out. */
const resolved = (path: string): string | null => {
  const names: string[] = []
  for (const name of path.split('/')) {
    if (name === '..' && names.pop() === undefined) return null
    if (name !== '' && name !== '.' && name !== '..') names.push(name)
  }
  return names.length === 0 ? null : names.join('/') + (path.endsWith('/') ? '/' : '')
}

/**
 * What a person typed as the path of something in a folder, as the engine knows it: below the folder, with `/`. A whole path
 * is taken where it lies in the folder; null: it does not, or nothing was typed.
 */
export const pathBelow = (folder: string, typed: string): string | null => {
  const isWindows = folder.includes('\\')
  const withSlashes = (path: string) => (isWindows ? path.replaceAll('\\', '/') : path)
  const path = withSlashes(typed.trim())
  const isWhole = path.startsWith('/') || (isWindows && /^[a-z]:\//i.test(path))
  if (!isWhole) return resolved(path)
  const above = `${withSlashes(folder).replace(/\/$/, '')}/`
  return path.startsWith(above) ? resolved(path.slice(above.length)) : null
}
