import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createGrants } from '../../../../../src/main/engine/db/grants.ts'
import type { SavedPart } from '../../../../../src/main/engine/db/transfer-reads.ts'
import {
  type FinishedObject,
  next,
  type SourceFacts,
  type Transfer,
  type TransferEvent,
} from '../../../../../src/main/engine/transfers/state.ts'
import { failureKinds } from '../../../../../src/shared/failure.ts'
import { transferStates, verifications } from '../../../../../src/shared/transfer.ts'
import {
  failure,
  finishedObject,
  grant,
  granted,
  savedPart,
  transfer,
  uploadCreated,
} from '../../../../support/builders.ts'
import { type TemporaryQueue, temporaryQueue } from '../../../../support/temporary-queue.ts'

const source: SourceFacts = { sourceId: '7:1:1:1:1', size: 7, contentType: 'text/plain', modifiedAt: 7, partSize: 7 }
const object: FinishedObject = finishedObject({ versionId: 'v1' })
const trouble = failure()
const missing = failure({ kind: 'source_missing', detail: 'ENOENT' })

/** One of each event, in the order of the table below. */
const events: { readonly [Type in TransferEvent['type']]: Extract<TransferEvent, { type: Type }> } = {
  sourceFound: { type: 'sourceFound', source },
  sourceWritten: { type: 'sourceWritten', source },
  sourceConfirmed: { type: 'sourceConfirmed', sourceId: '1:2:2:2:2', modifiedAt: 2 },
  sourceChanged: { type: 'sourceChanged' },
  sourceAway: { type: 'sourceAway', failure: missing, retryAt: 9 },
  sourceBack: { type: 'sourceBack' },
  granted: { type: 'granted', grantId: 1, bucket: 'inbox', key: 'drops/1/other', inSingleRequests: false },
  uploadCreated: { type: 'uploadCreated', uploadId: 'upload-2', abortAt: null },
  deadlineTold: { type: 'deadlineTold', abortAt: 7 },
  keyTaken: { type: 'keyTaken', failure: trouble },
  partsDone: { type: 'partsDone' },
  partsRefused: { type: 'partsRefused', failure: trouble, retryAt: 9 },
  uploadLost: { type: 'uploadLost', failure: trouble, retryAt: 9 },
  retryable: { type: 'retryable', failure: trouble, retryAt: 9 },
  failed: { type: 'failed', failure: trouble },
  completed: { type: 'completed', object },
  aborted: { type: 'aborted' },
  reported: { type: 'reported', at: 9, verification: null, receipt: null },
  pause: { type: 'pause' },
  resume: { type: 'resume' },
  retry: { type: 'retry' },
  cancel: { type: 'cancel' },
}

const place = { grantId: 1, bucket: 'inbox', key: 'drops/1/beach.mov' }
const upload = { ...place, uploadId: 'upload-1' }

/**
 * A row of each column of the table below. `new`, `placed`, `small`, `sending`: queued without a key, with one, with one and so
 * small that one request sends it, with an upload.
 */
const rows = {
  new: transfer(),
  placed: transfer(place),
  small: transfer({ ...place, size: 7, partSize: 7 }),
  sending: transfer(upload),
  completing: transfer({ ...upload, state: 'completing' }),
  canceling: transfer({ ...upload, state: 'canceling' }),
  paused: transfer({ ...upload, state: 'paused' }),
  failed: transfer({ ...upload, state: 'failed', failure: trouble }),
  completed: transfer({ ...place, ...object, state: 'completed' }),
  canceled: transfer({ ...place, state: 'canceled' }),
} as const

/** What each event (down) makes of each row (across); `-`: refused. */
const table = `
                 new       placed    small      sending     completing  canceling  paused    failed    completed  canceled
sourceFound      queued    -         -          -           -           -          -         -         -          -
sourceWritten    queued    -         -          -           -           -          -         -         -          -
sourceConfirmed  queued    queued    queued     queued      -           -          -         -         -          -
sourceChanged    canceled  canceled  canceling  canceling   -           -          -         -         -          -
sourceAway       queued    queued    queued     queued      -           -          -         -         -          -
sourceBack       queued    queued    queued     queued      -           -          -         -         -          -
granted          queued    -         -          -           -           -          -         -         -          -
uploadCreated    -         queued    queued     -           -           -          -         -         -          canceling
deadlineTold     -         -         -          queued      -           -          -         -         -          -
keyTaken         queued    queued    queued     queued      -           -          -         -         -          -
partsDone        -         -         -          completing  -           -          -         -         -          -
partsRefused     queued    queued    queued     queued      queued      -          -         -         -          -
uploadLost       queued    queued    queued     queued      queued      -          -         -         -          -
retryable        queued    queued    queued     queued      completing  canceling  -         -         -          -
failed           failed    failed    failed     failed      failed      canceled   -         -         -          -
completed        -         completed completed  completed   completed   completed  completed -         -          -
aborted          -         -         -          -           -           canceled   -         -         -          -
reported         -         -         -          -           -           -          -         -         completed  -
pause            paused    paused    paused     paused      -           -          -         -         -          -
resume           -         -         -          -           -           -          queued    -         -          -
retry            queued    queued    queued     queued      completing  -          -         queued    -          -
cancel           canceled  canceled  canceling  canceling   -           -          canceling canceling -          -
`

