import { basename } from 'node:path'
import { expect, test } from 'vitest'
import type { ServedOperation } from '../../src/emulator/faults/rule.ts'
import type { TransferState, TransferView } from '../../src/shared/transfer.ts'
import type { CrashPoint } from '../support/crash-at.ts'
import { goOn, newFile, oneByOne, times } from '../support/crash-window.ts'
import type { EngineControl } from '../support/engine-control.ts'
import type { Lab } from '../support/lab.ts'
import { showing } from '../support/reliability.ts'
import { savedRows } from '../support/saved-rows.ts'
import { startSmallLab } from '../support/sending.ts'
import { value } from '../support/value.ts'

type Command = 'pause' | 'resume' | 'cancel'

/** While the store has a request: before its work, or after it and before the answer. */
type Held = { readonly operation: ServedOperation; readonly when: 'before' | 'after' }

/**
 * A person's command in such a moment, and what the row says in the end or, paused, until it is let go on. Only the store's
 * word ends a row that is completing: it takes no command.
 */
type Moment = Held & {
  readonly command: Exclude<Command, 'resume'>
  readonly left: TransferState
  readonly emptyUploads?: number
}

const inWords = ({ operation, when }: Held) =>
  `while ${operation} is ${when === 'before' ? 'on its way' : 'done but not answered'}`

const create = { operation: 'CreateMultipartUpload' } as const
const part = { operation: 'UploadPart' } as const
const complete = { operation: 'CompleteMultipartUpload' } as const
const put = { operation: 'PutObject' } as const

const partsFor = ({ operation }: Held) => (operation === 'PutObject' ? 1 : 2)
const onTheWire = ({ operation }: Held) => (operation === 'UploadPart' || operation === 'PutObject' ? 1 : 0)
const taken = ({ operation }: Held) => (operation === 'CompleteMultipartUpload' ? 0 : 1)

test.for<Moment>([
  { command: 'pause', ...create, when: 'before', left: 'paused' },
  { command: 'pause', ...create, when: 'after', left: 'paused', emptyUploads: 1 },
  { command: 'pause', ...part, when: 'after', left: 'paused' },
  { command: 'pause', ...complete, when: 'before', left: 'completed' },
  { command: 'pause', ...complete, when: 'after', left: 'completed' },
  { command: 'pause', ...put, when: 'before', left: 'paused' },
  { command: 'pause', ...put, when: 'after', left: 'paused' },
  { command: 'cancel', ...create, when: 'before', left: 'canceled' },
  { command: 'cancel', ...create, when: 'after', left: 'canceled', emptyUploads: 1 },
  { command: 'cancel', ...part, when: 'after', left: 'canceled' },
  { command: 'cancel', ...complete, when: 'before', left: 'completed' },
  { command: 'cancel', ...complete, when: 'after', left: 'completed' },
  { command: 'cancel', ...put, when: 'before', left: 'canceled' },
  { command: 'cancel', ...put, when: 'after', left: 'completed' },
])('$command while $operation is held $when its work, then a kill: $left', async (moment, { task }) => {
  const { command, left, emptyUploads = 0 } = moment
  const shown = showing(task, {
    ...{ fault: 'killed', moment: `${command} ${inWords(moment)}`, slots: 1 },
    outcome: left === 'paused' ? 'paused; resumed: completed' : left,
  })
  await using lab = await startSmallLab()
  const sources: string[] = []
  let engine = await lab.engineProcess(undefined, oneByOne)
  await engine.signIn()
  for (let time = 1; time <= times; time += 1) {
    const path = await newFile(lab, partsFor(moment))
    const held = hold(lab, moment)
    await engine.add(path)
    await held.reached
    expect(await say(engine, command, path)).toBe(taken(moment))
    await engine.kill()
    shown.killed()
    held.remove()

    engine = await lab.engineProcess(engine.profile)
    await engine.begin()
    expect(stateOf(await engine.settled(), path)).toBe(left)
    if (left === 'canceled') continue
    sources.push(path)
    if (left === 'paused') await say(engine, 'resume', path)
    expect(stateOf(await engine.settled(), path)).toBe('completed')
  }
  await engine.stop()
  await shown.ends(lab, sources, { resent: times * onTheWire(moment), emptyUploads: times * emptyUploads })
})

test('a small file that was sent before a kill is known to be there when its paused row is canceled', async ({
  task,
}) => {
  const shown = showing(task, {
    ...{ fault: 'killed', moment: 'pause while PutObject is done but not answered, then cancel' },
    ...{ outcome: 'completed', slots: 1 },
  })
  await using lab = await startSmallLab()
  const sources: string[] = []
  let engine = await lab.engineProcess(undefined, oneByOne)
  await engine.signIn()
  for (let time = 1; time <= times; time += 1) {
    const path = await newFile(lab, 1)
    sources.push(path)
    const held = hold(lab, { ...put, when: 'after' })
    await engine.add(path)
    await held.reached
    await say(engine, 'pause', path)
    await engine.kill()
    shown.killed()
    held.remove()
    engine = await lab.engineProcess(engine.profile)
    await engine.begin()
    await say(engine, 'cancel', path)
    expect(stateOf(await engine.settled(), path)).toBe('completed')
  }
  await engine.stop()
  await shown.ends(lab, sources, { resent: 0 })
})

