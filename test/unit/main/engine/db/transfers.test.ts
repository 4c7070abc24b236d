import { describe, expect, it } from 'vitest'
import type { Database } from '../../../../../src/main/engine/db/database.ts'
import { createFolders } from '../../../../../src/main/engine/db/folders.ts'
import { createGrants } from '../../../../../src/main/engine/db/grants.ts'
import type { RunnableRequest } from '../../../../../src/main/engine/db/transfer-reads.ts'
import type { TransferEvent } from '../../../../../src/main/engine/transfers/state.ts'
import { usualFolderOptions } from '../../../../../src/shared/folder.ts'
import type { TransferFilter } from '../../../../../src/shared/transfer.ts'
import {
  destination,
  failure,
  finishedObject,
  grant,
  granted,
  newTransfer,
  savedPart,
  transfer,
  uploadCreated,
} from '../../../../support/builders.ts'
import { temporaryQueue } from '../../../../support/temporary-queue.ts'

const trouble = failure()
const object = finishedObject({ versionId: 'v1' })
const partsDone: TransferEvent = { type: 'partsDone' }
const completed: TransferEvent = { type: 'completed', object }
const setback = (retryAt: number, kind = trouble.kind): TransferEvent => ({
  type: 'retryable',
  failure: failure({ kind }),
  retryAt,
})
const away = (retryAt: number): TransferEvent => ({
  type: 'sourceAway',
  failure: { kind: 'source_missing', detail: 'ENOENT' },
  retryAt,
})
/** A look for all that is due. */
const all = (accountId: number): RunnableRequest => ({
  ...{ accountId, running: [], among: null, limit: 10 },
  ...{ stores: { except: [] }, ungranted: true, grants: { except: [] } },
})

function watchedFolder(database: Database, accountId: number) {
  const folders = createFolders(database, () => 1)
  const id = folders.prepare({ accountId, purpose: 'inbox', path: '/folder', options: usualFolderOptions })
  folders.begin(id)
  return { id, remove: () => folders.remove(id, 'keep') }
}

describe('a row', () => {
  it('is read as it was inserted, and announced', () => {
    const { add, accountId, changed } = temporaryQueue()
    const added = newTransfer({ accountId, state: 'failed', failure: { kind: 'source_missing', detail: null } })
    const row = add(added)
    expect(row).toEqual(transfer({ ...added, id: row.id }))
    expect(changed).toEqual([row.id])
  })

  it('takes what an event changes, and the time of it', () => {
    const { add, clock, grantId, transfers, row, changed } = temporaryQueue()
    const before = add({}, granted(grantId))
    clock.now += 5
    changed.length = 0
    const applied = transfers.apply(before.id, { type: 'uploadCreated', uploadId: 'u', abortAt: 9 })
    expect(applied).toEqual({ ...before, uploadId: 'u', abortAt: 9, updatedAt: clock.now })
    expect([row(before.id), changed]).toEqual([applied, [before.id]])
  })

  it('stays as it is, and silent, where its state refuses the event', () => {
    const { add, transfers, row, changed } = temporaryQueue()
    const before = add()
    changed.length = 0
    expect(transfers.apply(before.id, { type: 'resume' })).toBeNull()
    expect([row(before.id), changed]).toEqual([before, []])
  })

  it('that is not there is no error', () => {
    expect(temporaryQueue().transfers.apply(99, { type: 'pause' })).toBeNull()
  })
})

it('a row’s id is not given again while somebody may still name it', () => {
  const { add, transfers } = temporaryQueue()
  const { id } = add()
  transfers.forget([id])
  expect(add().id).toBe(id + 1)
})

