import { expect, test } from 'vitest'
import type { Rule, ServedOperation } from '../../src/emulator/faults/rule.ts'
import type { CrashPoint } from '../support/crash-at.ts'
import { newFile, oneByOne, times } from '../support/crash-window.ts'
import type { EngineProcess } from '../support/engine-process.ts'
import type { Lab } from '../support/lab.ts'
import { showing } from '../support/reliability.ts'
import { savedRows } from '../support/saved-rows.ts'
import { startSmallLab } from '../support/sending.ts'

const parts = 2

/**
 * Where an engine dies: at a commit of its own, or while the store has a request but no answer is given. `again`: which
 * such commit it is in an engine that first finishes the file before.
 */
type Place =
  | (CrashPoint & { readonly nth: number; readonly again: number })
  | { readonly when: 'before' | 'after'; readonly request: NonNullable<Rule['match']> }

/** `resent` parts and empty uploads are of each kill. `small`: the file goes by one PutObject. */
type Window = Place & {
  readonly moment: string
  readonly small?: true
  readonly resent?: number
  readonly emptyUploads?: number
}

const before = (effect: CrashPoint['effect'], nth = 1, again = nth + 1) =>
  ({ when: 'before', effect, nth, again }) as const
const after = (effect: CrashPoint['effect'], nth = 1, again = nth) => ({ when: 'after', effect, nth, again }) as const
const request = (operation: ServedOperation, when: 'before' | 'after', nth = 1) =>
  ({ request: { operation, nth }, when }) as const

test.for<Window>([
  { moment: 'drop saved → row saved', ...before('added') },
  { moment: 'row saved → grant asked', ...after('added') },
  { moment: 'grant asked → grant issued', ...request('GetFederationToken', 'after') },
  { moment: 'grant issued → grant saved', ...before('grant saved') },
  { moment: 'grant saved → key saved', ...after('grant saved', 1, 2) },
  { moment: 'key written → committed', ...before('granted') },
  { moment: 'key saved → Create', ...after('granted') },
  { moment: 'Create arrived → upload there', ...request('CreateMultipartUpload', 'before') },
  { moment: 'upload there → Create answered', ...request('CreateMultipartUpload', 'after'), emptyUploads: 1 },
  { moment: 'Create answered → upload id saved', ...before('upload id saved'), emptyUploads: 1 },
  { moment: 'upload id saved → first UploadPart', ...after('upload id saved') },
  { moment: 'UploadPart arrived → part there', ...request('UploadPart', 'before', parts), resent: 1 },
  { moment: 'part there → UploadPart answered', ...request('UploadPart', 'after', parts), resent: 1 },
  { moment: 'UploadPart answered → part saved', ...before('part saved', 1, parts + 1), resent: 1 },
  { moment: 'part saved → next UploadPart', ...after('part saved', 1, parts) },
  { moment: 'last part saved → completing', ...after('part saved', parts) },
  { moment: 'completing written → committed', ...before('completing') },
  { moment: 'completing → Complete', ...after('completing') },
  { moment: 'Complete arrived → object there', ...request('CompleteMultipartUpload', 'before') },
  { moment: 'object there → Complete answered', ...request('CompleteMultipartUpload', 'after') },
  { moment: 'Complete answered → completed', ...before('completed') },
  { moment: 'PutObject arrived → object there', small: true, ...request('PutObject', 'before'), resent: 1 },
  { moment: 'object there → PutObject answered', small: true, ...request('PutObject', 'after'), resent: 1 },
  { moment: 'PutObject answered → completed', small: true, ...before('completed'), resent: 1 },
])('a file arrives whole and once although its engine dies between $moment', async (window, { task }) => {
  const { moment, small = false, resent = 0, emptyUploads = 0 } = window
  const shown = showing(task, { fault: 'killed', moment, outcome: 'completed', slots: 1 })
  await using lab = await startSmallLab()
  const sources: string[] = []
  let engine = await lab.engineProcess(undefined, { ...oneByOne, ...crashIn(window, 1) })
  await engine.signIn()
  for (let time = 1; time <= times; time += 1) {
    const path = await newFile(lab, small ? 1 : parts)
    sources.push(path)
    await dieIn(window, lab, engine, path)
    shown.killed()
    engine = await lab.engineProcess(engine.profile, time < times ? crashIn(window, time + 1) : {})
    await engine.begin()
    // a drop becomes its row by and by
    const rows = await engine.until((rows) => rows.filter(({ state }) => state === 'completed').length === time)
    expect(rows).toHaveLength(time)
  }
  await engine.stop()
  await shown.ends(lab, sources, { resent: times * resent, emptyUploads: times * emptyUploads })
})

test.for<Window>([
  { moment: 'completed → report sent', ...after('completed') },
  { moment: 'report sent → broker looked', ...request('HeadObject', 'before') },
  { moment: 'broker looked → report answered', ...request('HeadObject', 'after') },
  { moment: 'report answered → reported', ...before('reported') },
])('a completed file is reported although its engine dies between $moment', async (window, { task }) => {
  const { moment } = window
  const shown = showing(task, { fault: 'killed', moment, outcome: 'completed, reported', slots: 1 })
  await using lab = await startSmallLab()
  const sources: string[] = []
  let profile: string | undefined
  for (let time = 1; time <= times; time += 1) {
    const path = await newFile(lab, 1)
    sources.push(path)
    const dying = await lab.engineProcess(profile, { ...oneByOne, ...crashIn(window, 1) })
    profile = dying.profile
    await dying.signIn()
    await dieIn(window, lab, dying, path)
    shown.killed()
  }
  // each file has a grant, and so a report, of its own
  const nth = savedRows(profile ?? '').filter(({ reported }) => !reported).length
  const last = await lab.engineProcess(profile, { crashAt: { when: 'after', effect: 'reported', nth } })
  await last.begin()
  await last.exited
  expect(savedRows(last.profile)).toEqual(sources.map(() => ({ state: 'completed', reported: true, parts: 0 })))
  await shown.ends(lab, sources, { resent: 0 })
})

const crashIn = (window: Window, time: number): { readonly crashAt?: CrashPoint } =>
  'effect' in window
    ? { crashAt: { when: window.when, effect: window.effect, nth: time === 1 ? window.nth : window.again } }
    : {}

/** Lets an engine send a file until it dies in the window. */
async function dieIn(window: Window, lab: Lab, engine: EngineProcess, path: string): Promise<void> {
  const rule =
    'request' in window ? lab.faults.add({ match: window.request, fault: { kind: 'hold', when: window.when } }) : null
  // it may die before it has answered
  const added = engine.add(path).catch(() => {})
  if (rule !== null) await rule.reached.then(() => engine.kill())
  expect(await engine.exited).toEqual({ code: null, signal: 'SIGKILL' })
  await added
  rule?.remove()
}
