import { z } from 'zod'
import type { Failure, FailureKind } from './failure.ts'

/** What is left to do for a transfer; the only thing the database says of its progress. */
export const transferStates = [
  'queued',
  'completing',
  'canceling',
  'paused',
  'failed',
  'completed',
  'canceled',
] as const
export type TransferState = (typeof transferStates)[number]

/**
 * What a transfer is doing right now, derived from its row and from what the engine has running; never stored.
 * `writing`: another program still writes the file · `waiting`: held by the cause that the queue's status names, or not its turn yet because of it.
 */
export type Activity =
  | 'preparing'
  | 'writing'
  | 'queued'
  | 'uploading'
  | 'finishing'
  | 'retrying'
  | 'waiting'
  | 'paused'
  | 'failed'
  | 'completed'
  | 'canceling'

/**
 * What is known of a completed object: `checksum`: the store returned the whole object's checksum and it is ours ·
 * `md5_of_parts`: the store's ETag is the MD5 of ours · `size`: stored, only the size was checked.
 */
export const verifications = ['checksum', 'md5_of_parts', 'size'] as const
export type Verification = (typeof verifications)[number]

/** How a store's answer showed that it received a part as it was sent: it echoed the CRC32, or its ETag is the MD5. */
export const proofs = ['checksum', 'md5', 'none'] as const
export type Proof = (typeof proofs)[number]

export const transferIdSchema = z.uuid()

/** One row of the list. Sizes are bytes, times are epoch milliseconds. */
export type TransferView = {
  readonly id: string
  readonly name: string
  /** The folders between what was dropped and the file, with `/`; empty for a file dropped by itself. */
  readonly folder: string
  /** The name of the watched folder that it is of; null where it was dropped. */
  readonly watchedFolder: string | null
  /** Where in its folder it was when it was uploaded; null where it was not moved since. Nothing was sent again then. */
  readonly movedFrom: string | null
  readonly purpose: string
  /** The object key once the broker chose it. */
  readonly key: string | null
  readonly size: number
  readonly state: TransferState
  readonly activity: Activity
  /** Bytes that S3 acknowledged. */
  readonly acknowledged: number
  readonly failure: Failure | null
  readonly attempts: number
  readonly retryAt: number | null
  /** When the store throws the unfinished parts away; null where it told no date. */
  readonly abortAt: number | null
  readonly verification: Verification | null
  readonly createdAt: number
  readonly updatedAt: number
}

/** Live numbers of a transfer that has bytes in the air. */
export type TransferProgress = {
  readonly id: string
  readonly activity: Activity
  /** Bytes that S3 acknowledged or that are read into memory to be sent. */
  readonly read: number
  /** Bytes that S3 acknowledged; never goes back while one upload lasts. */
  readonly acknowledged: number
  /** Bytes that left this process and are not acknowledged. */
  readonly inFlight: number
  /** Bytes that left this process a second, mean of the last 10 s. */
  readonly bytesPerSecond: number
  /** Null where nothing is known yet. */
  readonly secondsLeft: number | null
}

export const transferFilters = ['all', 'failed', 'active', 'waiting', 'paused', 'completed'] as const
export type TransferFilter = (typeof transferFilters)[number]

/** How many transfers each filter shows; `all` is the sum of the others. */
export type TransferCounts = Readonly<Record<TransferFilter, number>>

export const pageRequestSchema = z.strictObject({
  filter: z.enum(transferFilters),
  /** A part of the file's name; empty for all. */
  search: z.string().max(200),
  offset: z.int().min(0),
  limit: z.int().min(1).max(500),
})
export type PageRequest = z.infer<typeof pageRequestSchema>

/** `total` counts the rows that match the filter and the search. */
export type TransferPage = { readonly rows: readonly TransferView[]; readonly total: number }

export const purposeNameSchema = z.string().min(1).max(100)

export const addRequestSchema = z.strictObject({
  purpose: purposeNameSchema,
  paths: z.array(z.string().min(1).max(32_768)).min(1).max(100_000),
})
export type AddRequest = z.infer<typeof addRequestSchema>

/** What became of a drop. `bytes` counts what was added. */
export type AddSummary = {
  readonly added: number
  readonly bytes: number
  /** Paused or failed before, going on now. */
  readonly resumed: number
  /** In the list already and under way. */
  readonly alreadyListed: number
  /** Added, but as rows that need a person: missing, unreadable, not a file. */
  readonly failed: number
  /** Symbolic links, sockets, devices inside a dropped folder: left out. */
  readonly skipped: number
}

export const selectionSchema = z.union([
  z.strictObject({ ids: z.array(transferIdSchema).min(1).max(10_000) }),
  z.strictObject({ all: z.literal(true) }),
])
export type Selection = z.infer<typeof selectionSchema>

/** Views of the rows that changed; `stale` says that more changed than are named here: ask for the page again. */
export type TransferChanges = { readonly rows: readonly TransferView[]; readonly stale: boolean }

/** Why everything rests although nothing failed: the person's schedule or settings, or the machine. */
export type RestKind = 'schedule' | 'on_battery' | 'asleep'
export type HoldKind = FailureKind | RestKind

/** One cause that keeps everything waiting, since when, and until when where that is known (epoch ms). */
export type QueueHold = { readonly kind: HoldKind; readonly since: number; readonly until: number | null }

/** The state of the whole queue. */
export type QueueStatus = {
  /** "Pause all" was chosen. */
  readonly paused: boolean
  readonly hold: QueueHold | null
  readonly counts: TransferCounts
  /** Bytes of all listed transfers that can go on or are done. */
  readonly size: number
  readonly acknowledged: number
  readonly inFlight: number
  readonly bytesPerSecond: number
  readonly secondsLeft: number | null
}
