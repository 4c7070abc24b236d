import { describe, expect, it } from 'vitest'
import { awayDelay, retryDelay } from '../../../../../src/main/engine/transfers/retry.ts'
import type { GrantedTransfer, Outcome } from '../../../../../src/main/engine/transfers/run.ts'
import { settle } from '../../../../../src/main/engine/transfers/settle.ts'
import type { TransferEvent } from '../../../../../src/main/engine/transfers/state.ts'
import { dispositionOf, type FailureKind, failureKinds } from '../../../../../src/shared/failure.ts'
import { failure, granted, uploadCreated } from '../../../../support/builders.ts'
import { temporaryQueue } from '../../../../support/temporary-queue.ts'

const chance = 0.5
const partsDone: TransferEvent = { type: 'partsDone' }
const setback: TransferEvent = { type: 'retryable', failure: failure(), retryAt: 0 }
const failed = (kind: FailureKind, retryAfter: number | null = null): Outcome => ({
  kind: 'failed',
  failure: failure({ kind }),
  retryAfter,
  from: 'store',
})

/** A row with an upload that has failed twice, and what a run on it ended with. */
function harness(...events: readonly TransferEvent[]) {
  const queue = temporaryQueue()
  const before = queue.add({}, granted(queue.grantId), uploadCreated(), setback, setback, ...events)
  const { transfers, clock } = queue
  const tools = { transfers, now: () => clock.now, random: () => chance }
  const end = (outcome: Outcome) => settle(before as GrantedTransfer, outcome, tools)
  const row = () => queue.row(before.id)
  const fresh = () => queue.transfers.inStates(queue.accountId, ['queued']).filter(({ id }) => id !== before.id)
  return { ...queue, before, end, row, fresh }
}
const kindsWith = (disposition: ReturnType<typeof dispositionOf>) =>
  failureKinds.filter((kind) => dispositionOf(kind) === disposition)

describe('a run that ended', () => {
  it.each([{ kind: 'done' }, { kind: 'stopped' }] as const)('$kind has said all in its row', (outcome) => {
    const { end, before, row, changed } = harness()
    changed.length = 0
    expect([end(outcome), row(), changed]).toEqual([null, before, []])
  })

  it('because another file is at the path lets it come to rest, then it is sent as a new row', () => {
    const { end, row, fresh, clock } = harness()
    expect(end({ kind: 'sourceChanged' })).toBeNull()
    expect(row().state).toBe('canceling')
    expect(fresh()).toMatchObject([
      { failure: { kind: 'source_changed', detail: null }, retryAt: clock.now + 10_000, key: null },
    ])
  })

  it('without its upload begins anew, and counts it', () => {
    const { end, row, clock } = harness()
    expect(end({ kind: 'restart', failure: failure({ kind: 'upload_lost' }) })).toBeNull()
    expect(row()).toMatchObject({
      ...{ state: 'queued', uploadId: null, attempts: 3, restarts: 1, failure: { kind: 'upload_lost' } },
      retryAt: clock.now + retryDelay(2, chance),
    })
  })

  it('with other parts than the store’s has them listed', () => {
    const { end, row, clock } = harness(partsDone)
    expect(end({ kind: 'relist', failure: failure({ kind: 'invalid_part' }) })).toBeNull()
    expect(row()).toMatchObject({
      ...{ state: 'queued', uploadId: 'upload-1', attempts: 3, restarts: 0, failure: { kind: 'invalid_part' } },
      retryAt: clock.now + retryDelay(2, chance),
    })
  })
})

describe('a failure', () => {
  it.each([...kindsWith('retry'), ...kindsWith('refresh')])('%s is tried again later', (kind) => {
    const { end, row, clock } = harness()
    expect(end(failed(kind))).toBeNull()
    expect(row()).toMatchObject({ state: 'queued', attempts: 3, retryAt: clock.now + retryDelay(2, chance) })
  })

  it('is tried again when the store wishes, not before', () => {
    const { end, row, clock } = harness()
    end(failed('throttled', 60_000))
    expect(row().retryAt).toBe(clock.now + 60_000)
  })

  it.each(kindsWith('restart'))('%s begins anew', (kind) => {
    const { end, row } = harness()
    expect(end(failed(kind))).toBeNull()
    expect(row()).toMatchObject({ state: 'queued', uploadId: null, restarts: 1 })
  })

  it.each(kindsWith('hold'))('%s is not the row’s own: it stays as it is, and its cause is handed on', (kind) => {
    const { end, before, row } = harness()
    expect(end(failed(kind, 7_000))).toEqual(failed(kind, 7_000))
    expect(row()).toEqual(before)
  })

  it.each(kindsWith('wait'))('%s lets the row wait, and counts no attempt', (kind) => {
    const { end, before, row, clock } = harness()
    expect(end(failed(kind))).toBeNull()
    expect(row()).toEqual({ ...before, failure: failure({ kind }), retryAt: clock.now + awayDelay(chance) })
  })

  it.each(kindsWith('ask').filter((kind) => kind !== 'deadline_passed'))('%s needs a person', (kind) => {
    const { end, row } = harness()
    expect(end(failed(kind))).toBeNull()
    expect(row()).toMatchObject({ state: 'failed', failure: { kind }, uploadId: 'upload-1' })
  })

  it('of a grant whose time is over sends the file as a new row at once, and says so', () => {
    const { end, row, fresh, clock } = harness()
    expect(end(failed('deadline_passed'))).toBeNull()
    expect(row().state).toBe('canceling')
    expect(fresh()).toMatchObject([{ failure: { kind: 'deadline_passed' }, retryAt: clock.now, key: null }])
  })

  it('of a grant whose time is over is a person’s matter where all parts are stored', () => {
    const { end, row, fresh } = harness(partsDone)
    end(failed('deadline_passed'))
    expect([row().state, fresh()]).toEqual(['failed', []])
  })

  it('of an Abort that is refused for good leaves the rest to the bucket’s lifecycle rule', () => {
    const { end, row } = harness({ type: 'cancel' })
    end(failed('revoked'))
    expect(row()).toMatchObject({ state: 'canceled', failure: { kind: 'revoked' } })
  })
})