describe('the rules of the database', () => {
  it.each(['bucket', 'key', 'grant_id'])('a row’s %s is written once, whoever tries', (column) => {
    const { add, accountId, database, grantId, row } = temporaryQueue()
    const other = createGrants(database).insert(grant({ accountId }))
    const before = add({}, granted(grantId))
    const write = (value: unknown) =>
      database.prepare(`UPDATE transfers SET ${column} = ? WHERE id = ?`).run(value, before.id)
    expect(() => write(column === 'grant_id' ? other : 'other')).toThrow('written once')
    expect(() => write(null)).toThrow('written once')
    expect(row(before.id)).toEqual(before)
  })

  it.each([
    { rule: 'completing needs an upload', sql: "state = 'completing'" },
    { rule: 'canceling needs a key', sql: "state = 'canceling'" },
    { rule: 'an upload needs a key', sql: "upload_id = 'u'" },
    { rule: 'key, bucket and grant come together', sql: "key = 'k'" },
    { rule: 'completed needs an ETag', sql: "state = 'completed'" },
    { rule: 'an ETag means completed', sql: "etag = 'e', checksum_kind = 'size'" },
    { rule: 'an ETag comes with what was verified', sql: "state = 'completed', etag = 'e'" },
    { rule: 'failed needs a cause', sql: "state = 'failed'" },
    { rule: 'there are only these states', sql: "state = 'active'" },
    { rule: 'a size is not negative', sql: 'size = -1' },
    { rule: 'a part has some size', sql: 'part_size = 0' },
  ])('$rule', ({ sql }) => {
    const { add, database } = temporaryQueue()
    const { id } = add()
    expect(() => database.prepare(`UPDATE transfers SET ${sql} WHERE id = ?`).run(id)).toThrow('CHECK constraint')
  })

  it('a path is open once for each account and purpose', () => {
    const { add, otherAccountId } = temporaryQueue()
    const sourcePath = '/home/ada/a'
    const first = add({ sourcePath })
    expect(() => add({ sourcePath })).toThrow('UNIQUE')
    add({ sourcePath, purpose: 'other' })
    add({ sourcePath, accountId: otherAccountId })
    expect(first.sourcePath).toBe(sourcePath)
  })

  it.each([
    { ended: 'canceled', events: [{ type: 'cancel' }] },
    { ended: 'completed', events: [granted(1), completed] },
  ] as const)('a path whose row is $ended may be added again', ({ events }) => {
    const { add } = temporaryQueue()
    add({ sourcePath: '/home/ada/a' }, ...events)
    expect(add({ sourcePath: '/home/ada/a' }).state).toBe('queued')
  })

  it('a refused insert leaves nothing of its batch', () => {
    const { accountId, transfers } = temporaryQueue()
    const rows = [
      newTransfer({ accountId }),
      newTransfer({ accountId, uuid: 'x' }),
      newTransfer({ accountId, uuid: 'x' }),
    ]
    expect(() => transfers.insertAndApply(rows, [])).toThrow('UNIQUE')
    expect(transfers.inStates(accountId, ['queued'])).toEqual([])
  })
})

