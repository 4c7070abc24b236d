import { expect, test, vi } from 'vitest'
import { createProgressStore } from '../../../src/renderer/data/progress-store.ts'
import type { TransferProgress } from '../../../src/shared/transfer.ts'
import { transferRow } from '../../support/fake-engine.ts'

const row = transferRow(1, { activity: 'uploading' })
const other = transferRow(2, { activity: 'uploading' })

const progressOf = (overrides: Partial<TransferProgress> = {}): TransferProgress => ({
  id: row.id,
  activity: 'uploading',
  read: 110,
  acknowledged: 100,
  inFlight: 10,
  bytesPerSecond: 50,
  secondsLeft: 60,
  ...overrides,
})

const storeAt = () => {
  const clock = { time: 0 }
  return { clock, store: createProgressStore(() => clock.time) }
}

test('Only the listeners of the transfer that moved are told.', () => {
  const { store } = storeAt()
  const [mine, others] = [vi.fn(), vi.fn()]
  store.subscribe(row.id, mine)
  store.subscribe(other.id, others)
  store.apply([progressOf()])
  expect(mine).toHaveBeenCalledTimes(1)
  expect(others).not.toHaveBeenCalled()
})

test('A listener that ended is told nothing more.', () => {
  const { store } = storeAt()
  const listener = vi.fn()
  store.subscribe(row.id, listener)()
  store.apply([progressOf()])
  expect(listener).not.toHaveBeenCalled()
})

test('An estimate stands for five seconds, while the bytes go on.', () => {
  const { clock, store } = storeAt()
  store.apply([progressOf()])
  clock.time = 4_999
  store.apply([progressOf({ acknowledged: 200, secondsLeft: 50 })])
  expect(store.get(row.id)).toEqual(progressOf({ acknowledged: 200, secondsLeft: 60 }))
  clock.time = 5_000
  store.apply([progressOf({ acknowledged: 300, secondsLeft: 40 })])
  expect(store.get(row.id)).toEqual(progressOf({ acknowledged: 300, secondsLeft: 40 }))
})

test('A first estimate is shown as soon as it is there.', () => {
  const { clock, store } = storeAt()
  store.apply([progressOf({ secondsLeft: null })])
  clock.time = 100
  store.apply([progressOf({ secondsLeft: 40 })])
  expect(store.get(row.id)?.secondsLeft).toBe(40)
})

test('The numbers of a transfer that stopped moving are dropped, and its row is told.', () => {
  const { store } = storeAt()
  const listener = vi.fn()
  store.apply([progressOf()])
  store.subscribe(row.id, listener)
  store.settle([{ ...row, state: 'paused', activity: 'paused' }])
  expect(store.get(row.id)).toBeUndefined()
  expect(listener).toHaveBeenCalledTimes(1)
})

test('A transfer that goes from uploading to finishing keeps its numbers.', () => {
  const { store } = storeAt()
  store.apply([progressOf()])
  store.settle([{ ...row, state: 'completing', activity: 'finishing' }])
  expect(store.get(row.id)).toEqual(progressOf({ activity: 'finishing' }))
})
