/** Work that is done whenever it is woken, one run at a time; woken while it runs, it runs once more. */
export type Wakeable = { wake(): void }

export function wakeable(work: () => Promise<void>, onError: (error: unknown) => void): Wakeable {
  let running = false
  let again = false
  const run = async (): Promise<void> => {
    running = true
    do {
      again = false
      try {
        await work()
      } catch (error) {
        onError(error)
      }
    } while (again)
    running = false
  }
  return {
    wake() {
      again = true
      if (!running) void run()
    },
  }
}