test.for<{ readonly moment: string; readonly at: Held | CrashPoint }>([
  { moment: 'broker asked → broker looked', at: { operation: 'HeadObject', when: 'before' } },
  { moment: 'broker looked → its answer', at: { operation: 'HeadObject', when: 'after' } },
  { moment: 'broker answered → completed', at: { when: 'before', effect: 'completed' } },
])(
  'a canceled small file that was sent is found although the engine that asks dies between $moment',
  async (window, { task }) => {
    const { moment, at } = window
    const shown = showing(task, {
      ...{ fault: 'killed twice', moment: `cancel while PutObject is done but not answered; ${moment}` },
      ...{ outcome: 'completed', slots: 1 },
    })
    await using lab = await startSmallLab()
    const sources: string[] = []
    for (let time = 1; time <= times; time += 1) {
      const path = await newFile(lab, 1)
      sources.push(path)
      const sent = hold(lab, { ...put, when: 'after' })
      const sending = await lab.engineProcess(undefined, oneByOne)
      await sending.signIn()
      await sending.add(path)
      await sent.reached
      await say(sending, 'cancel', path)
      await sending.kill()
      shown.killed()
      sent.remove()

      const look = 'operation' in at ? hold(lab, at) : null
      const asking = await lab.engineProcess(sending.profile, 'effect' in at ? { crashAt: at } : {})
      // it may die before the test knows that it has begun
      const begun = asking.begin().catch(() => {})
      if (look !== null) await look.reached.then(() => asking.kill())
      await Promise.all([asking.exited, begun])
      shown.killed()
      look?.remove()
      expect(await goOn(lab, sending.profile)).toEqual(['completed'])
    }
    await shown.ends(lab, sources, { resent: 0 })
  },
)

test.for<Moment>([
  { command: 'pause', ...create, when: 'after', left: 'paused' },
  { command: 'pause', ...complete, when: 'after', left: 'completed' },
  { command: 'pause', ...put, when: 'after', left: 'completed' },
  { command: 'cancel', ...create, when: 'after', left: 'canceled' },
  { command: 'cancel', ...complete, when: 'after', left: 'completed' },
  { command: 'cancel', ...put, when: 'after', left: 'completed' },
])('$command while $operation is held, then its answer comes: $left', async (moment, { task }) => {
  const { command, left } = moment
  const shown = showing(task, {
    ...{ fault: command, moment: inWords(moment), slots: 1 },
    outcome: left === 'paused' ? 'paused; resumed: completed' : left,
  })
  await using lab = await startSmallLab()
  const sources: string[] = []
  const engine = await lab.engineProcess(undefined, oneByOne)
  await engine.signIn()
  for (let time = 1; time <= times; time += 1) {
    const path = await newFile(lab, partsFor(moment))
    const held = hold(lab, moment)
    const abort = hold(lab, { operation: 'AbortMultipartUpload', when: 'before' })
    await engine.add(path)
    await held.reached
    expect(await say(engine, command, path)).toBe(taken(moment))
    shown.happened()
    held.remove()
    if (left === 'canceled') await abort.reached
    abort.remove()
    await engine.until((rows) => stateOf(rows, path) === left)
    if (left === 'canceled') continue
    sources.push(path)
    if (left === 'paused') await say(engine, 'resume', path)
    expect(stateOf(await engine.settled(), path)).toBe('completed')
  }
  await engine.stop()
  await shown.ends(lab, sources, { resent: 0 })
})

test.for<{ readonly moment: string; readonly at: Held | CrashPoint }>([
  { moment: 'canceling → Abort', at: { when: 'after', effect: 'canceling' } },
  { moment: 'Abort arrived → upload gone', at: { operation: 'AbortMultipartUpload', when: 'before' } },
  { moment: 'upload gone → Abort answered', at: { operation: 'AbortMultipartUpload', when: 'after' } },
  { moment: 'Abort answered → canceled', at: { when: 'before', effect: 'canceled' } },
])(
  'nothing is left of a canceled upload although its engine dies between $moment',
  async ({ moment, at }, { task }) => {
    const shown = showing(task, { fault: 'killed', moment, outcome: 'canceled', slots: 1 })
    await using lab = await startSmallLab()
    const profiles: string[] = []
    for (let time = 1; time <= times; time += 1) {
      const path = await newFile(lab, 2)
      const second = lab.faults.add({ match: { ...part, nth: 2 }, fault: { kind: 'hold', when: 'before' } })
      const abort = 'operation' in at ? hold(lab, at) : null
      const engine = await lab.engineProcess(undefined, { ...oneByOne, ...('effect' in at && { crashAt: at }) })
      profiles.push(engine.profile)
      await engine.signIn()
      await engine.add(path)
      await second.reached
      // it may die before it has answered
      const said = say(engine, 'cancel', path).catch(() => {})
      if (abort !== null) await abort.reached.then(() => engine.kill())
      await Promise.all([engine.exited, said])
      shown.killed()
      second.remove()
      abort?.remove()
      expect(await goOn(lab, engine.profile)).toEqual([])
    }
    expect(profiles.flatMap(savedRows)).toEqual(profiles.map(() => ({ state: 'canceled', reported: false, parts: 0 })))
    await shown.ends(lab, [], { resent: 0 })
  },
)

const hold = (lab: Lab, { operation, when }: Held) =>
  lab.faults.add({ match: { operation, nth: 1 }, fault: { kind: 'hold', when } })

const rowOf = (rows: readonly TransferView[], path: string) => rows.find(({ name }) => name === basename(path))

/** A canceled row leaves the list. */
const stateOf = (rows: readonly TransferView[], path: string): TransferState => rowOf(rows, path)?.state ?? 'canceled'

/** Says a command to the row of a file. Answers with how many rows took it. */
async function say(engine: EngineControl, command: Command, path: string): Promise<number> {
  const row = rowOf(await engine.list(), path)
  return value(await engine.handlers.transfers[command]({ ids: [row?.id ?? ''] })).changed
}
