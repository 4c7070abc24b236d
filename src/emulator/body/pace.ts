import { setTimeout as delay } from 'node:timers/promises'

/** Waits until so many more bytes may be taken. */
export type Pace = (bytes: number) => Promise<void>

/** Shares a rate (bytes a second, null: none) among all who ask, first come first served; rejects once the signal aborts. */
export function startPace(bytesPerSecond: number | null, signal: AbortSignal): Pace {
  if (bytesPerSecond === null) return async () => {}
  let free = 0
  return async (bytes) => {
    const now = performance.now()
    free = Math.max(now, free) + (bytes / bytesPerSecond) * 1_000
    if (free - now >= 1) await delay(free - now, undefined, { signal })
  }
}
