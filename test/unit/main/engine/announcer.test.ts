import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Announcer, type Round } from '../../../../src/main/engine/announcer.ts'

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 })
})
afterEach(() => {
  vi.useRealTimers()
})

/** An announcer that writes down when it told what. */
function harness({
  live = () => false,
  tell = () => {},
}: {
  live?: () => boolean
  tell?: (round: Round) => void
} = {}) {
  const told: { at: number; changed: Round['changed'] }[] = []
  const announcer = new Announcer(
    (round) => {
      told.push({ at: Date.now() - 1_000_000, changed: round.changed })
      tell(round)
    },
    live,
    Date.now,
  )
  return { announcer, told }
}

it('tells first news after 20 ms, together with what came meanwhile, each row once', () => {
  const { announcer, told } = harness()
  for (const id of [1, 2, 1]) announcer.rowChanged(id)
  announcer.changed()
  vi.advanceTimersByTime(1_000)
  expect(told).toEqual([{ at: 20, changed: [1, 2] }])
})

it('tells further news 350 ms after the last, so that its messages are never more than 10 a second', () => {
  const { announcer, told } = harness()
  for (let ms = 0; ms < 10_000; ms += 1) {
    announcer.rowChanged(ms % 100)
    vi.advanceTimersByTime(1)
  }
  expect(told[1]?.at).toBe(370)
  expect((told.length * 3) / 10).toBeLessThanOrEqual(10)
})

it('does not name more than 200 rows', () => {
  const { announcer, told } = harness()
  for (let id = 0; id < 200; id += 1) announcer.rowChanged(id)
  vi.advanceTimersByTime(20)
  for (let id = 0; id < 201; id += 1) announcer.rowChanged(id)
  vi.advanceTimersByTime(350)
  expect(told.map(({ changed }) => changed?.length ?? null)).toEqual([200, null])
})

it('goes on by itself while numbers move, though no row changes, and rests afterwards', () => {
  let live = true
  const { announcer, told } = harness({ live: () => live })
  announcer.changed()
  vi.advanceTimersByTime(1_100)
  live = false
  vi.advanceTimersByTime(10_000)
  expect(told.map(({ at }) => at)).toEqual([20, 370, 720, 1_070, 1_420])
})

it('does not wait for long where the clock was set back', () => {
  const { announcer, told } = harness()
  announcer.changed()
  vi.advanceTimersByTime(20)
  vi.setSystemTime(0)
  announcer.changed()
  vi.advanceTimersByTime(350)
  expect(told).toHaveLength(2)
})

it('keeps what changes while it tells for the next round', () => {
  const { announcer, told } = harness({
    tell: ({ changed }) => {
      if (changed?.includes(1)) announcer.rowChanged(2)
    },
  })
  announcer.rowChanged(1)
  vi.advanceTimersByTime(1_000)
  expect(told.map(({ changed }) => changed)).toEqual([[1], [2]])
})

it.each([
  { when: 'while news wait', waiting: [1] },
  { when: 'while nothing is to be told', waiting: [] },
])('tells nothing more after its end $when', ({ waiting }) => {
  const { announcer, told } = harness({ live: () => true })
  for (const id of waiting) announcer.rowChanged(id)
  announcer.end()
  announcer.rowChanged(2)
  vi.advanceTimersByTime(10_000)
  expect(told).toEqual([])
})
