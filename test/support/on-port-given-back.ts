import { setTimeout as sleep } from 'node:timers/promises'

/** Starts a server on a port that was given back. An outgoing connection of this machine may have taken it for a moment. */
export async function onPortGivenBack<Started>(start: () => Promise<Started>): Promise<Started> {
  for (let tries = 100; ; tries -= 1) {
    try {
      return await start()
    } catch (error) {
      if (tries === 0 || (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
      await sleep(50)
    }
  }
}
