import type { FoundFile } from './found.ts'

/** What was seen of a file that is being written. Times are epoch ms. */
export type Writing = {
  readonly sourceId: string
  /** When it was first seen as it is. */
  readonly seenAt: number
  readonly changedAt: number
  /** The longest time (ms) between two changes that were seen. */
  readonly longestPause: number
}

/** A size that is written in a second at least, so that a larger file is waited for longer (bytes). */
const writtenInASecond = 1_000_000_000
/** No file is waited for longer than so (ms), unless a person chose that. */
const longestWait = 30_000
/** A writer that paused is waited for so many times as long. */
const patience = 3
/** Another machine's writer is seen late and in steps. */
const remoteFactor = 5

/** What is known of a file after another look. */
export const seen = (before: Writing | null, file: FoundFile, now: number): Writing => {
  const { sourceId, changedAt } = file
  if (before === null) return { sourceId, seenAt: now, changedAt, longestPause: 0 }
  // seen in what is the future by now: our clock was set back
  if (before.sourceId === sourceId) return before.seenAt <= now ? before : { ...before, seenAt: now }
  const pause = Math.max(0, Math.min(changedAt - before.changedAt, now - before.seenAt))
  return { sourceId, seenAt: now, changedAt, longestPause: Math.max(before.longestPause, pause) }
}

/** The disk whose files are looked at. `isRemote`: another machine's, with another clock. */
export type Disk = { readonly isRemote: boolean; readonly stillSeconds: number }

/** When a file will have been still for long enough, if it does not change again (epoch ms). */
export const stillAt = (
  { size }: Pick<FoundFile, 'size'>,
  { seenAt, changedAt, longestPause }: Omit<Writing, 'sourceId'>,
  { isRemote, stillSeconds }: Disk,
): number => {
  const chosen = stillSeconds * 1_000 * (isRemote ? remoteFactor : 1)
  const asked = Math.max((size / writtenInASecond) * 1_000, longestPause * patience)
  // a time of its own that is ahead of our clock says nothing
  const since = isRemote || changedAt > seenAt ? seenAt : changedAt
  return since + Math.max(chosen, Math.min(longestWait, asked))
}
