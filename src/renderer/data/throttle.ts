export type Throttle = {
  /** Runs at once, or when the time since the last run is over; many requests in that time are one run. */
  readonly request: () => void
  /** Drops a run that is still waiting. */
  readonly stop: () => void
}

/** Runs `run` at most once in `milliseconds`, and never forgets the last request. */
export const createThrottle = (run: () => void, milliseconds: number): Throttle => {
  let resting: ReturnType<typeof setTimeout> | null = null
  let requested = false
  const start = () => {
    run()
    resting = setTimeout(() => {
      resting = null
      if (!requested) return
      requested = false
      start()
    }, milliseconds)
  }
  return {
    request: () => {
      if (resting) requested = true
      else start()
    },
    stop: () => {
      if (resting) clearTimeout(resting)
      resting = null
      requested = false
    },
  }
}