describe('the table of states', () => {
  const [heading = '', ...lines] = table.trim().split('\n')
  const columns = heading.trim().split(/\s+/) as (keyof typeof rows)[]
  const parsed = lines.map((line) => line.trim().split(/\s+/))

  it('has a line for each event and a column for each state', () => {
    expect(parsed.map(([type]) => type)).toEqual(Object.keys(events))
    expect(columns).toEqual(Object.keys(rows))
    expect(new Set(columns.map((column) => rows[column].state))).toEqual(new Set(transferStates))
  })

  const cells = parsed.flatMap(([type, ...outcomes]) =>
    outcomes.map((outcome, index) => ({ type, row: columns[index] ?? 'new', outcome })),
  )
  it.each(cells)('$type of a row that is $row: $outcome', ({ type, row, outcome }) => {
    const transition = next(rows[row], events[type as TransferEvent['type']])
    expect(transition === null ? '-' : (transition.changes.state ?? rows[row].state)).toBe(outcome)
  })
})

describe('what an event changes besides the state', () => {
  it.each([
    { size: 0, partSize: 7, single: 7 },
    { size: 7, partSize: 7, single: 7 },
    { size: 20, partSize: 7, single: 20 },
  ])('a grant of single requests makes a file of $size bytes one part', ({ size, partSize, single }) => {
    const before = { ...rows.new, size, partSize }
    const place = { grantId: 1, bucket: 'inbox', key: 'drops/1/other' }
    expect(next(before, events.granted)?.changes).toEqual(place)
    expect(next(before, { ...events.granted, inSingleRequests: true })?.changes).toEqual({ ...place, partSize: single })
  })

  it('lets a lost upload go with its parts, but keeps the place', () => {
    expect(next(rows.completing, events.uploadLost)).toEqual({
      changes: {
        state: 'queued',
        uploadId: null,
        abortAt: null,
        attempts: 1,
        restarts: 1,
        retryAt: 9,
        failure: trouble,
      },
      dropParts: true,
    })
  })

  it('begins a lost upload anew three times; the fourth loss is a person’s matter, who can begin from the start', () => {
    const step = (transfer: Transfer, event: TransferEvent): Transfer => ({
      ...transfer,
      ...next(transfer, event)?.changes,
    })
    let transfer: Transfer = rows.sending
    for (const restarts of [1, 2, 3]) {
      transfer = step(step(transfer, events.uploadLost), events.uploadCreated)
      expect(transfer).toMatchObject({ state: 'queued', restarts, uploadId: 'upload-2' })
    }
    transfer = step(transfer, events.uploadLost)
    expect(transfer).toMatchObject({ state: 'failed', failure: trouble, uploadId: null, abortAt: null })
    expect(step(transfer, events.retry)).toMatchObject({ state: 'queued', restarts: 0, attempts: 0 })
  })

  it('counts no attempt while the source is away, and lets the row go on at once when it is back', () => {
    const before = { ...rows.sending, attempts: 2, abortAt: 5 }
    const away = { ...before, ...next(before, events.sourceAway)?.changes }
    expect(away).toEqual({ ...before, failure: missing, retryAt: 9 })
    expect({ ...away, ...next(away, events.sourceBack)?.changes }).toEqual({ ...before, failure: null, retryAt: 0 })
  })

  it('remembers that the key is taken, which counts as no attempt and waits for nothing', () => {
    expect(next({ ...rows.small, attempts: 2 }, events.keyTaken)).toEqual({
      changes: { failure: trouble },
      dropParts: false,
    })
  })

  it('takes the date that the store tells with the parts', () => {
    expect(next(rows.sending, events.deadlineTold)).toEqual({ changes: { abortAt: 7 }, dropParts: false })
  })

  it('keeps the upload and its parts when a person must act', () => {
    expect(next(rows.sending, events.failed)).toEqual({
      changes: { state: 'failed', failure: trouble },
      dropParts: false,
    })
  })

  it('keeps the parts when the store does not take them, so that a list of them decides', () => {
    expect(next(rows.completing, events.partsRefused)).toEqual({
      changes: { state: 'queued', attempts: 1, retryAt: 9, failure: trouble },
      dropParts: false,
    })
  })

  it('lets a row of a watched folder go on only after its file was seen to be still', () => {
    const ofFolder = { folderId: 1, attempts: 0 }
    const paused = transfer({ ...ofFolder, state: 'paused' })
    const failed = transfer({ ...ofFolder, state: 'failed', failure: trouble })
    const away = transfer({ ...ofFolder, failure: missing })
    const writing = [
      next(paused, events.resume),
      next(failed, events.retry),
      next(failed, events.sourceFound),
      next(away, events.sourceBack),
    ]
    for (const transition of writing)
      expect(transition?.changes.failure).toEqual({ kind: 'being_written', detail: null })
    const still = transfer({ ...ofFolder, failure: { kind: 'being_written', detail: null } })
    expect(next(still, events.sourceFound)?.changes).toEqual({ ...source, failure: null })
    expect(next({ ...paused, ...place }, events.resume)?.changes.failure).toBeNull()
  })

  it('lets a row of a watched folder with a key wait once more where its file was touched, and go on with what it has', () => {
    const beingWritten = { kind: 'being_written', detail: null } as const
    const { sourceId, modifiedAt } = events.sourceConfirmed
    expect(next({ ...rows.sending, folderId: 1 }, events.sourceConfirmed)).toEqual({
      changes: { sourceId, modifiedAt, failure: beingWritten },
      dropParts: false,
    })
    const writing = { ...rows.sending, folderId: 1, failure: beingWritten }
    expect(next(writing, events.sourceFound)).toEqual({ changes: { failure: null }, dropParts: false })
    expect(next(writing, events.sourceWritten)).toBeNull()
  })

  it('lets a row of a watched folder wait for a file that another program has locked, and no other row', () => {
    const failure = { kind: 'source_unreadable', detail: 'EBUSY' } as const
    const locked = { type: 'failed', failure } as const
    expect(next({ ...rows.sending, folderId: 1 }, locked)).toEqual({
      changes: { failure: { kind: 'being_written', detail: null } },
      dropParts: false,
    })
    expect(next(rows.sending, locked)?.changes).toEqual({ state: 'failed', failure })
    const denied = { ...locked, failure: { ...failure, detail: 'EACCES' } }
    expect(next({ ...rows.sending, folderId: 1 }, denied)?.changes.state).toBe('failed')
  })

  it('takes no key that was asked for before its file began to be written again', () => {
    const writing = transfer({ folderId: 1, failure: { kind: 'being_written', detail: null } })
    expect(next(writing, events.granted)).toBeNull()
    expect(next({ ...writing, failure: null }, events.granted)?.changes.key).toBe(events.granted.key)
  })

  it('counts no attempt when a person resumes or retries', () => {
    expect(next({ ...rows.paused, attempts: 4, retryAt: 9 }, events.resume)?.changes).toEqual({
      state: 'queued',
      failure: null,
      attempts: 0,
      retryAt: 0,
    })
    expect(next({ ...rows.failed, attempts: 4, retryAt: 9 }, events.retry)?.changes).toEqual({
      state: 'queued',
      attempts: 0,
      restarts: 0,
      retryAt: 0,
      failure: null,
    })
  })

  it('counts on where a store takes all parts but never their Complete, so that the waits grow', () => {
    const refused = { ...rows.completing, ...next(rows.completing, events.partsRefused)?.changes }
    const again = { ...refused, ...next(refused, events.partsDone)?.changes }
    expect(again).toMatchObject({ state: 'completing', attempts: 1 })
  })

  it('does not try a file again that was never seen', () => {
    expect(next(transfer({ state: 'failed', failure: trouble, sourceId: null }), events.retry)).toBeNull()
  })

  it('takes what was found at the path of a failed row that has no place yet', () => {
    expect(next(transfer({ state: 'failed', failure: trouble, attempts: 2 }), events.sourceFound)?.changes).toEqual({
      ...source,
      state: 'queued',
      attempts: 0,
      restarts: 0,
      retryAt: 0,
      failure: null,
    })
  })

  it.each(['paused', 'failed'] as const)('cancels a %s row without an upload at once', (state) => {
    expect(next(transfer({ ...place, state, failure: trouble }), events.cancel)).toMatchObject({
      changes: { state: 'canceled', uploadId: null },
      dropParts: true,
    })
  })

  it.each(['queued', 'paused', 'failed'] as const)(
    'looks for the object of a canceled row that was %s, where one request may have stored it',
    (state) => {
      const canceling = next({ ...rows.small, state, attempts: 3, failure: trouble, retryAt: 9 }, events.cancel)
      expect(canceling).toEqual({ changes: { state: 'canceling', attempts: 0, retryAt: 0 }, dropParts: false })
      expect(next({ ...rows.small, state: 'canceling' }, events.aborted)?.changes.state).toBe('canceled')
    },
  )

  it('keeps the receipt that the broker gave for it', () => {
    const changes = next(rows.completed, { type: 'reported', at: 9, verification: null, receipt: 'eyJ…' })?.changes
    expect(changes).toEqual({ reportedAt: 9, receipt: 'eyJ…' })
  })

  it('adds what the broker could verify to what the store had said, and never takes it away', () => {
    const bySize = transfer({ ...rows.completed, verification: 'size' })
    expect(next(bySize, { type: 'reported', at: 9, verification: 'checksum', receipt: null })?.changes).toEqual({
      reportedAt: 9,
      verification: 'checksum',
    })
    expect(next(rows.completed, events.reported)?.changes).toEqual({ reportedAt: 9 })
  })
})

