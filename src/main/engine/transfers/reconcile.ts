import type { SavedPart } from '../db/transfer-reads.ts'
import type { ListedPart } from '../s3/object-store.ts'
import type { PlannedPart } from './part-plan.ts'

export type Reconciled = {
  /** Saved parts that S3 has just so. */
  readonly kept: readonly SavedPart[]
  /** Saved parts that S3 does not have, or has otherwise: to forget. */
  readonly dropped: readonly number[]
  /** To send, in order. */
  readonly missing: readonly PlannedPart[]
}

/**
 * What of a multipart upload is done. A part counts only where row and S3 agree on ETag and size; a part that only S3
 * knows is sent again, as nobody here knows its checksum.
 */
export function reconcile(
  planned: readonly PlannedPart[],
  saved: readonly SavedPart[],
  listed: readonly ListedPart[],
): Reconciled {
  const atStore = new Map(listed.map((part) => [part.partNumber, part]))
  const lengths = new Map(planned.map((part) => [part.partNumber, part.length]))
  const kept = saved.filter((part) => {
    const stored = atStore.get(part.partNumber)
    return stored?.etag === part.etag && stored.size === part.size && lengths.get(part.partNumber) === part.size
  })
  const done = new Set(kept.map((part) => part.partNumber))
  return {
    kept,
    dropped: saved.filter((part) => !done.has(part.partNumber)).map((part) => part.partNumber),
    missing: planned.filter((part) => !done.has(part.partNumber)),
  }
}