describe('saved parts', () => {
  it('are read in order, the last one saved under a number counts', () => {
    const { add, grantId, transfers } = temporaryQueue()
    const { id } = add({}, granted(grantId), uploadCreated('u'))
    const parts = [
      savedPart({ partNumber: 2 }),
      savedPart({ partNumber: 1 }),
      savedPart({ partNumber: 2, etag: 'new', proof: 'md5' }),
    ]
    for (const part of parts) transfers.savePart(id, 'u', part)
    expect(transfers.parts(id)).toEqual([parts[1], parts[2]])
  })

  it('are progress: the next failure waits as short as the first', () => {
    const { add, grantId, transfers, row } = temporaryQueue()
    const { id } = add({}, granted(grantId), uploadCreated('u'), setback(1), setback(2))
    transfers.savePart(id, 'u', savedPart())
    expect(row(id)).toMatchObject({ attempts: 0, retryAt: 0, failure: null })
  })

  it('of an upload that the row has left are ignored, and are no progress', () => {
    const { add, grantId, transfers, row } = temporaryQueue()
    const lost: TransferEvent = { type: 'uploadLost', failure: trouble, retryAt: 9 }
    const { id } = add({}, granted(grantId), uploadCreated('old'), lost, uploadCreated('new'), setback(9))
    const before = row(id)
    transfers.savePart(id, 'old', savedPart())
    expect([transfers.parts(id), row(id)]).toEqual([[], before])
  })

  it.each([
    { state: 'paused', event: { type: 'pause' } },
    { state: 'canceling', event: { type: 'cancel' } },
    { state: 'failed', event: { type: 'failed', failure: trouble } },
  ] as const)('that S3 acknowledges once the row is $state are kept, and change nothing else', ({ event }) => {
    const { add, grantId, transfers, row } = temporaryQueue()
    const { id } = add({}, granted(grantId), uploadCreated('u'), event)
    const before = row(id)
    transfers.savePart(id, 'u', savedPart())
    expect([transfers.parts(id), row(id)]).toEqual([[savedPart()], before])
  })

  it('go where the store does not have them', () => {
    const { add, grantId, transfers } = temporaryQueue()
    const { id } = add({}, granted(grantId), uploadCreated('u'))
    for (const partNumber of [1, 2, 3]) transfers.savePart(id, 'u', savedPart({ partNumber }))
    transfers.deleteParts(id, [1, 3])
    expect(transfers.parts(id)).toEqual([savedPart({ partNumber: 2 })])
  })

  it.each([0, 10_001])('have no number %i', (partNumber) => {
    const { add, grantId, transfers } = temporaryQueue()
    const { id } = add({}, granted(grantId), uploadCreated('u'))
    expect(() => transfers.savePart(id, 'u', savedPart({ partNumber }))).toThrow('CHECK')
  })
})

describe('starting the same path anew', () => {
  it('cancels the old row and queues a new one that says why', () => {
    const { add, accountId, grantId, transfers, row, changed } = temporaryQueue()
    const old = add({}, granted(grantId), uploadCreated())
    changed.length = 0
    transfers.replace(old.id, {
      uuid: 'new',
      failure: { kind: 'source_changed', detail: null },
      retryAt: 7,
      replaces: false,
    })
    const fresh = transfers.byUuid(accountId, 'new')
    expect(row(old.id).state).toBe('canceling')
    expect(fresh).toMatchObject({
      ...{ state: 'queued', sourcePath: old.sourcePath, relativePath: old.relativePath, retryAt: 7, attempts: 0 },
      ...{ key: null, bucket: null, grantId: null, uploadId: null, failure: { kind: 'source_changed', detail: null } },
    })
    expect(changed).toEqual([old.id, fresh?.id])
  })

  it('is only an end where the watched folder was removed', () => {
    const { add, transfers, grantId, accountId, database, row } = temporaryQueue()
    const { id: folderId, remove } = watchedFolder(database, accountId)
    const old = add({ folderId }, granted(grantId), uploadCreated())
    const finishing = add({ folderId }, granted(grantId), uploadCreated(), partsDone)
    remove()
    transfers.replace(old.id, { uuid: 'new', failure: trouble, retryAt: 0, replaces: false })
    transfers.apply(finishing.id, { type: 'uploadLost', failure: trouble, retryAt: 0 })
    expect([row(old.id).state, transfers.byUuid(accountId, 'new')]).toEqual(['canceling', null])
    expect(transfers.openBySource(accountId, finishing.purpose, finishing.sourcePath)).toBeNull()
  })

  it('is one transaction: where the new row cannot be, the old one stays', () => {
    const { add, transfers, row } = temporaryQueue()
    const [old, other] = [add(), add()]
    expect(() =>
      transfers.replace(old.id, { uuid: other.uuid, failure: trouble, retryAt: 0, replaces: false }),
    ).toThrow('UNIQUE')
    expect(row(old.id)).toEqual(old)
  })

  it('does nothing to a row that the person paused meanwhile', () => {
    const { add, accountId, transfers, row } = temporaryQueue()
    const paused = add({}, { type: 'pause' })
    transfers.replace(paused.id, { uuid: 'new', failure: trouble, retryAt: 0, replaces: false })
    expect([row(paused.id), transfers.byUuid(accountId, 'new')]).toEqual([paused, null])
  })
})