type Step =
  | { readonly type: 'apply'; readonly event: TransferEvent }
  /** A part of the upload that the row has, or of one that it has left. */
  | { readonly type: 'savePart'; readonly ofThisUpload: boolean; readonly partNumber: number }

function steps(grantIds: readonly number[]): fc.Arbitrary<Step[]> {
  const text = fc.string({ minLength: 1, maxLength: 8 })
  const time = fc.integer({ min: 0, max: 10_000_000 })
  const failures = fc.record({ kind: fc.constantFrom(...failureKinds), detail: fc.option(text) })
  const setback = { failure: failures, retryAt: time }
  const facts = fc.record({
    sourceId: text,
    size: fc.nat(),
    contentType: text,
    modifiedAt: time,
    partSize: fc.integer({ min: 1 }),
  })
  const finished = fc.record({
    etag: text,
    checksum: text,
    verification: fc.constantFrom(...verifications),
    versionId: fc.option(text),
  })
  const type = <Type extends TransferEvent['type']>(name: Type) => fc.constant(name)
  const event: fc.Arbitrary<TransferEvent> = fc.oneof(
    fc.record({ type: type('sourceFound'), source: facts }),
    fc.record({ type: type('sourceConfirmed'), sourceId: text, modifiedAt: time }),
    fc.record({ type: type('sourceChanged') }),
    fc.record({ type: type('sourceAway'), ...setback }),
    fc.record({ type: type('sourceBack') }),
    fc.record({
      type: type('granted'),
      grantId: fc.constantFrom(...grantIds),
      bucket: text,
      key: text,
      inSingleRequests: fc.boolean(),
    }),
    fc.record({ type: type('uploadCreated'), uploadId: text, abortAt: fc.option(time) }),
    fc.record({ type: type('deadlineTold'), abortAt: time }),
    fc.record({ type: type('keyTaken'), failure: failures }),
    fc.record({ type: type('partsDone') }),
    fc.record({ type: type('partsRefused'), ...setback }),
    fc.record({ type: type('uploadLost'), ...setback }),
    fc.record({ type: type('retryable'), ...setback }),
    fc.record({ type: type('failed'), failure: failures }),
    fc.record({ type: type('completed'), object: finished }),
    fc.record({ type: type('aborted') }),
    fc.record({
      type: type('reported'),
      at: time,
      verification: fc.option(fc.constantFrom(...verifications)),
      receipt: fc.option(fc.string()),
    }),
    fc.record({ type: fc.constantFrom('pause', 'resume', 'retry', 'cancel') }),
    fc.record({ type: type('sourceWritten'), source: fc.constant(source) }),
  )
  const savePart = fc.record({
    type: fc.constant('savePart' as const),
    ofThisUpload: fc.boolean(),
    partNumber: fc.integer({ min: 1, max: 4 }),
  })
  const apply = event.map((event) => ({ type: 'apply' as const, event }))
  return fc.array(fc.oneof({ weight: 5, arbitrary: apply }, { weight: 1, arbitrary: savePart }), { maxLength: 30 })
}

