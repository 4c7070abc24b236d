import { lstat, mkdir, realpath, rename } from 'node:fs/promises'
import { basename, dirname, join, posix, sep } from 'node:path'

/** Names that are tried where a file of the same name is there already. */
const mostNames = 1_000

/**
 * Moves an uploaded file of a watched folder into the folder *Uploaded* beside it, under the same path, and over nothing that
 * is there. False where it cannot be, as where that folder would be on another disk or in the watched one itself.
 */
export async function moveUploaded(folder: string, path: string): Promise<boolean> {
  const uploaded = join(dirname(folder), 'Uploaded')
  const target = join(uploaded, basename(folder))
  const { dir, name, ext } = posix.parse(path)
  try {
    await mkdir(uploaded, { recursive: true })
    // as `rename` refuses to move a folder into itself
    if (`${await realpath(uploaded)}${sep}`.startsWith(`${await realpath(folder)}${sep}`)) return false
    await mkdir(join(target, dir), { recursive: true })
    for (let number = 1; number <= mostNames; number += 1) {
      const free = join(target, dir, number === 1 ? `${name}${ext}` : `${name} (${number})${ext}`)
      if (await isThere(free)) continue
      await rename(join(folder, path), free)
      return true
    }
    return false
  } catch {
    return false
  }
}

const isThere = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  )