describe('what is runnable', () => {
  it('is what is due, the highest priority first, then in the order of the drop', () => {
    const { add, accountId, clock, database, grantId, transfers } = temporaryQueue()
    const [one, two] = [add(), add({}, granted(grantId), uploadCreated(), partsDone)]
    const urgent = add({}, granted(grantId), uploadCreated(), { type: 'cancel' })
    database.prepare('UPDATE transfers SET priority = 1 WHERE id = ?').run(urgent.id)
    add({}, setback(clock.now + 1))
    add({}, { type: 'pause' })
    add({}, { type: 'failed', failure: trouble })
    add({}, { type: 'cancel' })
    add({}, granted(grantId), completed)
    const ids = (running: number[], limit: number) =>
      transfers.runnable({ ...all(accountId), running, limit }).map(({ id }) => id)
    expect(ids([], 10)).toEqual([urgent.id, one.id, two.id])
    expect(ids([urgent.id, two.id], 10)).toEqual([one.id])
    expect(ids([], 2)).toEqual([urgent.id, one.id])
  })

  it.each([
    { ahead: 0, due: true },
    { ahead: 1, due: false },
    { ahead: 5 * 60_000, due: false },
    { ahead: 5 * 60_000 + 1, due: true },
  ])('a retry $ahead ms ahead: $due, as no wait is longer than 5 min under the same clock', ({ ahead, due }) => {
    const { add, accountId, clock, transfers } = temporaryQueue()
    add({}, setback(clock.now + ahead))
    expect(transfers.runnable(all(accountId))).toHaveLength(due ? 1 : 0)
    expect(transfers.ungranted({ accountId, purpose: 'inbox', folderId: null }, 1)).toHaveLength(due ? 1 : 0)
  })

  it('can be asked for by name, and comes as it was named', () => {
    const { add, accountId, transfers } = temporaryQueue()
    const [first, second, third] = [add(), add(), add({}, { type: 'pause' })]
    const among = [third.id, second.id, first.id]
    const ids = (limit: number) => transfers.runnable({ ...all(accountId), among, limit }).map(({ id }) => id)
    expect([ids(10), ids(1)]).toEqual([[second.id, first.id], [second.id]])
  })

  it('can be asked for by the stores that the rows go to, and by what grants they have', () => {
    const { add, accountId, database, grantId, transfers } = temporaryQueue()
    const grantAt = (endpoint: string) =>
      createGrants(database).insert(grant({ accountId, destination: destination({ endpoint }) }))
    const grants = { aws: grantId, here: grantAt('http://here'), there: grantAt('http://there') }
    const rows = {
      ungranted: add(),
      aws: add({}, granted(grants.aws)),
      here: add({}, granted(grants.here)),
      there: add({}, granted(grants.there)),
    }
    const names = new Map(Object.entries(rows).map(([name, { id }]) => [id, name]))
    const asked = (request: Partial<RunnableRequest>) =>
      transfers.runnable({ ...all(accountId), ...request }).map(({ id }) => names.get(id))
    const except = { except: ['http://here', 'eu-central-1'] }
    expect({
      all: asked({}),
      granted: asked({ ungranted: false }),
      except: asked({ stores: except }),
      only: asked({ stores: { only: ['http://here', 'eu-central-1'] }, ungranted: false }),
      onlyNone: asked({ stores: { only: [] }, ungranted: false }),
      ofGrants: asked({ grants: { only: [grants.here, grants.there] } }),
      ofNoGrant: asked({ grants: { only: [] } }),
      ofOtherGrants: asked({ grants: { except: [grants.here, grants.there] } }),
      ofGrantsExcept: asked({ grants: { only: [grants.here, grants.there] }, stores: except, ungranted: false }),
    }).toEqual({
      all: ['ungranted', 'aws', 'here', 'there'],
      granted: ['aws', 'here', 'there'],
      except: ['ungranted', 'there'],
      only: ['aws', 'here'],
      onlyNone: [],
      ofGrants: ['ungranted', 'here', 'there'],
      ofNoGrant: ['ungranted'],
      ofOtherGrants: ['ungranted', 'aws'],
      ofGrantsExcept: ['there'],
    })
  })

  it('is cut to the limit after what does not match is left out', () => {
    const { add, accountId, grantId, transfers } = temporaryQueue()
    for (const key of ['a', 'b', 'c']) add({}, granted(grantId, key))
    const { id } = add()
    const request = { ...all(accountId), stores: { except: ['eu-central-1'] }, limit: 1 }
    expect(transfers.runnable(request).map((row) => row.id)).toEqual([id])
  })

  it('needs a grant where no key is known yet, for each purpose by itself', () => {
    const { add, accountId, grantId, transfers } = temporaryQueue()
    const [first, second] = [add(), add()]
    add({ purpose: 'other' })
    add({}, granted(grantId))
    add({}, { type: 'pause' })
    const ids = (limit: number) =>
      transfers.ungranted({ accountId, purpose: 'inbox', folderId: null }, limit).map(({ id }) => id)
    expect([ids(10), ids(1)]).toEqual([[first.id, second.id], [first.id]])
  })

  it('comes at the earliest retry that is ahead', () => {
    const { add, accountId, clock, transfers } = temporaryQueue()
    expect(transfers.nextRetryAt(accountId)).toBeNull()
    add({}, setback(clock.now - 1))
    expect(transfers.nextRetryAt(accountId)).toBeNull()
    add({}, setback(clock.now + 50))
    add({}, setback(clock.now + 20))
    add({}, setback(clock.now + 10), { type: 'pause' })
    expect(transfers.nextRetryAt(accountId)).toBe(clock.now + 20)
  })
})

