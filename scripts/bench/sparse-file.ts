import { open } from 'node:fs/promises'

/** Makes a file of zeros that takes no room on the disk; it is read like any other. */
export async function makeSparseFile(path: string, size: number): Promise<void> {
  const file = await open(path, 'w')
  await file.truncate(size)
  await file.close()
}
