export type Slots = {
  /** Runs a task once fewer than `most` are running, in the order in which they were asked for. */
  readonly use: <Output>(task: () => Promise<Output>) => Promise<Output>
}

/** Lets at most so many tasks run at once. */
export const createSlots = (most: number): Slots => {
  let free = most
  const waiting: (() => void)[] = []
  const release = () => {
    const next = waiting.shift()
    if (next === undefined) free += 1
    else next()
  }
  return {
    use: async (task) => {
      if (free > 0) free -= 1
      else await new Promise<void>((resolve) => waiting.push(resolve))
      try {
        return await task()
      } finally {
        release()
      }
    },
  }
}
