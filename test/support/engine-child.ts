import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import type { FromEngine, ToEngine } from '../../src/shared/engine-protocol.ts'
import { type ClockSetting, fastClock, replaceDate } from './clock.ts'
import { type CrashPoint, crashAt } from './crash-at.ts'

/**
 * The product's engine entry in a process that engine-process.ts forked: the port to its parent is the fork's channel, its
 * clock and its end are the test's. Arguments: the database's path, and a plan as JSON.
 */
export type ChildPlan = { readonly crashAt: CrashPoint | null; readonly clock: ClockSetting | null }

/** What the test says besides: the clock shows something else from now on. */
export type ClockNews = { readonly kind: 'clock'; readonly setting: ClockSetting }

const plan = JSON.parse(process.argv[3] ?? '') as ChildPlan
const clock = fastClock(1)
if (plan.clock !== null) clock.set(plan.clock)
replaceDate(clock.now)
if (plan.crashAt !== null) {
  crashAt(BetterSqlite3.prototype, plan.crashAt, () => process.kill(process.pid, 'SIGKILL'))
}
process.on('disconnect', () => process.exit(1))

const parentPort = {
  postMessage: (message: FromEngine) => process.send?.(message),
  on: (_: 'message', listener: (message: { readonly data: ToEngine }) => void) =>
    process.on('message', (data: ToEngine | ClockNews) => {
      if (data.kind === 'clock') clock.set(data.setting)
      else listener({ data })
    }),
}
Object.assign(process, { parentPort })
await import(join(import.meta.dirname, '../../src/main/engine/index.ts'))