describe('what waits for its source', () => {
  it('is found after the given row, in the order of the drop, and only while it is queued for that', () => {
    const { add, accountId, clock, transfers } = temporaryQueue()
    const [one, two, three] = [1, 2, 3].map((wait) => add({}, away(clock.now + wait)).id)
    add({}, setback(clock.now + 1))
    add({}, away(clock.now + 1), { type: 'sourceBack' })
    add({}, away(clock.now + 1), { type: 'pause' })
    add({}, { type: 'failed', failure: { kind: 'source_missing', detail: 'ENOENT' } })
    const ids = (after: number, limit: number) => transfers.away(accountId, after, limit).map(({ id }) => id)
    expect([ids(0, 9), ids(0, 2), ids(one ?? 0, 9)]).toEqual([
      [one, two, three],
      [one, two],
      [two, three],
    ])
  })
})

describe('trying at once', () => {
  it.each([
    { kind: 'offline', atOnce: true },
    { kind: 'timeout', atOnce: true },
    { kind: 'server', atOnce: true },
    { kind: 'source_missing', atOnce: true },
    { kind: 'throttled', atOnce: false },
    { kind: 'checksum_mismatch', atOnce: false },
    { kind: 'source_changed', atOnce: false },
  ] as const)('a row whose last try ended with $kind: $atOnce', ({ kind, atOnce }) => {
    const { add, accountId, clock, transfers } = temporaryQueue()
    const { id } = add({}, setback(clock.now + 9, kind))
    transfers.tryNow(accountId)
    expect(transfers.runnable(all(accountId)).map((row) => row.id)).toEqual(atOnce ? [id] : [])
  })

  it('forgets nothing of what happened to the row', () => {
    const { add, accountId, clock, row, transfers } = temporaryQueue()
    const before = add({}, setback(1), setback(clock.now + 9))
    transfers.tryNow(accountId)
    expect(row(before.id)).toEqual({ ...before, retryAt: 0 })
  })

  it('leaves what a person paused, and what failed, as it is', () => {
    const { add, accountId, clock, row, transfers } = temporaryQueue()
    const rows = [
      add({}, setback(clock.now + 9), { type: 'pause' }),
      add({}, setback(clock.now + 9), { type: 'failed', failure: trouble }),
    ]
    transfers.tryNow(accountId)
    expect(rows.map(({ id }) => row(id))).toEqual(rows)
  })
})

