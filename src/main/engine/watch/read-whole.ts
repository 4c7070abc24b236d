import type { Result } from '../../../shared/failure.ts'
import { combineCrc32, crc32Of } from '../transfers/crc32.ts'
import { openSource, type SourceFile } from '../transfers/source-file.ts'

/** Bytes of one read: each is a turn of the event loop, about a millisecond with its CRC32. */
const readSize = 1024 ** 2

/** What reading a file told; `changed`: it is another one by now. */
export type ReadWhole = Result<{ readonly crc32: string } | 'changed'>

/** The CRC32 (base64) of the file that `sourceId` names, read from its beginning to its end. Rejects when aborted. */
export async function readWhole(path: string, sourceId: string, size: number, signal: AbortSignal): Promise<ReadWhole> {
  return withSource(path, sourceId, async (source) => {
    const pieces: { checksum: string; size: number }[] = []
    const buffer = Buffer.allocUnsafe(Math.min(size, readSize))
    for (let offset = 0; offset < size; offset += readSize) {
      signal.throwIfAborted()
      const piece = buffer.subarray(0, Math.min(readSize, size - offset))
      const read = await source.read(piece, offset)
      if (!read.ok) return read
      if (read.value !== 'same') return { ok: true, value: 'changed' }
      pieces.push({ checksum: crc32Of(piece), size: piece.length })
    }
    return { ok: true, value: { crc32: combineCrc32(pieces) } }
  })
}

/** Whether a file can be opened and read, and is the one that `sourceId` names after its beginning was read, too. */
export async function readBeginning(
  path: string,
  sourceId: string,
  size: number,
): Promise<Result<'readable' | 'changed'>> {
  return withSource(path, sourceId, async (source) => {
    const read = await source.read(Buffer.allocUnsafe(Math.min(size, readSize)), 0)
    if (!read.ok) return read
    return { ok: true, value: read.value === 'same' ? 'readable' : 'changed' }
  })
}

async function withSource<Value>(
  path: string,
  sourceId: string,
  read: (source: SourceFile) => Promise<Result<Value | 'changed'>>,
): Promise<Result<Value | 'changed'>> {
  const source = await openSource(path, sourceId)
  if (!source.ok) return source
  if (typeof source.value === 'string') return { ok: true, value: 'changed' }
  try {
    return await read(source.value)
  } finally {
    await source.value.close()
  }
}
