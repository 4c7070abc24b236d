import { randomUUID } from 'node:crypto'
import { opendir, stat } from 'node:fs/promises'
import { basename, isAbsolute, join, resolve } from 'node:path'
import { largestObject } from '../../../shared/broker-api.ts'
import type { Failure } from '../../../shared/failure.ts'
import type { AddSummary } from '../../../shared/transfer.ts'
import type { Drop, DroppedPath, Drops } from '../db/drops.ts'
import type { NewTransfer, Transfers } from '../db/transfers.ts'
import { partSizeFor } from './part-plan.ts'
import { sourceFacts } from './source-facts.ts'
import { lookAtSource, modifiedAtOf, sourceFailureOf, sourceIdOf } from './source-file.ts'
import type { SourceFacts, Transfer, TransferEvent } from './state.ts'

/** Rows of one transaction. */
const batchSize = 500

/** A file to look at; `failure`: it is a folder that cannot be read. */
type Found = DroppedPath & { readonly failure?: Failure }
type Counts = { -readonly [Name in keyof AddSummary]: number }
type Looked = { readonly found: Found; readonly looked: SourceFacts | Failure; readonly drop: Drop }
type Decision = {
  readonly added?: NewTransfer
  readonly event?: { readonly id: number; readonly event: TransferEvent }
}

export type EnqueueTools = {
  readonly transfers: Transfers
  readonly drops: Drops
  /** False: the person has signed out or the engine ends; nothing is written any more. */
  readonly isCurrent: () => boolean
}

/** `seen` are the paths that were looked at as files. */
export type Enqueued = { readonly summary: AddSummary; readonly seen: ReadonlySet<string> }

/**
 * Puts files, and the files in folders, into the queue. The paths are saved before they are looked at, so that nothing
 * is lost when the engine ends before it has read them all. What cannot be sent becomes a failed row that says why; inside
 * a folder links, sockets and devices are counted and left out. A file that is in the list and open goes on as that row.
 */
export const enqueue = (
  tools: EnqueueTools,
  accountId: number,
  purpose: string,
  paths: readonly DroppedPath[],
): Promise<Enqueued> =>
  takeIn(tools, tools.drops.insert(paths.map(({ path, relativePath }) => ({ accountId, purpose, path, relativePath }))))

/** Takes in what was dropped: a folder becomes the rows of its files, and its folders as further drops, at once. */
export async function takeIn(
  { transfers, drops, isCurrent }: EnqueueTools,
  dropped: readonly Drop[],
): Promise<Enqueued> {
  const counts: Counts = { added: 0, bytes: 0, resumed: 0, alreadyListed: 0, failed: 0, skipped: 0 }
  const seen = new Set<string>()
  const pending = dropped.toReversed()
  while (pending.length > 0) {
    const done: Drop[] = []
    const files: Looked[] = []
    const folders: Omit<Drop, 'id'>[] = []
    while (folders.length === 0 && files.length < batchSize) {
      const drop = pending.pop()
      if (drop === undefined) break
      const content = await contentOf(drop)
      for (const found of content.files) {
        if (seen.has(found.path)) continue
        seen.add(found.path)
        files.push({ drop, found, looked: found.failure ?? (await lookAt(found)) })
      }
      done.push(drop)
      folders.push(...content.folders.map((folder) => ({ ...drop, ...folder })))
      counts.skipped += content.skipped
    }
    if (!isCurrent()) break
    const found = drops.settle(done, folders, () => {
      const decisions = files.map((file) => decide(file, transfers, counts))
      transfers.insertAndApply(
        decisions.flatMap(({ added }) => added ?? []),
        decisions.flatMap(({ event }) => event ?? []),
      )
    })
    pending.push(...found.toReversed())
  }
  return { summary: counts, seen }
}

/** A path that was dropped by itself: its name in the list is its last part. */
export function droppedRoot(path: string): DroppedPath {
  const root = resolve(path)
  return { path: root, relativePath: basename(root) || root }
}

/** The source's facts, or why it cannot be sent. */
export async function lookAt({ path, relativePath }: DroppedPath): Promise<SourceFacts | Failure> {
  const looked = await lookAtSource(path)
  if (!looked.ok) return looked.failure
  if (looked.value.size > largestObject) return { kind: 'too_large', detail: null }
  const stats = looked.value
  return sourceFacts({
    path: relativePath,
    sourceId: sourceIdOf(stats),
    size: Number(stats.size),
    modifiedAt: modifiedAtOf(stats),
  })
}

/** Compares with the open rows in the transaction that inserts: another drop may name the same files. */
function decide({ drop, found, looked }: Looked, transfers: Transfers, counts: Counts): Decision {
  const { accountId, purpose } = drop
  const { path, relativePath } = found
  const open = transfers.openBySource(accountId, purpose, path)
  const failure = 'kind' in looked ? looked : null
  const source = 'kind' in looked ? null : looked
  if (open !== null) {
    const event = eventFor(open, source)
    if (event === null) counts.alreadyListed += 1
    else counts.resumed += 1
    return event === null ? {} : { event: { id: open.id, event } }
  }
  if (failure === null) counts.added += 1
  else counts.failed += 1
  counts.bytes += source?.size ?? 0
  const facts = source ?? {
    sourceId: null,
    size: 0,
    contentType: 'application/octet-stream',
    modifiedAt: 0,
    partSize: partSizeFor(0),
  }
  const state = failure === null ? 'queued' : 'failed'
  return {
    added: {
      uuid: randomUUID(),
      accountId,
      purpose,
      folderId: null,
      replaces: false,
      relativePath,
      sourcePath: path,
      ...facts,
      state,
      failure,
      retryAt: 0,
    },
  }
}

/** What dropping a file again does to its open row; null: nothing, it is under way. */
function eventFor(open: Transfer, source: SourceFacts | null): TransferEvent | null {
  if (open.state === 'paused') return { type: 'resume' }
  if (open.state !== 'failed') return null
  if (open.key === null) return source === null ? null : { type: 'sourceFound', source }
  return { type: 'retry' }
}

/** The files and folders in a folder, in its order; the path itself where it is none. Never follows a link inside. */
async function contentOf({ path, relativePath }: DroppedPath): Promise<{
  readonly files: readonly Found[]
  readonly folders: readonly DroppedPath[]
  readonly skipped: number
}> {
  if (!(await isDirectory(path))) return { files: [{ path, relativePath }], folders: [], skipped: 0 }
  const files: Found[] = []
  const folders: DroppedPath[] = []
  let skipped = 0
  try {
    for await (const entry of await opendir(path)) {
      const child = { path: join(path, entry.name), relativePath: `${relativePath}/${entry.name}` }
      if (entry.isDirectory()) folders.push(child)
      else if (entry.isFile()) files.push(child)
      else skipped += 1
    }
  } catch (error) {
    files.push({ path, relativePath, failure: sourceFailureOf(error) })
  }
  return { files, folders, skipped }
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch {
    return false
  }
}

/** Only absolute paths name one file whatever the working directory is. */
export const areAbsolute = (paths: readonly string[]): boolean => paths.every(isAbsolute)
