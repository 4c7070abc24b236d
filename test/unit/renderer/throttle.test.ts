import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createThrottle } from '../../../src/renderer/data/throttle.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

test('The first request runs at once; those in the time after it are one more run.', () => {
  const run = vi.fn()
  const throttle = createThrottle(run, 100)
  throttle.request()
  expect(run).toHaveBeenCalledTimes(1)
  throttle.request()
  throttle.request()
  vi.advanceTimersByTime(99)
  expect(run).toHaveBeenCalledTimes(1)
  vi.advanceTimersByTime(1)
  expect(run).toHaveBeenCalledTimes(2)
  vi.advanceTimersByTime(1_000)
  expect(run).toHaveBeenCalledTimes(2)
})

test('A run that still waits is dropped when the throttle stops.', () => {
  const run = vi.fn()
  const throttle = createThrottle(run, 100)
  throttle.request()
  throttle.request()
  throttle.stop()
  vi.advanceTimersByTime(1_000)
  expect(run).toHaveBeenCalledTimes(1)
})