describe('the list', () => {
  const every: readonly TransferFilter[] = ['all', 'failed', 'active', 'waiting', 'paused', 'completed']

  /** One row of each kind; `running` is one of the queued ones. */
  function listed() {
    const queue = temporaryQueue()
    const { add, grantId } = queue
    const rows = {
      waiting: add({ relativePath: 'holiday/Beach.mov' }),
      running: add({ relativePath: 'work/plan.pdf' }),
      completing: add({}, granted(grantId), uploadCreated(), partsDone),
      canceling: add({}, granted(grantId), uploadCreated(), { type: 'cancel' }),
      paused: add({ relativePath: 'holiday/dunes.mov' }, { type: 'pause' }),
      failed: add({}, { type: 'failed', failure: trouble }),
      completed: add({}, granted(grantId), completed),
      canceled: add({}, { type: 'cancel' }),
    }
    const names = new Map(Object.entries(rows).map(([name, { id }]) => [id, name]))
    const page = (filter: TransferFilter, { search = '', offset = 0, limit = 50 } = {}) => {
      const request = { accountId: queue.accountId, filter, search, running: [rows.running.id] }
      const { rows: shown, total } = queue.transfers.page(request, offset, limit)
      return { names: shown.map(({ transfer }) => names.get(transfer.id)), total }
    }
    return { ...queue, rows, page }
  }

  it('shows what needs a person first, then what moves, and what is done last; canceled rows never', () => {
    const { page } = listed()
    const names = ['failed', 'completing', 'waiting', 'running', 'canceling', 'paused', 'completed']
    expect(page('all')).toEqual({ names, total: 7 })
  })

  it('shows under each filter its rows, and every row under one of them', () => {
    const { page } = listed()
    expect(Object.fromEntries(every.map((filter) => [filter, page(filter).names]))).toMatchObject({
      failed: ['failed'],
      active: ['running'],
      waiting: ['completing', 'waiting', 'canceling'],
      paused: ['paused'],
      completed: ['completed'],
    })
  })

  it('comes in pages that know how many rows there are in all', () => {
    const { page } = listed()
    expect(page('all', { offset: 2, limit: 2 })).toEqual({ names: ['waiting', 'running'], total: 7 })
    expect(page('all', { offset: 7 })).toEqual({ names: [], total: 7 })
  })

  it('is searched by a part of the name, whatever its case, within the filter', () => {
    const { page } = listed()
    expect(page('all', { search: 'bEACH' }).names).toEqual(['waiting'])
    expect(page('all', { search: 'holiday/' }).names).toEqual(['waiting', 'paused'])
    expect(page('paused', { search: 'holiday/' })).toEqual({ names: ['paused'], total: 1 })
  })

  it.each(['%', '_', "'", '"; DROP TABLE transfers; --'])('takes %s as a letter like any other', (search) => {
    expect(listed().page('all', { search })).toEqual({ names: [], total: 0 })
  })

  it('knows how much of each row S3 has', () => {
    const { add, grantId, transfers } = temporaryQueue()
    const sending = add({ size: 40 }, granted(grantId), uploadCreated('u'))
    for (const partNumber of [1, 2]) transfers.savePart(sending.id, 'u', savedPart({ partNumber, size: 16 }))
    const done = add({ size: 7 }, granted(grantId), completed)
    expect([sending, done].map(({ id }) => transfers.listed(id)?.acknowledged)).toEqual([32, 7])
    expect(transfers.listed(99)).toBeNull()
  })

  it('has totals for each state that agree with its rows', () => {
    const { add, accountId, grantId, transfers } = temporaryQueue()
    add({ size: 40 })
    const sending = add({ size: 60 }, granted(grantId), uploadCreated('u'))
    transfers.savePart(sending.id, 'u', savedPart({ size: 16 }))
    add({ size: 7 }, granted(grantId), completed)
    expect(transfers.totals(accountId)).toEqual(
      new Map([
        ['queued', { count: 2, size: 100, acknowledged: 16 }],
        ['completed', { count: 1, size: 7, acknowledged: 7 }],
      ]),
    )
  })
})

