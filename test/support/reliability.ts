import { createReadStream } from 'node:fs'
import { ListPartsCommand } from '@aws-sdk/client-s3'
import { expect, type TaskMeta } from 'vitest'
import type { Served } from '../../src/emulator/faults/served-log.ts'
import { digestOf, digestOfObject, objectsOf, uploadsOf } from './bucket-contents.ts'
import type { Lab } from './lab.ts'

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
  /** How often the fault was done, and how often by a SIGKILL. */
  times: number
  kills: number
  /** Files without an object. */
  lost: number
  /** Objects whose bytes are those of no file. */
  corrupt: number
  /** Objects too many for a file, and writes of a key that was written already. */
  duplicated: number
  /** Parts, or whole small files, of which bytes came to the store once more; null: as many as may be. */
  resent: number
  mostResent: number | null
  /** Unfinished uploads without a part, which only the bucket's lifecycle rule will take. */
  emptyUploads: number
  mostEmptyUploads: number
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
   * expects that each source is exactly one object of the same bytes, stored by one write, that nothing else is in the
   * bucket, and that no more was left or sent again than is allowed: no unfinished upload, and, where the engine was
   * killed, as many parts as were on the wire. A source is a path, or its bytes where the file is not there any more.
   */
  ends(lab: Lab, sources: Sources, allowed?: Partial<Pick<ReliabilityRow, 'resent' | 'emptyUploads'>>): Promise<void>
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
    ...{ slots: 2, least: 3, ...named, times: 0, kills: 0, lost: 0, corrupt: 0, duplicated: 0 },
    ...{ resent: 0, mostResent: 0, emptyUploads: 0, mostEmptyUploads: 0 },
  }
  task.meta.reliability = [...(task.meta.reliability ?? []), row]
  let killsHere = 0
  return {
    happened() {
      row.times += 1
    },
    killed() {
      row.times += 1
      row.kills += 1
      killsHere += 1
    },
    async ends(lab, sources, allowed = {}) {
      const mostResent = allowed.resent ?? (killsHere > 0 ? killsHere * row.slots : null)
      const mostEmptyUploads = allowed.emptyUploads ?? 0
      killsHere = 0
      row.mostResent = row.mostResent === null || mostResent === null ? null : row.mostResent + mostResent
      row.mostEmptyUploads += mostEmptyUploads
      const { resent, emptyUploads, uploadsWithParts, ...counts } = await endState(lab, sources)
      row.lost += counts.lost
      row.corrupt += counts.corrupt
      row.duplicated += counts.duplicated
      row.resent += resent
      row.emptyUploads += emptyUploads
      expect({ ...counts, uploadsWithParts }).toEqual({ lost: 0, corrupt: 0, duplicated: 0, uploadsWithParts: 0 })
      expect(emptyUploads).toBeLessThanOrEqual(mostEmptyUploads)
      expect(resent).toBeLessThanOrEqual(mostResent ?? Number.POSITIVE_INFINITY)
    },
  }
}

type EndState = Pick<ReliabilityRow, 'lost' | 'corrupt' | 'duplicated' | 'resent' | 'emptyUploads'> & {
  readonly uploadsWithParts: number
}

/** What the bucket and the store's log of what it served say of the files that were dropped. */
async function endState(lab: Lab, sources: Sources): Promise<EndState> {
  const sent = await inTurn(sources, (source) =>
    digestOf(typeof source === 'string' ? createReadStream(source) : [source]),
  )
  const stored = await inTurn(await objectsOf(lab), ({ key }) => digestOfObject(lab, key))
  const extra = without(stored, sent)
  const corrupt = extra.filter((digest) => !sent.includes(digest)).length
  const served = lab.faults.served()
  const writes = served.filter(({ operation, stored }) => stored && writesObject(operation))
  const sends = served.filter(({ operation, bytes }) => bytes > 0 && carriesBytes(operation))
  const leftParts = await inTurn(await uploadsOf(lab), async ({ key, uploadId }) => {
    const { Parts } = await lab.s3.send(new ListPartsCommand({ Bucket: lab.bucket, Key: key, UploadId: uploadId }))
    return Parts?.length ?? 0
  })
  return {
    lost: Math.max(0, without(sent, stored).length - corrupt),
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

/** What is left of the one when each of the other took one that is the same. */
function without(values: readonly string[], taken: readonly string[]): readonly string[] {
  const left = [...values]
  for (const value of taken) {
    const index = left.indexOf(value)
    if (index >= 0) left.splice(index, 1)
  }
  return left
}

/** One after the other: a run may have gigabytes of them. */
async function inTurn<Thing, Value>(things: readonly Thing[], of: (thing: Thing) => Promise<Value>): Promise<Value[]> {
  const values: Value[] = []
  for (const thing of things) values.push(await of(thing))
  return values
}
