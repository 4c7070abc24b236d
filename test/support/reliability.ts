import { createReadStream } from 'node:fs'
import { basename } from 'node:path'
import { ListPartsCommand } from '@aws-sdk/client-s3'
import { expect, type TaskMeta } from 'vitest'
import type { Served } from '../../src/emulator/faults/served-log.ts'
import { digestOf, digestOfObject, objectsOf, uploadsOf } from './bucket-contents.ts'
import type { Lab } from './lab.ts'

/** What the store shows in the end. */
type Found = {
  /** Files without an object. */
  readonly lost: number
  /** Objects whose bytes are not those of the file of their name. */
  readonly corrupt: number
  /** Objects too many for a file, and writes of a key that was written already. */
  readonly duplicated: number
  /** Parts, or whole small files, of which bytes came to the store once more. */
  readonly resent: number
  /** Unfinished uploads that only the bucket's lifecycle rule will take: without a part, and with some. */
  readonly emptyUploads: number
  readonly uploadsWithParts: number
}

/** What may be sent again (null: as much as needed) and left. */
type Allowed = Pick<Found, 'emptyUploads' | 'uploadsWithParts'> & { readonly resent: number | null }

/** What one fault test showed: a row of docs/reliability.md. */
export type ReliabilityRow = {
  readonly fault: string
  readonly moment: string
  /** How it ends, in words. */
  readonly outcome: string
  /** How many parts an engine has on the wire at most. */
  readonly slots: number
  /** How often the fault must be done at least for the row to count. */
  readonly least: number
  /** How often the fault was done, and how often of these by a SIGKILL. */
  times: number
  kills: number
  found: Found
  allowed: Allowed
}

declare module 'vitest' {
  interface TaskMeta {
    reliability?: readonly ReliabilityRow[]
  }
}

type Sources = readonly (string | Buffer)[]

export type Shown = {
  /** The fault was done once more. */
  happened(): void
  /** The fault was done once more, and it was a SIGKILL of the engine. */
  killed(): void
  /**
   * Looks at what came of it, once for each lab (it must have been started with `faults`): adds it to the row and then
   * expects that each source is exactly one object of its name and bytes, stored by one write, that nothing else is in the
   * bucket, and that no more was left or sent again than is allowed: no unfinished upload, and, where the engine was
   * killed, no more parts than were on the wire. A source is a path, or its bytes where the file is not there any more.
   */
  ends(lab: Lab, sources: Sources, allowed?: Partial<Allowed>): Promise<void>
}

/**
 * Begins the row of a fault test: `const shown = showing(task, { fault: 'killed', moment: 'Create → id saved', outcome:
 * 'completed' })` in a test with the context `({ task })`. A test may begin several. What is counted travels with the
 * test's result, also that of a test that fails.
 */
export function showing(
  task: { readonly meta: TaskMeta },
  named: Pick<ReliabilityRow, 'fault' | 'moment' | 'outcome'> & Partial<Pick<ReliabilityRow, 'slots' | 'least'>>,
): Shown {
  const row: ReliabilityRow = {
    ...{ slots: 2, least: 3, ...named, times: 0, kills: 0 },
    found: { lost: 0, corrupt: 0, duplicated: 0, resent: 0, emptyUploads: 0, uploadsWithParts: 0 },
    allowed: { resent: 0, emptyUploads: 0, uploadsWithParts: 0 },
  }
  task.meta.reliability = [...(task.meta.reliability ?? []), row]
  let before = { times: 0, kills: 0 }
  return {
    happened() {
      row.times += 1
    },
    killed() {
      row.times += 1
      row.kills += 1
    },
    async ends(lab, sources, given = {}) {
      const onTheWire = row.kills > before.kills ? (row.times - before.times) * row.slots : null
      const allowed = { resent: onTheWire, emptyUploads: 0, uploadsWithParts: 0, ...given }
      before = { times: row.times, kills: row.kills }
      const found = await endState(lab, sources)
      row.allowed = sum(row.allowed, allowed)
      row.found = sum(row.found, found)
      const { lost, corrupt, duplicated, resent, emptyUploads, uploadsWithParts } = found
      expect({ lost, corrupt, duplicated }).toEqual({ lost: 0, corrupt: 0, duplicated: 0 })
      expect(resent).toBeLessThanOrEqual(allowed.resent ?? Number.POSITIVE_INFINITY)
      expect(emptyUploads).toBeLessThanOrEqual(allowed.emptyUploads)
      expect(uploadsWithParts).toBeLessThanOrEqual(allowed.uploadsWithParts)
    },
  }
}

