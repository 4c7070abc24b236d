import type { BigIntStats } from 'node:fs'
import { type FileHandle, open, stat } from 'node:fs/promises'
import { type Failure, failed, ok, type Result } from '../../../shared/failure.ts'

/** Bytes of one call; Node ends the process where a single read is asked for 2 GiB or more. */
const largestRead = 1024 ** 3

/** How the file at a path compares with the one a transfer began with. `doubt`: same size, but another identity. */
export type SourceComparison = 'same' | 'changed' | 'doubt'

/** The file's identity as one opaque text; an unchanged file keeps it, a remount or a network drive may not. */
export const sourceIdOf = (stats: BigIntStats): string =>
  `${stats.size}:${stats.mtimeNs}:${stats.ctimeNs}:${stats.dev}:${stats.ino}`

/** The furthest time from 1970 (ms) that a Date can hold (ECMAScript, "Time Values"); some file systems know later ones. */
const furthestTime = 8.64e15

/** The file's own time (epoch ms), as far as a Date can hold it. */
export const modifiedAtOf = (stats: BigIntStats): number =>
  Math.max(-furthestTime, Math.min(furthestTime, Number(stats.mtimeMs)))

/** Two source ids: equal is trusted, another size is another file, anything else must be looked at. */
export function compareSources(before: string, now: string): SourceComparison {
  if (before === now) return 'same'
  return before.split(':', 1)[0] === now.split(':', 1)[0] ? 'doubt' : 'changed'
}

/** Stats of a regular file, or why it is none; whether it can be read shows when it is opened. Symbolic links are followed. */
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
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
    case 'ENODEV':
    case 'ENXIO':
    case 'ESTALE':
    case 'ENOTCONN':
      return { kind: 'source_missing', detail: code }
    case 'EMFILE':
    case 'ENFILE':
      return { kind: 'too_many_open_files', detail: code }
    default:
      return { kind: 'source_unreadable', detail: code }
  }
}

/** Another file than the one that was named. `changed`: another size · `doubt`: the same size, but another identity. */
export type OtherSource = Exclude<SourceComparison, 'same'>

/** An open source. Whoever opens it closes it. */
export type SourceFile = {
  /**
   * Fills `into` from `offset` and then compares the file; one that ended early is `changed`. Only what was read of the
   * `same` file may be sent.
   */
  read(into: Buffer, offset: number): Promise<Result<SourceComparison>>
  /** How the file that is at the path now compares with the one that was opened. */
  compare(): Promise<Result<SourceComparison>>
  close(): Promise<void>
}

/** Opens the file that `sourceId` names, or says that another one is there by now. */
export async function openSource(path: string, sourceId: string): Promise<Result<SourceFile | OtherSource>> {
  let file: FileHandle | null = null
  try {
    file = await open(path, 'r')
    const opened = compareSources(sourceId, sourceIdOf(await file.stat({ bigint: true })))
    if (opened === 'same') return ok(sourceFile(file, path, sourceId))
    await closed(file)
    return ok(opened)
  } catch (error) {
    if (file !== null) await closed(file)
    return { ok: false, failure: sourceFailureOf(error) }
  }
}

/** A network drive that is gone fails at the close, too; nothing was written that could be lost by that. */
const closed = (file: FileHandle): Promise<void> => file.close().catch(() => undefined)

function sourceFile(file: FileHandle, path: string, sourceId: string): SourceFile {
  const compare = async (): Promise<Result<SourceComparison>> => {
    const looked = await lookAtSource(path)
    return looked.ok ? ok(compareSources(sourceId, sourceIdOf(looked.value))) : looked
  }
  return {
    compare,
    async read(into, offset) {
      try {
        let filled = 0
        while (filled < into.length) {
          const length = Math.min(largestRead, into.length - filled)
          const { bytesRead } = await file.read(into, filled, length, offset + filled)
          if (bytesRead === 0) return ok('changed')
          filled += bytesRead
        }
      } catch (error) {
        // a drive that was pulled out fails with EIO first
        const looked = await lookAtSource(path)
        return looked.ok ? { ok: false, failure: sourceFailureOf(error) } : looked
      }
      return compare()
    },
    close: () => closed(file),
  }
}
