/**
 * How long (ms) an answer asks to be left alone: its `Retry-After`, in seconds or as an HTTP date (RFC 9110, 10.2.3),
 * which is read by the server's own clock, the answer's `Date`. Null: it does not ask, or not so that it can be read.
 */
export function retryAfterOf(headers: {
  readonly retryAfter: string | null | undefined
  readonly date: string | null | undefined
}): number | null {
  const wish = headers.retryAfter?.trim() ?? ''
  if (/^\d+$/.test(wish)) return Number(wish) * 1_000
  // other texts are no HTTP dates, though Date.parse finds a date in nearly any
  if (!wish.endsWith(' GMT')) return null
  const wait = Date.parse(wish) - Date.parse(headers.date ?? '')
  return Number.isNaN(wait) ? null : Math.max(0, wait)
}
