import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createThrottle } from '../../../src/renderer/data/throttle.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

test('The first request runs at once; those in the time after it are one more run.', async () => {
  const run = vi.fn(async () => {})
  const throttle = createThrottle(run, 100)
  throttle.request()
  expect(run).toHaveBeenCalledTimes(1)
  throttle.request()
  throttle.request()
  await vi.advanceTimersByTimeAsync(99)
  expect(run).toHaveBeenCalledTimes(1)
  await vi.advanceTimersByTimeAsync(1)
  expect(run).toHaveBeenCalledTimes(2)
  await vi.advanceTimersByTimeAsync(1_000)
  expect(run).toHaveBeenCalledTimes(2)
  throttle.request()
  expect(run).toHaveBeenCalledTimes(3)
})

test('A run that takes longer than its time is followed by one, once it has ended.', async () => {
  const ended = Promise.withResolvers<void>()
  const run = vi.fn(() => ended.promise)
  const throttle = createThrottle(run, 100)
  throttle.request()
  await vi.advanceTimersByTimeAsync(50)
  throttle.request()
  await vi.advanceTimersByTimeAsync(1_000)
  expect(run).toHaveBeenCalledTimes(1)
  ended.resolve()
  await vi.advanceTimersByTimeAsync(0)
  expect(run).toHaveBeenCalledTimes(2)
})

test('A run that still waits is dropped when the throttle stops.', async () => {
  const run = vi.fn(async () => {})
  const throttle = createThrottle(run, 100)
  throttle.request()
  throttle.request()
  throttle.stop()
  await vi.advanceTimersByTimeAsync(1_000)
  expect(run).toHaveBeenCalledTimes(1)
})