/** What must hold from one row to the next, whatever happened between. */
function check(before: Transfer, after: Transfer, step: Step, parts: readonly SavedPart[]): void {
  const destinationOf = ({ key, bucket, grantId }: Transfer) => ({ key, bucket, grantId })
  if (before.key !== null) expect(destinationOf(after)).toEqual(destinationOf(before))
  if (before.state === 'completed') expect(after.state).toBe('completed')
  if (before.state === 'canceled') expect(['canceled', 'canceling']).toContain(after.state)
  if (before.state === 'canceling') expect(['canceling', 'canceled', 'completed']).toContain(after.state)
  if (after.uploadId === null || after.uploadId !== before.uploadId) expect(parts).toEqual([])
  if (after.state === 'completed') expect(after).toMatchObject({ key: expect.any(String), uploadId: null })
  if (after.attempts < before.attempts) {
    const resets = ['resume', 'retry', 'cancel', 'sourceFound', 'sourceChanged', 'uploadCreated']
    if (step.type === 'apply') expect(resets).toContain(step.event.type)
    else
      expect({ ...step, uploadId: after.uploadId }).toMatchObject({ ofThisUpload: true, uploadId: expect.any(String) })
  }
  checkRestarts(before, after, step)
}

/** Each new beginning is counted, and no more than three follow the first without a person. */
function checkRestarts(before: Transfer, after: Transfer, step: Step): void {
  const event = step.type === 'apply' ? step.event.type : null
  const hasBegunAnew = event === 'uploadLost' && ['queued', 'completing'].includes(before.state)
  if (hasBegunAnew && after.state === 'queued') expect(after.restarts).toBe(before.restarts + 1)
  else if (after.restarts !== before.restarts) {
    expect({ state: before.state, restarts: after.restarts }).toEqual({ state: 'failed', restarts: 0 })
    expect(['retry', 'sourceFound']).toContain(event)
  }
  expect(after.restarts).toBeLessThanOrEqual(3)
}

