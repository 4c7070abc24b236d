/** Bytes that came at a time (ms of any clock). */
export type Arrival = { readonly at: number; readonly bytes: number }

/** Bytes a second from `from` until before `to` (ms). */
export function rateBetween(arrivals: readonly Arrival[], from: number, to: number): number {
  const bytes = arrivals.reduce((sum, { at, bytes }) => (at >= from && at < to ? sum + bytes : sum), 0)
  return (bytes * 1_000) / (to - from)
}

/** In which a rate is seen, and in which it must last (ms). */
const window = 250
const lasting = 1_000
const step = 10

type Asked = {
  readonly from: number
  readonly to: number
  readonly rate: number
  /** A share of the rate. */
  readonly tolerance: number
}

/**
 * How long (ms) after `from` the rate was first seen to be the one that was set: the end of the first 250 ms in which it was
 * there, and was so too in the mean of the whole second that they begin. Null: not until `to`.
 */
export function timeToRate(arrivals: readonly Arrival[], { from, to, rate, tolerance }: Asked): number | null {
  const isThere = (begin: number, length: number) =>
    Math.abs(rateBetween(arrivals, begin, begin + length) - rate) <= rate * tolerance
  for (let begin = from; begin + lasting <= to; begin += step)
    if (isThere(begin, window) && isThere(begin, lasting)) return begin + window - from
  return null
}
