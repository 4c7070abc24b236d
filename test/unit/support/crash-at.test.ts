import { beforeEach, expect, test } from 'vitest'
import { createGrants } from '../../../src/main/engine/db/grants.ts'
import { createTransfers, type Transfers } from '../../../src/main/engine/db/transfers.ts'
import { createUploadedFiles } from '../../../src/main/engine/db/uploaded-files.ts'
import type { TransferEvent } from '../../../src/main/engine/transfers/state.ts'
import {
  failure,
  finishedObject,
  grant,
  granted,
  newTransfer,
  savedPart,
  uploadCreated,
} from '../../support/builders.ts'
import { type CrashPoint, crashAt } from '../../support/crash-at.ts'
import { type TemporaryQueue, temporaryQueue } from '../../support/temporary-queue.ts'

let queue: TemporaryQueue
beforeEach(() => {
  queue = temporaryQueue()
})

/** The queue's rows, written by statements that know the point; to die is to throw. */
function mortal(point: CrashPoint): Transfers {
  crashAt(queue.database, point, () => {
    throw new Error('dead')
  })
  return createTransfers(queue.database, {
    now: () => 1,
    onChange: () => {},
    uploadedFiles: createUploadedFiles(queue.database, () => 1),
  })
}

const completed: TransferEvent = { type: 'completed', object: finishedObject() }
const uploading = () => queue.add({}, granted(queue.grantId), uploadCreated())
const stateOf = (id: number) => queue.row(id).state

type Case = {
  /** Makes the row before the point is set. */
  readonly row: () => number
  readonly effect: (transfers: Transfers, id: number) => unknown
  /** What the database shows of it. */
  readonly seen: (id: number) => unknown
}
const apply =
  (event: () => TransferEvent): Case['effect'] =>
  (transfers, id) =>
    transfers.apply(id, event())

const cases: Record<CrashPoint['effect'], Case> = {
  added: {
    row: () => 0,
    effect: (transfers) => transfers.insertAndApply([newTransfer({ accountId: queue.accountId })], []),
    seen: () => count('transfers'),
  },
  'grant saved': {
    row: () => 0,
    effect: () => createGrants(queue.database).insert(grant({ accountId: queue.accountId })),
    seen: () => count('grants'),
  },
  granted: {
    row: () => queue.add().id,
    effect: apply(() => granted(queue.grantId)),
    seen: (id) => queue.row(id).key,
  },
  'upload id saved': {
    row: () => queue.add({}, granted(queue.grantId)).id,
    effect: apply(() => uploadCreated()),
    seen: (id) => queue.row(id).uploadId,
  },
  'part saved': {
    row: () => uploading().id,
    effect: (transfers, id) => transfers.savePart(id, 'upload-1', savedPart()),
    seen: () => count('parts'),
  },
  completing: {
    row: () => uploading().id,
    effect: apply(() => ({ type: 'partsDone' })),
    seen: stateOf,
  },
  completed: { row: () => uploading().id, effect: apply(() => completed), seen: stateOf },
  reported: {
    row: () => queue.add({}, granted(queue.grantId), completed).id,
    effect: apply(() => ({ type: 'reported', at: 5, verification: null, receipt: null })),
    seen: (id) => queue.row(id).reportedAt,
  },
  paused: { row: () => queue.add().id, effect: apply(() => ({ type: 'pause' })), seen: stateOf },
  canceling: { row: () => uploading().id, effect: apply(() => ({ type: 'cancel' })), seen: stateOf },
  canceled: { row: () => queue.add().id, effect: apply(() => ({ type: 'cancel' })), seen: stateOf },
  failed: {
    row: () => queue.add().id,
    effect: apply(() => ({ type: 'failed', failure: failure() })),
    seen: stateOf,
  },
  'source changed row': {
    row: () => uploading().id,
    effect: (transfers, id) =>
      transfers.replace(id, { uuid: 'another-uuid', failure: failure(), retryAt: 0, replaces: false }),
    seen: (id) => [stateOf(id), count('transfers')],
  },
}

function count(table: 'transfers' | 'parts' | 'grants'): number {
  return queue.database.prepare(`SELECT count(*) FROM ${table}`).pluck().get() as number
}

test.each(Object.entries(cases))(
  '%s: before leaves nothing of it, after leaves all of it',
  (effect, { row, ...of }) => {
    const point = { effect: effect as CrashPoint['effect'] }
    const before = row()
    const unseen = of.seen(before)
    expect(() => of.effect(mortal({ ...point, when: 'before' }), before)).toThrow('dead')
    expect(of.seen(before)).toEqual(unseen)

    queue = temporaryQueue()
    const after = row()
    expect(() => of.effect(mortal({ ...point, when: 'after' }), after)).toThrow('dead')
    expect(of.seen(after)).not.toEqual(unseen)
  },
)

test('only the nth commit of the effect dies, and neither what changes nothing nor what is rolled back counts', () => {
  const { id } = uploading()
  const transfers = mortal({ when: 'after', effect: 'part saved', nth: 2 })
  transfers.savePart(id, 'upload-1', savedPart({ partNumber: 1 }))
  transfers.savePart(id, 'another-upload', savedPart({ partNumber: 2 }))
  const rollBack = queue.database.transaction(() => {
    transfers.savePart(id, 'upload-1', savedPart({ partNumber: 3 }))
    throw new Error('rolled back')
  })
  expect(rollBack).toThrow('rolled back')
  expect(() => transfers.savePart(id, 'upload-1', savedPart({ partNumber: 4 }))).toThrow('dead')
  expect(queue.transfers.parts(id).map(({ partNumber }) => partNumber)).toEqual([1, 4])
})

test.each(['before', 'after'] as const)(
  'an effect inside a larger transaction dies %s that one is committed',
  (when) => {
    const { id } = uploading()
    const transfers = mortal({ when, effect: 'completing' })
    let writtenWhole = false
    const larger = queue.database.transaction(() => {
      transfers.apply(id, { type: 'partsDone' })
      transfers.savePart(id, 'upload-1', savedPart())
      writtenWhole = true
    })
    expect(larger).toThrow('dead')
    expect(writtenWhole).toBe(true)
    expect(count('parts')).toBe(when === 'after' ? 1 : 0)
  },
)