/** The pure function says what the row becomes, the database whether that may be. */
function take(queue: TemporaryQueue, before: Transfer, step: Step): void {
  const { transfers, clock, row } = queue
  const { id } = before
  if (step.type === 'savePart') {
    const uploadId = step.ofThisUpload ? (before.uploadId ?? 'none') : 'left'
    transfers.savePart(id, uploadId, savedPart({ partNumber: step.partNumber }))
    return
  }
  const partsBefore = transfers.parts(id)
  clock.now += 1
  const transition = next(before, step.event)
  const applied = transfers.apply(id, step.event)
  const updatedAt = step.event.type === 'reported' ? before.updatedAt : clock.now
  expect(applied).toEqual(transition && { ...before, ...transition.changes, updatedAt })
  expect(row(id)).toEqual(applied ?? before)
  expect(transfers.parts(id)).toEqual(transition?.dropParts ? [] : partsBefore)
  const person = step.event.type === 'pause' || step.event.type === 'cancel'
  if (person && before.state === 'completing') expect(applied).toBeNull()
}

const beginnings = [
  { row: 'a new row', fields: {}, way: [] },
  { row: 'a row whose file was never seen', fields: { state: 'failed', failure: trouble, sourceId: null }, way: [] },
  { row: 'a row that has an upload', fields: {}, way: [granted(1), uploadCreated()] },
] as const

it.each(beginnings)('keeps its promises and the rules of the database from $row on, whatever happens', (beginning) => {
  const queue = temporaryQueue()
  const otherGrant = createGrants(queue.database).insert(grant({ accountId: queue.accountId }))
  fc.assert(
    fc.property(steps([queue.grantId, otherGrant]), (sequence) => {
      const { id } = queue.add(beginning.fields, ...beginning.way)
      for (const step of sequence) {
        const before = queue.row(id)
        take(queue, before, step)
        check(before, queue.row(id), step, queue.transfers.parts(id))
      }
    }),
    { numRuns: 300 },
  )
  const reached = queue.database.prepare('SELECT DISTINCT state FROM transfers').pluck().all()
  if (beginning.way.length > 0) expect(reached.toSorted()).toEqual(transferStates.toSorted())
})

it('reaches a stored object from a new row, and only reports leave from there', () => {
  const { add, grantId, transfers, row } = temporaryQueue()
  const { id } = add({}, granted(grantId), uploadCreated(), events.partsDone, events.completed, events.reported)
  const completed = row(id)
  for (const event of Object.values(events)) if (event.type !== 'reported') transfers.apply(id, event)
  expect(row(id)).toEqual(completed)
})
