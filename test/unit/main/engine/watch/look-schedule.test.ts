import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { LookSchedule } from '../../../../../src/main/engine/watch/look-schedule.ts'

const minute = 60_000
const hour = 60 * minute
const began = Date.UTC(2026, 0, 1)

/** A schedule after its first look through the whole folder, which took so long (ms). */
const afterLook = (took = 100): LookSchedule => {
  const schedule = new LookSchedule()
  schedule.take(began, true)
  schedule.lookedThrough(began, took)
  return schedule
}

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }))
afterEach(() => void vi.useRealTimers())

describe('the whole folder is looked through', () => {
  it('at the beginning', () => {
    expect(new LookSchedule().take(began, true)).toBe('everything')
  })

  it('an hour after the last time, and not before', () => {
    const schedule = afterLook()
    expect(schedule.take(began + hour - 1, true)).toEqual([])
    expect(schedule.take(began + hour, true)).toBe('everything')
  })

  it('up to a tenth of an hour later by chance, so that many folders are not looked through at once', () => {
    const schedule = afterLook()
    expect(schedule.untilNext(began, true, 0)).toBe(hour)
    expect(schedule.untilNext(began + 10 * minute, true, 0.5)).toBe(53 * minute)
  })

  it('each minute where the system tells of no changes, and at most for a twentieth of the time', () => {
    expect(afterLook(100).untilNext(began, false, 0)).toBe(minute)
    expect(afterLook(2 * minute).untilNext(began, false, 0)).toBe(40 * minute)
  })

  it('at once where it is asked for, also while single folders rest', () => {
    const schedule = afterLook()
    schedule.lookedAtFolders(1_000)
    schedule.everything()
    expect(schedule.take(began + 1, true)).toBe('everything')
    expect(schedule.take(began + 1, true)).toEqual([])
  })

  it('where the last time is ahead of the clock, which was set back', () => {
    expect(afterLook().take(began - minute, true)).toBe('everything')
  })
})

describe('single folders are looked at', () => {
  it('once, together with what was named since', () => {
    const schedule = afterLook()
    schedule.folders(['a'])
    schedule.folders(['b', 'a'])
    expect(schedule.take(began, true)).toEqual(['a', 'b'])
    expect(schedule.take(began, true)).toEqual([])
  })

  it('again when four times as long has passed as the last look took', () => {
    const schedule = afterLook()
    schedule.lookedAtFolders(100)
    schedule.folders(['a'])
    expect([schedule.take(began, true), schedule.untilNext(began, true, 0)]).toEqual([[], 400])
    vi.advanceTimersByTime(400)
    expect(schedule.take(began, true)).toEqual(['a'])
  })

  it('at the earliest of the times that were asked for', () => {
    const schedule = afterLook()
    expect(schedule.foldersAt(['a'], began + 2_000)).toBe(true)
    expect(schedule.foldersAt(['b'], began + 3_000)).toBe(false)
    expect(schedule.untilNext(began, true, 0)).toBe(2_000)
    expect(schedule.take(began + 1_999, true)).toEqual([])
    expect(schedule.take(began + 2_000, true)).toEqual(['a', 'b'])
  })
})
