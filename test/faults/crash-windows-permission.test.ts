import { expect, test } from 'vitest'
import type { BrokerConfig } from '../../src/broker/config/config.ts'
import type { FailureKind } from '../../src/shared/failure.ts'
import { ahead } from '../support/clock.ts'
import type { CrashPoint } from '../support/crash-at.ts'
import { dieAt, goOn, newFile, oneByOne, times } from '../support/crash-window.ts'
import { showing } from '../support/reliability.ts'
import { startSmallLab } from '../support/sending.ts'
import { value } from '../support/value.ts'

const hour = 3_600_000
/** A file of two parts is sent by half. */
const partSaved: CrashPoint = { when: 'after', effect: 'part saved' }

test('the same key is granted again when the engine dies while the answer to its first question is on its way', async ({
  task,
}) => {
  const shown = showing(task, {
    ...{ fault: 'killed', moment: 'grant issued → answer arrived', outcome: 'completed', slots: 1 },
  })
  await using lab = await startSmallLab({ brokerNetwork: true })
  const sources: string[] = []
  for (let time = 1; time <= times; time += 1) {
    const path = await newFile(lab, 1)
    sources.push(path)
    const dying = await lab.engineProcess(undefined, oneByOne)
    await dying.signIn()
    const answer = lab.brokerNetwork.holdAnswers()
    await dying.add(path)
    await answer.reached
    await dying.kill()
    shown.killed()
    answer.release()
    expect(await goOn(lab, dying.profile)).toEqual(['completed'])
  }
  await shown.ends(lab, sources, { resent: 0 })
})

test('an upload goes on when the engine dies while the answer to its renewal is on its way', async ({ task }) => {
  const shown = showing(task, {
    ...{ fault: 'killed', moment: 'credentials renewed → answer arrived', outcome: 'completed', slots: 1 },
  })
  await using lab = await startSmallLab({ brokerNetwork: true })
  const sources: string[] = []
  for (let time = 1; time <= times; time += 1) {
    const { path, profile } = await dieAt(lab, partSaved)
    sources.push(path)
    const dying = await lab.engineProcess(profile)
    const answer = lab.brokerNetwork.holdAnswers()
    await dying.begin()
    await answer.reached
    await dying.kill()
    shown.killed()
    answer.release()
    expect(await goOn(lab, profile)).toEqual(['completed'])
  }
  await shown.ends(lab, sources, { resent: 0 })
})

test.for<'before' | 'after'>(['before', 'after'])(
  'an object whose answer was lost is found when the engine dies %s the broker has looked',
  async (when, { task }) => {
    const shown = showing(task, {
      fault: 'answer of Complete lost, killed',
      moment: when === 'before' ? 'broker asked → broker looked' : 'broker looked → completed',
      ...{ outcome: 'completed', slots: 1 },
    })
    await using lab = await startSmallLab()
    const sources: string[] = []
    for (let time = 1; time <= times; time += 1) {
      const path = await newFile(lab, 2)
      sources.push(path)
      const lost = lab.faults.add({
        match: { operation: 'CompleteMultipartUpload', nth: 1 },
        fault: { kind: 'loseAnswer' },
      })
      const look = lab.faults.add({ match: { operation: 'HeadObject' }, fault: { kind: 'hold', when } })
      const dying = await lab.engineProcess(undefined, oneByOne)
      await dying.signIn()
      await dying.add(path)
      await look.reached
      expect((await dying.list()).map(({ state }) => state)).toEqual(['completing'])
      await dying.kill()
      shown.killed()
      lost.remove()
      look.remove()
      expect(await goOn(lab, dying.profile)).toEqual(['completed'])
    }
    await shown.ends(lab, sources, { resent: 0 })
  },
)

