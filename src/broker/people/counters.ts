import type { Result } from '../../shared/failure.ts'

/** A file that is to be sent, by the id that it keeps when it is asked for again. */
export type CountedFile = { readonly id: string; readonly bytes: number }

/** Of all files of a name together. Left out, bytes have no end, and files are 100,000: a name must not grow for ever. */
export type Most = { readonly maxFiles?: number | undefined; readonly maxBytes?: number | undefined }

export type Amount = { readonly files: number; readonly bytes: number }

/** The counters do not answer; `name` is a code for the log. */
export type CountersAway = {
  readonly reason: 'away'
  readonly cause: { readonly operation: string; readonly name: string }
}

/** What is reserved would be too much; `left` is what may still be reserved. */
export type OverTheMost = { readonly reason: 'over'; readonly left: Amount }

/** What the replicas of a broker remember together, each entry until a time (epoch ms) and no longer. Nothing is thrown. */
export type Counters = {
  /**
   * Counts files under a name: all of them, or none where that would be more than `maxFiles` or `maxBytes` together.
   * A file that is counted already is not counted again; if it has grown, what it has grown by is. At most 1,000 at a
   * time. The whole name is forgotten at `expiresAt`.
   */
  readonly reserve: (
    name: string,
    files: readonly CountedFile[],
    most: Most,
    expiresAt: number,
  ) => Promise<Result<Amount, OverTheMost | CountersAway>>
  /** Whether `reserve` would count them. Counts nothing. */
  readonly hasRoomFor: (
    name: string,
    files: readonly CountedFile[],
    most: Most,
  ) => Promise<Result<Amount, OverTheMost | CountersAway>>
  /** What is counted under a name. */
  readonly used: (name: string) => Promise<Result<Amount, CountersAway>>
  /** Takes something back by its id, until it would have ended by itself. */
  readonly revoke: (id: string, until: number) => Promise<Result<null, CountersAway>>
  readonly isRevoked: (id: string) => Promise<Result<boolean, CountersAway>>
}

/** Files of a name where no number is given. */
export const mostFilesOfName = 100_000

/** In words, for whoever asked for more. */
export const leftInWords = ({ files, bytes }: Amount): string =>
  `left: ${[
    ...(Number.isFinite(files) ? [`${files} files`] : []),
    ...(Number.isFinite(bytes) ? [`${bytes} bytes`] : []),
  ].join(', ')}`

/** What may still be reserved. */
export const leftOf = (
  { maxFiles = mostFilesOfName, maxBytes = Infinity }: Most,
  { files, bytes }: Amount,
): Amount => ({
  files: Math.max(0, maxFiles - files),
  bytes: Math.max(0, maxBytes - bytes),
})
