import { setImmediate } from 'node:timers/promises'

/** Of real time (ms). */
const patience = 5_000

/** Resolves once it is so. Sets no timers, so that a test may hold those. */
export async function until(isSo: () => boolean): Promise<void> {
  const end = performance.now() + patience
  while (!isSo()) {
    if (performance.now() > end) throw new Error(`it did not come about: ${isSo}`)
    await setImmediate()
  }
}
