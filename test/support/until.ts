import { setImmediate } from 'node:timers/promises'

/** Of real time (ms), also where a test holds the clock. */
const patience = 15_000
const now = performance.now.bind(performance)

/** Resolves once it is so. Sets no timers, so that a test may hold those. */
export async function until(isSo: () => boolean): Promise<void> {
  const end = now() + patience
  while (!isSo()) {
    if (now() > end) throw new Error(`it did not come about: ${isSo}`)
    await setImmediate()
  }
}
