import { access, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/**
 * Renames a database and what SQLite keeps beside it to `longshore-<ISO date>.db…` in the same folder; nothing is deleted.
 * Returns the new path of the database. Throws what the file system says.
 */
export async function setAside(databasePath: string, now: number): Promise<string> {
  const date = new Date(now).toISOString().replaceAll(':', '-')
  const aside = join(dirname(databasePath), `longshore-${date}.db`)
  for (const suffix of ['-wal', '-shm', '']) {
    const exists = await access(databasePath + suffix).then(
      () => true,
      () => false,
    )
    if (exists) await rename(databasePath + suffix, aside + suffix)
  }
  return aside
}
