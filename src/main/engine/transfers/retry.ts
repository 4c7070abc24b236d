const firstDelay = 1_000
const longestDelay = 5 * 60_000

/**
 * How long (ms) to wait before the attempt after `attempts` failed ones: full jitter up to a ceiling that doubles from
 * 1 s to 5 min (AWS Architecture Blog, "Exponential Backoff and Jitter"); never before the store's own Retry-After.
 * `random` is in [0, 1).
 */
export function retryDelay(attempts: number, random: number, retryAfter: number | null = null): number {
  const ceiling = Math.min(longestDelay, firstDelay * 2 ** Math.min(attempts, 20))
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
