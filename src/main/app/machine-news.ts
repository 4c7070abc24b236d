import { net, powerMonitor } from 'electron'
import type { ToEngine } from '../../shared/engine-protocol.ts'

export type MachineNews = Extract<ToEngine, { kind: 'machine' }>['news']

/** How often the system is asked whether it has a network; Electron's main process has no event for it. */
const networkInterval = 2_000

/** Tells when the machine goes to sleep, wakes, loses its network or gets it back. Returns the end of it. */
export function watchMachine(tell: (news: MachineNews) => void): () => void {
  const suspend = () => tell('suspend')
  const wake = () => tell('wake')
  powerMonitor.on('suspend', suspend)
  powerMonitor.on('resume', wake)
  let online = net.isOnline()
  const timer = setInterval(() => {
    if (net.isOnline() === online) return
    online = !online
    tell(online ? 'online' : 'offline')
  }, networkInterval)
  return () => {
    powerMonitor.off('suspend', suspend)
    powerMonitor.off('resume', wake)
    clearInterval(timer)
  }
}
