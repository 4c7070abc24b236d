import { createHash, randomFillSync } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'

export const mebibyte = 1_048_576

/** Makes a file of random bytes, so that no two of its parts are alike. */
export async function makeFile(path: string, size: number): Promise<void> {
  const block = Buffer.alloc(Math.min(size, 8 * mebibyte))
  const file = await open(path, 'w')
  try {
    for (let left = size; left > 0; left -= block.length) {
      await file.write(randomFillSync(block), 0, Math.min(left, block.length))
    }
  } finally {
    await file.close()
  }
}

/** How many files there are at and below the given paths, and their bytes. Links inside folders are left out. */
export async function measure(paths: readonly string[]): Promise<{ readonly files: number; readonly bytes: number }> {
  const total = { files: 0, bytes: 0 }
  for (const path of paths) {
    const stats = await stat(path).catch(() => null)
    if (stats === null) throw new Error(`There is nothing at ${path}.`)
    if (stats.isFile()) {
      total.files += 1
      total.bytes += stats.size
    }
    if (!stats.isDirectory()) continue
    const entries = await readdir(path, { withFileTypes: true })
    const inside = entries.filter((entry) => entry.isFile() || entry.isDirectory())
    const { files, bytes } = await measure(inside.map(({ name }) => join(path, name)))
    total.files += files
    total.bytes += bytes
  }
  return total
}

/** SHA-256 in hexadecimal of a file, or of anything that streams bytes. */
export async function sha256(source: string | NodeJS.ReadableStream): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(typeof source === 'string' ? createReadStream(source) : source, hash)
  return hash.digest('hex')
}
