import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Totals } from '../../../../../src/main/engine/db/transfer-reads.ts'
import { activityOf, bytesOf, countsOf, viewOf } from '../../../../../src/main/engine/transfers/view.ts'
import { transferStates } from '../../../../../src/shared/transfer.ts'
import { failure, transfer } from '../../../../support/builders.ts'

const trouble = failure()

describe('what a row is doing', () => {
  it.each([
    { state: 'queued', running: null, held: false, failure: null, activity: 'queued' },
    { state: 'queued', running: null, held: false, failure: trouble, activity: 'retrying' },
    { state: 'queued', running: null, held: true, failure: null, activity: 'waiting' },
    { state: 'queued', running: null, held: true, failure: trouble, activity: 'waiting' },
    { state: 'queued', running: 'preparing', held: false, failure: trouble, activity: 'preparing' },
    { state: 'queued', running: 'uploading', held: true, failure: null, activity: 'uploading' },
    { state: 'completing', running: null, held: false, failure: null, activity: 'finishing' },
    { state: 'completing', running: 'finishing', held: false, failure: trouble, activity: 'finishing' },
    { state: 'completing', running: null, held: false, failure: trouble, activity: 'retrying' },
    { state: 'completing', running: null, held: true, failure: null, activity: 'waiting' },
    { state: 'paused', running: 'uploading', held: true, failure: null, activity: 'paused' },
    { state: 'failed', running: null, held: true, failure: trouble, activity: 'failed' },
    { state: 'canceling', running: 'preparing', held: true, failure: null, activity: 'canceling' },
    { state: 'completed', running: 'finishing', held: true, failure: null, activity: 'completed' },
    { state: 'canceled', running: null, held: false, failure: null, activity: 'canceling' },
  ] as const)('$state, running as $running, held $held, failure $failure.kind: $activity', (row) => {
    const { state, failure, running, held, activity } = row
    expect(activityOf(transfer({ state, failure }), running, held)).toBe(activity)
  })
})

describe('a row as the page sees it', () => {
  it('tells name and folders apart, and nothing of paths, grants and uploads', () => {
    const row = transfer({ relativePath: 'a/b/c.mov', key: 'drops/1/c.mov', uploadId: 'upload', abortAt: 9 })
    expect(viewOf({ transfer: row, acknowledged: 5 }, 'uploading', false, null)).toEqual({
      id: row.uuid,
      name: 'c.mov',
      folder: 'a/b',
      watchedFolder: null,
      movedFrom: null,
      purpose: 'inbox',
      key: 'drops/1/c.mov',
      size: row.size,
      state: 'queued',
      activity: 'uploading',
      acknowledged: 5,
      failure: null,
      attempts: 0,
      retryAt: null,
      abortAt: 9,
      verification: null,
      createdAt: row.createdAt,
      updatedAt: row.updatedAt,
    })
  })

  it('has no folder for a file dropped by itself', () => {
    const { name, folder } = viewOf(
      { transfer: transfer({ relativePath: 'c.mov' }), acknowledged: 0 },
      null,
      false,
      null,
    )
    expect({ name, folder }).toEqual({ name: 'c.mov', folder: '' })
  })

  it('says when it is tried again only while that is what it waits for', () => {
    const row = transfer({ failure: trouble, retryAt: 9_000 })
    expect(viewOf({ transfer: row, acknowledged: 0 }, null, false, null).retryAt).toBe(9_000)
    expect(viewOf({ transfer: row, acknowledged: 0 }, null, true, null).retryAt).toBeNull()
    expect(viewOf({ transfer: row, acknowledged: 0 }, 'uploading', false, null).retryAt).toBeNull()
  })
})

describe('the counts', () => {
  const total = fc.record({ count: fc.nat(1_000), size: fc.nat(), acknowledged: fc.nat() })
  const totals = fc
    .dictionary(fc.constantFrom(...transferStates), total)
    .map(
      (entries): Totals =>
        new Map(
          Object.entries(entries) as [
            (typeof transferStates)[number],
            { count: number; size: number; acknowledged: number },
          ][],
        ),
    )

  it('add up: all is the sum of the others', () => {
    fc.assert(
      fc.property(totals, fc.nat(6), (some, running) => {
        const unfinished = ['queued', 'completing', 'canceling'] as const
        const open = unfinished.reduce((sum, state) => sum + (some.get(state)?.count ?? 0), 0)
        const { all, ...parts } = countsOf(some, Math.min(running, open))
        expect(Object.values(parts).reduce((sum, count) => sum + count, 0)).toBe(all)
        expect(Math.min(all, ...Object.values(parts))).toBeGreaterThanOrEqual(0)
      }),
    )
  })

  it('show each state under its own filter, and canceled rows under none', () => {
    const each = new Map(
      transferStates.map((state, index) => [state, { count: 10 ** index, size: 0, acknowledged: 0 }]),
    )
    // queued 1, completing 10, canceling 100, paused 1,000, failed 10,000, completed 100,000, canceled 1,000,000
    expect(countsOf(each, 2)).toEqual({
      all: 111_111,
      failed: 10_000,
      active: 2,
      waiting: 109,
      paused: 1_000,
      completed: 100_000,
    })
  })
})

it('sums the bytes of what can go on or is done; only what is queued is left to send by itself', () => {
  const totals: Totals = new Map([
    ['queued', { count: 1, size: 100, acknowledged: 30 }],
    ['completing', { count: 1, size: 50, acknowledged: 50 }],
    ['paused', { count: 1, size: 20, acknowledged: 5 }],
    ['completed', { count: 1, size: 7, acknowledged: 7 }],
    ['failed', { count: 1, size: 1_000, acknowledged: 900 }],
    ['canceling', { count: 1, size: 1_000, acknowledged: 900 }],
    ['canceled', { count: 1, size: 1_000, acknowledged: 0 }],
  ])
  expect(bytesOf(totals)).toEqual({ size: 177, acknowledged: 92, remaining: 70 })
})
