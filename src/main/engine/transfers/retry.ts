const firstDelay = 1_000
const longestDelay = 5 * 60_000
/** Where the way to the store broke: everything goes on within 5 s of the network's return. */
const longestWayDelay = 4_500

/**
 * How long (ms) to wait before the attempt after `attempts` failed ones: full jitter up to a ceiling that doubles from
 * 1 s to 5 min (AWS Architecture Blog, "Exponential Backoff and Jitter"), or to 4.5 s where it was the way that failed and
 * not the store; never before the store's own Retry-After. `random` is in [0, 1).
 */
export function retryDelay(
  attempts: number,
  random: number,
  { retryAfter = null, from = 'store' }: { retryAfter?: number | null; from?: 'broker' | 'store' | 'way' } = {},
): number {
  const ceiling = Math.min(from === 'way' ? longestWayDelay : longestDelay, firstDelay * 2 ** Math.min(attempts, 20))
  return Math.min(longestDelay, Math.max(Math.round(ceiling * random), retryAfter ?? 0))
}

/**
 * How long (ms) what is held waits before it tries again: everything goes on within 5 s of the cause's end, but never before
 * the other side's own Retry-After.
 */
export const holdDelay = (random: number, retryAfter: number | null = null): number =>
  Math.min(longestDelay, Math.max(Math.round(2_000 + 2_500 * random), retryAfter ?? 0))

/** When (ms) a row whose source is away runs again by itself, though it should be found back long before. */
export const awayDelay = (random: number): number => Math.round(longestDelay * (0.8 + 0.2 * random))
