import type { BigIntStats } from 'node:fs'
import { type FileHandle, open, stat } from 'node:fs/promises'
import { type Failure, failed, ok, type Result } from '../../../shared/failure.ts'

/** How the file at a path compares with the one a transfer began with. `doubt`: same size, but another identity. */
export type SourceComparison = 'same' | 'changed' | 'doubt'

/** The file's identity as one opaque text; an unchanged file keeps it, a remount or a network drive may not. */
export const sourceIdOf = (stats: BigIntStats): string =>
  `${stats.size}:${stats.mtimeNs}:${stats.ctimeNs}:${stats.dev}:${stats.ino}`

/** Two source ids: equal is trusted, another size is another file, anything else must be looked at. */
export function compareSources(before: string, now: string): SourceComparison {
  if (before === now) return 'same'
  return before.split(':', 1)[0] === now.split(':', 1)[0] ? 'doubt' : 'changed'
}

/** Stats of a readable regular file, or why it is none. Symbolic links are followed. */
export async function lookAtSource(path: string): Promise<Result<BigIntStats>> {
  try {
    const stats = await stat(path, { bigint: true })
    return stats.isFile() ? ok(stats) : failed('not_a_file')
  } catch (error) {
    return { ok: false, failure: sourceFailureOf(error) }
  }
}

/** What an error of the file system says about the source. */
export function sourceFailureOf(error: unknown): Failure {
  const code = (error as NodeJS.ErrnoException).code ?? null
  const missing = code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENODEV' || code === 'ESTALE'
  return { kind: missing ? 'source_missing' : 'source_unreadable', detail: code }
}

/** An open source. Whoever opens it closes it. */
export type SourceFile = {
  /**
   * Fills `into` from `offset` and looks whether the file is still the one that was opened.
   * `changed`: it is not, or it ended early; what was read must not be sent.
   */
  read(into: Buffer, offset: number): Promise<Result<'read' | 'changed'>>
  /** Whether the file at the path is still the one that was opened. */
  isUnchanged(): Promise<boolean>
  close(): Promise<void>
}

/** Opens the file that `sourceId` names; `changed` if another one is there by now. */
export async function openSource(path: string, sourceId: string): Promise<Result<SourceFile | 'changed'>> {
  let file: FileHandle
  try {
    file = await open(path, 'r')
  } catch (error) {
    return { ok: false, failure: sourceFailureOf(error) }
  }
  const isUnchanged = async () => {
    const looked = await lookAtSource(path)
    return looked.ok && sourceIdOf(looked.value) === sourceId
  }
  if (sourceIdOf(await file.stat({ bigint: true })) !== sourceId) {
    await file.close()
    return ok('changed')
  }
  return ok({
    isUnchanged,
    async read(into, offset) {
      try {
        let filled = 0
        while (filled < into.length) {
          const { bytesRead } = await file.read(into, filled, into.length - filled, offset + filled)
          if (bytesRead === 0) return ok('changed')
          filled += bytesRead
        }
      } catch (error) {
        return { ok: false, failure: sourceFailureOf(error) }
      }
      return ok((await isUnchanged()) ? 'read' : 'changed')
    },
    close: () => file.close(),
  })
}
