import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { announcementsTo } from './announcements.ts'
import { createEngine } from './engine.ts'

/**
 * The engine from a terminal: sends what is named, or what an earlier run left, and ends when nothing is left to do.
 * Each event is one JSON line on standard output.
 */
const usage =
  'usage: LONGSHORE_TOKEN=… node src/main/engine/headless.ts --broker URL --profile DIR [--purpose NAME] [PATH…]'

const { values, positionals } = parseArgs({
  options: { broker: { type: 'string' }, profile: { type: 'string' }, purpose: { type: 'string' } },
  allowPositionals: true,
})
const given = z.object({ broker: z.string(), profile: z.string(), token: z.string() }).safeParse({
  ...values,
  token: process.env.LONGSHORE_TOKEN,
})
if (!given.success) {
  console.error(usage)
  process.exit(2)
}
const { broker, profile, token } = given.data
delete process.env.LONGSHORE_TOKEN

const print = (line: object) => console.log(JSON.stringify(line))
const fail = (line: object): never => {
  print(line)
  process.exit(1)
}

mkdirSync(profile, { recursive: true })
const created = createEngine({
  databasePath: join(profile, 'longshore.db'),
  now: Date.now,
  random: Math.random,
  announce: announcementsTo((event, payload) => {
    print({ event, payload })
    if (event === 'queue.changed') endWhenDone()
  }),
  keep: () => {},
  onFatal: (error) => fail({ fatal: String(error) }),
})
const engine = created.ok ? created.value : fail({ problem: created.failure })
/** What was named is in the queue. */
let added = false
let ending = false

const signedIn = await engine.handlers.session.signIn({ brokerUrl: broker, token })
if (!signedIn.ok) fail({ failure: signedIn.failure })
else if (positionals.length > 0 && signedIn.value.state === 'signed_in') {
  const purpose = values.purpose ?? signedIn.value.purposes.find(({ folders }) => !folders)?.name ?? ''
  const summary = await engine.handlers.transfers.add({ purpose, paths: positionals.map((path) => resolve(path)) })
  if (summary.ok) print({ added: summary.value })
  else fail({ failure: summary.failure })
}
added = true
await endWhenDone()

async function endWhenDone(): Promise<void> {
  if (!added) return
  const status = await engine.handlers.queue.status()
  if (ending || !status.ok || status.value.counts.active + status.value.counts.waiting > 0) return
  ending = true
  await engine.stop()
  process.exit(status.value.counts.failed === 0 ? 0 : 1)
}
