import type { FromEngine, ToEngine } from '../../shared/engine-protocol.ts'
import { failed } from '../../shared/failure.ts'
import { announcementsTo } from './announcements.ts'
import { createCallAnswerer } from './answer-call.ts'
import { databaseFailureOf, databaseProblemOf } from './db/database.ts'
import { createEngine } from './engine.ts'

/** The port to the process that forked this one, as a utility process has it; typed here because the engine knows no Electron. */
type ParentPort = {
  postMessage(message: FromEngine): void
  on(event: 'message', listener: (message: { readonly data: ToEngine }) => void): void
}

const port = (process as unknown as { parentPort: ParentPort }).parentPort
const databasePath = process.argv[2]
if (databasePath === undefined) throw new Error('the engine needs the path of its database')

/** A broken database is told to the person; anything else ends the process, and main starts another from the rows. */
function end(error: unknown): void {
  if (databaseFailureOf(error) === null || databaseProblemOf(error) !== 'database_corrupt') {
    console.error(error instanceof Error ? error.stack : error)
    process.exit(1)
  }
  port.postMessage({ kind: 'refused', problem: 'database_corrupt' })
  if (engine.ok) void engine.value.stop().finally(() => process.exit(1))
}
process.on('uncaughtException', end)
// a terminal's Ctrl-C reaches every process; main quits and says "stop"
process.on('SIGINT', () => undefined)

const engine = createEngine({
  databasePath,
  now: Date.now,
  random: Math.random,
  announce: announcementsTo((channel, payload) => port.postMessage({ kind: 'event', channel, payload })),
  keep: (session) => port.postMessage({ kind: 'keep', session }),
  onFatal: end,
})

if (engine.ok) {
  const { handlers, begin, machine, stop } = engine.value
  const answer = createCallAnswerer(handlers)
  port.on('message', ({ data }) => {
    switch (data.kind) {
      case 'call':
        void answer(data.channel, data.input)
          .catch((error) => {
            const failure = databaseFailureOf(error)
            if (failure?.kind !== 'disk_full') end(error)
            return failed(failure?.kind ?? 'engine_unavailable')
          })
          .then((result) => port.postMessage({ kind: 'answer', id: data.id, result }))
        return
      case 'begin':
        void begin(data).catch(end)
        return
      case 'machine':
        machine(data.news)
        return
      case 'stop':
        void stop().then(() => process.exit(0))
        return
    }
  })
  port.postMessage({ kind: 'ready' })
} else {
  port.postMessage({ kind: 'refused', problem: engine.failure })
}
