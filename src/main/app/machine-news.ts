import { net, powerMonitor } from 'electron'
import type { ToEngine } from '../../shared/engine-protocol.ts'

export type MachineNews = Extract<ToEngine, { kind: 'machine' }>['news']

/** How often the system is asked for its network and power: Electron has no event for the one, and on Linux none for the other. */
const lookInterval = 2_000

const networkNow = () => (net.isOnline() ? 'online' : 'offline')
/** What the machine runs on. */
export const powerNow = () => (powerMonitor.isOnBatteryPower() ? 'battery' : 'mains')

/**
 * Tells when the machine goes to sleep, wakes, loses its network or gets it back, runs on its battery or on mains again.
 * Returns the end of it.
 */
export function watchMachine(tell: (news: MachineNews) => void): () => void {
  const suspend = () => tell('suspend')
  const wake = () => tell('wake')
  powerMonitor.on('suspend', suspend)
  powerMonitor.on('resume', wake)
  const timers = [tellChanges(networkNow, tell), tellChanges(powerNow, tell)]
  return () => {
    powerMonitor.off('suspend', suspend)
    powerMonitor.off('resume', wake)
    for (const timer of timers) clearInterval(timer)
  }
}

function tellChanges<News extends MachineNews>(look: () => News, tell: (news: News) => void): NodeJS.Timeout {
  let known = look()
  return setInterval(() => {
    const seen = look()
    if (seen !== known) tell(seen)
    known = seen
  }, lookInterval)
}
