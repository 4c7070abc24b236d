import { randomUUID } from 'node:crypto'
import { createReadStream, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** A run of an object's bytes: a file, and which of its bytes. */
export type DataRange = { readonly file: string; readonly start: number; readonly length: number }

/** Bytes on their way into the store. Until a record names the file, it does not count: the next start removes it. */
export type DataWriter = {
  /** The name to record; null where the store keeps no bytes. */
  readonly file: string | null
  write(bytes: Uint8Array): Promise<void>
  /** Every byte is in the file from here on. */
  close(): Promise<void>
  /** Forgets what was written. */
  drop(): Promise<void>
}

/** Where the bytes are. A file is written once and never changed. */
export type DataFiles = {
  create(): Promise<DataWriter>
  read(ranges: readonly DataRange[]): AsyncGenerator<Uint8Array>
  /** Removes files as soon as nobody reads them. */
  remove(files: readonly string[]): Promise<void>
  /** Removes all files but these: what a crash left behind. */
  keepOnly(files: ReadonlySet<string>): void
}

/** The bytes of all parts and objects, one file each under a name of its own that has nothing to do with a key. */
export function openDataFiles(directory: string, discard: boolean): DataFiles {
  mkdirSync(directory, { recursive: true })
  const readers = new Map<string, number>()
  const doomed = new Set<string>()
  const release = async (file: string) => {
    const left = (readers.get(file) ?? 1) - 1
    if (left > 0) return void readers.set(file, left)
    readers.delete(file)
    if (doomed.delete(file)) await rm(join(directory, file), { force: true })
  }
  return {
    create: () => (discard ? discardingWriter() : writerOf(directory)),
    async *read(ranges) {
      for (const { file } of ranges) readers.set(file, (readers.get(file) ?? 0) + 1)
      try {
        for (const { file, start, length } of ranges)
          if (length > 0)
            yield* createReadStream(join(directory, file), {
              start,
              end: start + length - 1,
              highWaterMark: 256 * 1024,
            }) as AsyncIterable<Buffer>
      } finally {
        for (const { file } of ranges) await release(file)
      }
    },
    async remove(files) {
      for (const file of files)
        if (readers.has(file)) doomed.add(file)
        else await rm(join(directory, file), { force: true })
    },
    keepOnly(files) {
      for (const file of readdirSync(directory)) if (!files.has(file)) rmSync(join(directory, file), { force: true })
    },
  }
}

/** A write of the size that the network delivers costs more than the bytes in it. */
const writeSize = 1024 * 1024

async function writerOf(directory: string): Promise<DataWriter> {
  const file = randomUUID()
  const path = join(directory, file)
  const handle = await open(path, 'wx')
  let held: Uint8Array[] = []
  let heldBytes = 0
  const flush = async () => {
    const bytes = Buffer.concat(held)
    held = []
    heldBytes = 0
    await handle.writeFile(bytes)
  }
  return {
    file,
    async write(bytes) {
      held.push(bytes)
      heldBytes += bytes.length
      if (heldBytes >= writeSize) await flush()
    },
    async close() {
      await flush()
      await handle.close()
    },
    drop: async () => {
      await handle.close()
      await rm(path, { force: true })
    },
  }
}

const discardingWriter = async (): Promise<DataWriter> => ({
  file: null,
  write: async () => {},
  close: async () => {},
  drop: async () => {},
})