/** Of the numbers by their names; null, as many as may be, stays so. */
function sum<Counts extends Readonly<Record<string, number | null>>>(one: Counts, other: Counts): Counts {
  const added = ([name, count]: [string, number | null]) => {
    const more = other[name]
    return [name, count === null || more == null ? null : count + more]
  }
  return Object.fromEntries(Object.entries(one).map(added)) as Counts
}

/** A file's or an object's bytes. A file of which only the bytes are given has no name; it may be under any key. */
type Content = { readonly name: string | null; readonly digest: string }

const isOf = (object: Content, file: Content): boolean =>
  object.digest === file.digest && (file.name === null || file.name === object.name)

/** What the bucket and the store's log of what it served say of the files that were dropped. */
async function endState(lab: Lab, sources: Sources): Promise<Found> {
  const files = await inTurn(sources, async (source): Promise<Content> => {
    if (typeof source !== 'string') return { name: null, digest: await digestOf([source]) }
    return { name: basename(source), digest: await digestOf(createReadStream(source)) }
  })
  const objects = await inTurn(
    await objectsOf(lab),
    async ({ key }): Promise<Content> => ({ name: basename(key), digest: await digestOfObject(lab, key) }),
  )
  const { missing, extra } = matched(files, objects)
  const corrupt = extra.filter((object) => !files.some((file) => isOf(object, file))).length
  const served = lab.served()
  const writes = served.filter(({ operation, stored }) => stored && writesObject(operation))
  const sends = served.filter(({ operation, bytes }) => bytes > 0 && carriesBytes(operation))
  const leftParts = await inTurn(await uploadsOf(lab), async ({ key, uploadId }) => {
    const { Parts } = await lab.s3.send(new ListPartsCommand({ Bucket: lab.bucket, Key: key, UploadId: uploadId }))
    return Parts?.length ?? 0
  })
  return {
    lost: Math.max(0, missing.length - corrupt),
    corrupt,
    duplicated: extra.length - corrupt + repeated(writes.map(({ key }) => key)),
    resent: repeated(sends.map(({ key, partNumber }) => `${key}\n${partNumber}`)),
    emptyUploads: leftParts.filter((parts) => parts === 0).length,
    uploadsWithParts: leftParts.filter((parts) => parts > 0).length,
  }
}

const writesObject = (operation: Served['operation']) =>
  operation === 'PutObject' || operation === 'CompleteMultipartUpload'
const carriesBytes = (operation: Served['operation']) => operation === 'PutObject' || operation === 'UploadPart'

/** How many there are beyond the first of each. */
const repeated = (values: readonly unknown[]): number => values.length - new Set(values).size

/** Gives each file an object of its bytes; the files that find none, and the objects that are left. */
function matched(files: readonly Content[], objects: readonly Content[]) {
  const extra = [...objects]
  const namedFirst = files.toSorted((one, other) => Number(one.name === null) - Number(other.name === null))
  const missing = namedFirst.filter((file) => {
    const index = extra.findIndex((object) => isOf(object, file))
    if (index >= 0) extra.splice(index, 1)
    return index < 0
  })
  return { missing, extra }
}

/** One after the other: a run may have gigabytes of them. */
async function inTurn<Thing, Value>(things: readonly Thing[], of: (thing: Thing) => Promise<Value>): Promise<Value[]> {
  const values: Value[] = []
  for (const thing of things) values.push(await of(thing))
  return values
}