describe('the rows of another account', () => {
  it('are never seen, run or told of', () => {
    const { add, accountId, otherAccountId, clock, database, row, transfers } = temporaryQueue()
    const grantId = createGrants(database).insert(grant({ accountId: otherAccountId }))
    const theirs = { accountId: otherAccountId }
    const queued = add(theirs)
    const later = add(theirs, setback(clock.now + 9))
    add(theirs, away(clock.now + 99))
    add(theirs, granted(grantId), completed)
    transfers.tryNow(accountId)
    expect(row(later.id)).toEqual(later)
    const looks = (account: number) => ({
      runnable: transfers.runnable(all(account)).length,
      ungranted: transfers.ungranted({ accountId: account, purpose: 'inbox', folderId: null }, 9).length,
      away: transfers.away(account, 0, 9).length,
      nextRetry: transfers.nextRetryAt(account),
      page: transfers.page({ accountId: account, filter: 'all', search: '', running: [] }, 0, 9).total,
      byUuid: transfers.byUuid(account, queued.uuid)?.id ?? null,
      openBySource: transfers.openBySource(account, 'inbox', queued.sourcePath)?.id ?? null,
      totals: transfers.totals(account).size,
      unreported: transfers.unreported(account, 0, 9).length,
      inStates: transfers.inStates(account, ['queued', 'completed']).length,
    })
    const nothing = { runnable: 0, ungranted: 0, away: 0, nextRetry: null, page: 0, byUuid: null, openBySource: null }
    expect(looks(accountId)).toEqual({ ...nothing, totals: 0, unreported: 0, inStates: 0 })
    expect(looks(otherAccountId)).toEqual({
      ...{ runnable: 1, ungranted: 1, away: 1, nextRetry: clock.now + 9, page: 4 },
      ...{ byUuid: queued.id, openBySource: queued.id, totals: 2, unreported: 1, inStates: 4 },
    })
  })
})

describe('what was not reported yet', () => {
  it('changed last when it was completed, also after it is reported', () => {
    const { add, clock, transfers, row, grantId } = temporaryQueue()
    const { id, updatedAt } = add({}, granted(grantId), completed)
    clock.now += 1_000
    transfers.apply(id, { type: 'reported', at: clock.now, verification: null, receipt: null })
    expect(row(id)).toMatchObject({ reportedAt: clock.now, updatedAt })
  })

  it('are the completed rows after the given one, until they are reported', () => {
    const { add, accountId, grantId, transfers } = temporaryQueue()
    const [one, two, three] = ['a', 'b', 'c'].map((key) => add({}, granted(grantId, key), completed))
    add()
    const ids = (after: number, limit = 9) => transfers.unreported(accountId, after, limit).map(({ id }) => id)
    expect([ids(0), ids(one?.id ?? 0), ids(0, 1)]).toEqual([
      [one?.id, two?.id, three?.id],
      [two?.id, three?.id],
      [one?.id],
    ])
    transfers.apply(two?.id ?? 0, { type: 'reported', at: 5, verification: null, receipt: null })
    expect(ids(0)).toEqual([one?.id, three?.id])
  })
})
