import { useRef } from 'react'

/** The last value that was one: what a dialog shows while it closes. */
export const useLast = <Value>(value: Value | null): Value | null => {
  const last = useRef(value)
  if (value !== null) last.current = value
  return last.current
}
