import { writeFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'

/**
 * Preloaded into a Node process (`node --import`): writes the 99th percentile of how late its event loop was, in ms, into the
 * file that LOOP_DELAY_FILE names when the process ends.
 */
const resolution = 1
const delay = monitorEventLoopDelay({ resolution })
delay.enable()
process.once('exit', () => {
  // What is recorded is the time between two looks, of which the resolution is no delay.
  writeFileSync(process.env.LOOP_DELAY_FILE ?? '', String(delay.percentile(99) / 1e6 - resolution))
})