test.for([{ hours: 6 }, { hours: -6 }])('a clock that jumps by $hours h costs nothing', async ({ hours }, { task }) => {
  const way = hours > 0 ? 'ahead' : 'back'
  const between = showing(task, {
    ...{ fault: `clock jumps 6 h ${way}`, moment: 'killed → restart', outcome: 'completed', slots: 1 },
  })
  const running = showing(task, {
    ...{ fault: `clock jumps 6 h ${way}`, moment: 'while a part is sent', outcome: 'completed', slots: 1 },
  })
  await using lab = await startSmallLab()
  const killed: string[] = []
  for (let time = 1; time <= times; time += 1) {
    const { path, profile } = await dieAt(lab, partSaved)
    killed.push(path)
    between.killed()
    expect(await goOn(lab, profile, { clock: ahead(hours * hour) })).toEqual(['completed'])
  }
  await between.ends(lab, killed, { resent: 0 })

  await using other = await startSmallLab()
  const engine = await other.engineProcess(undefined, oneByOne)
  await engine.signIn()
  const jumped: string[] = []
  for (let time = 1; time <= times; time += 1) {
    const path = await newFile(other, 3)
    jumped.push(path)
    const part = other.faults.add({
      match: { operation: 'UploadPart', nth: 2 },
      fault: { kind: 'hold', when: 'after' },
    })
    await engine.add(path)
    await part.reached
    await engine.setClock(ahead(time % 2 === 1 ? hours * hour : 0))
    running.happened()
    part.remove()
    expect((await engine.settled()).map(({ state }) => state)).toEqual(jumped.map(() => 'completed'))
  }
  const sessions = other.faults.served({ operation: 'GetFederationToken', stored: true })
  expect(sessions.length).toBeLessThanOrEqual(2 * times)
  await running.ends(other, jumped, { resent: 0 })
})

test.for<{ readonly cause: string; readonly changes: Partial<BrokerConfig>; readonly failure: FailureKind }>([
  { cause: 'signed by another secret', changes: { signingSecret: 'x'.repeat(32) }, failure: 'revoked' },
  {
    cause: 'of a purpose that is gone',
    changes: { purposes: [{ name: 'other', label: 'Other' }] },
    failure: 'revoked',
  },
])(
  'a grant $cause waits for a person after a restart, and its upload goes on later',
  async ({ cause, changes, failure }, { task }) => {
    const shown = showing(task, {
      ...{ fault: `killed; renewal refused: ${cause}`, moment: 'parts saved → restart' },
      ...{ outcome: `failed (${failure}); retried: completed`, slots: 1 },
    })
    await using lab = await startSmallLab()
    const sources: string[] = []
    for (let time = 1; time <= times; time += 1) {
      const { path, profile } = await dieAt(lab, partSaved)
      sources.push(path)
      shown.killed()
      await lab.stopBroker()
      await lab.startBroker(changes)
      const next = await lab.engineProcess(profile)
      await next.begin()
      const [row] = await next.settled()
      expect({ state: row?.state, failure: row?.failure?.kind }).toEqual({ state: 'failed', failure })
      await lab.stopBroker()
      await lab.startBroker()
      value(await next.handlers.transfers.retry({ all: true }))
      expect((await next.settled()).map(({ state }) => state)).toEqual(['completed'])
      await next.stop()
    }
    await shown.ends(lab, sources, { resent: 0 })
  },
)

test('a grant that may not be renewed any more after a restart is followed by a new one', async ({ task }) => {
  const shown = showing(task, {
    ...{ fault: 'killed; renewal refused: its time is over', moment: 'parts saved → restart' },
    ...{ outcome: 'begun anew with a new grant, completed', slots: 1 },
  })
  await using lab = await startSmallLab({ broker: { renewDays: 0 } })
  const sources: string[] = []
  for (let time = 1; time <= times; time += 1) {
    const { path, profile } = await dieAt(lab, partSaved)
    sources.push(path)
    shown.killed()
    expect(await goOn(lab, profile)).toEqual(['completed'])
  }
  await shown.ends(lab, sources, { resent: 0, uploadsWithParts: times })
})
