import { randomUUID } from 'node:crypto'
import type { BigIntStats } from 'node:fs'
import { opendir, stat } from 'node:fs/promises'
import { basename, isAbsolute, join, resolve } from 'node:path'
import mime from 'mime'
import { largestObject } from '../../../shared/broker-api.ts'
import type { Failure } from '../../../shared/failure.ts'
import type { AddSummary } from '../../../shared/transfer.ts'
import type { NewTransfer, Transfers } from '../db/transfers.ts'
import { partSizeFor } from './part-plan.ts'
import { lookAtSource, sourceFailureOf, sourceIdOf } from './source-file.ts'
import type { SourceFacts, Transfer, TransferEvent } from './state.ts'

/** Rows of one transaction. */
const batchSize = 500
/** The furthest time from 1970 (ms) that a Date can hold (ECMAScript, "Time Values"); some file systems know later ones. */
const furthestTime = 8.64e15

/** A path to look at, and its name in the list; `failure`: a folder that cannot be read. */
export type Found = { readonly path: string; readonly relativePath: string; readonly failure?: Failure }
type Counts = { -readonly [Name in keyof AddSummary]: number }
type Looked = { readonly found: Found; readonly looked: SourceFacts | Failure }
type Decision = {
  readonly added?: NewTransfer
  readonly event?: { readonly id: number; readonly event: TransferEvent }
}

/**
 * Puts files, and the files in folders, into the queue. What cannot be sent becomes a failed row that says why, so that
 * nothing that was dropped is lost silently; inside a folder links, sockets and devices are counted and left out. A file
 * that is in the list and open goes on as that row. `seen` are the paths that were looked at as files.
 */
export async function enqueue(
  transfers: Transfers,
  accountId: number,
  purpose: string,
  dropped: readonly Found[],
): Promise<{ readonly summary: AddSummary; readonly seen: ReadonlySet<string> }> {
  const counts: Counts = { added: 0, bytes: 0, resumed: 0, alreadyListed: 0, failed: 0, skipped: 0 }
  const seen = new Set<string>()
  let batch: Looked[] = []
  /** Compares with the open rows and inserts without a pause between: another drop may name the same files. */
  const flush = () => {
    const decisions = batch.map(({ found, looked }) => {
      const open = transfers.openBySource(accountId, purpose, found.path)
      return decide(found, looked, open, { accountId, purpose }, counts)
    })
    transfers.insertAndApply(
      decisions.flatMap(({ added }) => added ?? []),
      decisions.flatMap(({ event }) => event ?? []),
    )
    batch = []
  }
  for (const root of dropped) {
    for await (const found of expand(root, counts)) {
      if (seen.has(found.path)) continue
      seen.add(found.path)
      batch.push({ found, looked: found.failure ?? (await lookAt(found)) })
      if (batch.length >= batchSize) flush()
    }
  }
  flush()
  return { summary: counts, seen }
}

/** A dropped path as a root of what is added. */
export function droppedRoot(path: string): Found {
  const root = resolve(path)
  return { path: root, relativePath: basename(root) || root }
}

/** The source's facts, or why it cannot be sent. */
export async function lookAt({ path, relativePath }: Found): Promise<SourceFacts | Failure> {
  const looked = await lookAtSource(path)
  if (!looked.ok) return looked.failure
  if (looked.value.size > largestObject) return { kind: 'too_large', detail: null }
  return factsOf(looked.value, relativePath)
}

const factsOf = (stats: BigIntStats, relativePath: string): SourceFacts => ({
  sourceId: sourceIdOf(stats),
  size: Number(stats.size),
  contentType: mime.getType(relativePath) ?? 'application/octet-stream',
  modifiedAt: Math.max(-furthestTime, Math.min(furthestTime, Number(stats.mtimeMs))),
  partSize: partSizeFor(Number(stats.size)),
})

function decide(
  { path, relativePath }: Found,
  looked: SourceFacts | Failure,
  open: Transfer | null,
  { accountId, purpose }: Pick<Transfer, 'accountId' | 'purpose'>,
  counts: Counts,
): Decision {
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

/** The files below a path, in the order of the directory; the path itself where it is none. Never follows a link inside. */
async function* expand(root: Found, counts: Counts): AsyncGenerator<Found> {
  const pending: Found[] = [root]
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { path, relativePath } = next
    if (!(await isDirectory(path))) {
      yield next
      continue
    }
    const folders: Found[] = []
    try {
      for await (const entry of await opendir(path)) {
        const child = { path: join(path, entry.name), relativePath: `${relativePath}/${entry.name}` }
        if (entry.isDirectory()) folders.push(child)
        else if (entry.isFile()) yield child
        else counts.skipped += 1
      }
    } catch (error) {
      const failure = sourceFailureOf(error)
      if (failure.kind !== 'source_missing' || next === root) yield { ...next, failure }
    }
    pending.push(...folders.toReversed())
  }
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
