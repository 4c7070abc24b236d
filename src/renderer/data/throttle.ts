export type Throttle = {
  /** Runs at once, or when the run before has ended and its time is over; all requests until then are one run. */
  readonly request: () => void
  /** Ends it: nothing runs any more. */
  readonly stop: () => void
}

/** Runs `run` one at a time, at most once in `milliseconds`, and never forgets the last request. `run` must not reject. */
export const createThrottle = (run: () => Promise<unknown>, milliseconds: number): Throttle => {
  let isResting = false
  let isRequested = false
  let isStopped = false
  const request = () => {
    isRequested = true
    if (!isResting) void start()
  }
  const start = async () => {
    isResting = true
    while (isRequested && !isStopped) {
      isRequested = false
      await Promise.all([run(), new Promise((resolve) => setTimeout(resolve, milliseconds))])
    }
    isResting = false
  }
  return {
    request,
    stop: () => {
      isStopped = true
    },
  }
}
