import { expect, test } from 'vitest'
import type { Problem } from '../../src/shared/broker-api.ts'
import type { Lab } from '../support/lab.ts'
import { startRefusingBroker } from '../support/refusing-broker.ts'
import { showing } from '../support/reliability.ts'
import { hold, only, sendFilm, smallPart, startSmallLab } from '../support/sending.ts'
import { value } from '../support/value.ts'

const fault = (code: Problem['code']) => `renewal refused: ${code}`
const partsOnTheWay = [2, 3]

/** A film whose token has ended with its first part acknowledged and the next two on the way; `goOn` lets them pass. */
async function filmWithoutToken(lab: Lab) {
  const onTheWay = partsOnTheWay.map((partNumber) => hold(lab, { operation: 'UploadPart', partNumber }))
  const sending = await sendFilm(lab, { parts: 6 })
  await sending.engine.until(([row]) => row?.acknowledged === smallPart)
  await Promise.all(onTheWay.map(({ reached }) => reached))
  lab.faults.endSessions()
  const goOn = () => {
    for (const held of onTheWay) held.remove()
  }
  return { ...sending, goOn }
}

/** Parts that were acknowledged and came to the store more than once. */
const sentAgain = (lab: Lab) => {
  const stored = lab.faults.served({ operation: 'UploadPart', stored: true }).map(({ partNumber }) => partNumber)
  return stored.filter((partNumber, index) => stored.indexOf(partNumber) !== index)
}

test.concurrent.for([
  { code: 'revoked', kind: 'revoked' },
  { code: 'grant_invalid', kind: 'revoked' },
  { code: 'not_yours', kind: 'not_yours' },
  { code: 'over_quota', kind: 'over_quota' },
] as const)('a renewal refused as $code asks a person, and what is acknowledged stays', async (given, { task }) => {
  const { code, kind } = given
  const shown = showing(task, {
    fault: fault(code),
    moment: 'UploadPart',
    outcome: `failed: ${kind}; retry: completed`,
    least: 1,
  })
  await using broker = await startRefusingBroker()
  await using lab = await startSmallLab({ betweenBroker: broker.before })
  const { engine, path, goOn, settled } = await filmWithoutToken(lab)
  broker.refuse(code)
  goOn()
  expect(await settled()).toMatchObject({
    state: 'failed',
    failure: { kind, detail: code },
    acknowledged: 3 * smallPart,
  })
  expect(broker.refused()).toBeLessThanOrEqual(2)
  shown.happened()

  broker.refuse(null)
  value(await engine.handlers.transfers.retry({ all: true }))
  expect(only(await engine.settled())).toMatchObject({ state: 'completed', verification: 'checksum' })
  expect(sentAgain(lab)).toEqual([])
  await shown.ends(lab, [path])
})

test.concurrent.for(['unavailable', 'too_many_requests'] as const)(
  'a renewal refused as %s holds the queue, and goes on by itself',
  async (code, { task }) => {
    const shown = showing(task, {
      fault: fault(code),
      moment: 'UploadPart',
      outcome: 'held, completed by itself',
      least: 1,
    })
    await using broker = await startRefusingBroker()
    await using lab = await startSmallLab({ betweenBroker: broker.before })
    const { engine, path, goOn, settled } = await filmWithoutToken(lab)
    broker.refuse(code)
    goOn()
    const held = only(await engine.until((_, { hold }) => hold?.kind === 'broker_unreachable'))
    expect(held).toMatchObject({ state: 'queued', attempts: 0, failure: null, acknowledged: 3 * smallPart })
    shown.happened()
    broker.refuse(null)
    expect(await settled()).toMatchObject({ state: 'completed', attempts: 0 })
    expect(sentAgain(lab)).toEqual([])
    await shown.ends(lab, [path])
  },
)

test.concurrent('a renewal refused as unauthenticated holds the queue as signed out; signing in goes on', async ({
  task,
}) => {
  const code = 'unauthenticated'
  const shown = showing(task, {
    fault: fault(code),
    moment: 'UploadPart',
    outcome: 'held: signed_out; signed in: completed',
    least: 1,
  })
  await using broker = await startRefusingBroker()
  await using lab = await startSmallLab({ betweenBroker: broker.before })
  const { engine, path, goOn } = await filmWithoutToken(lab)
  broker.refuse(code)
  goOn()
  const held = only(await engine.until((_, { hold }) => hold?.kind === 'signed_out'))
  expect(held).toMatchObject({ state: 'queued', attempts: 0, failure: null, acknowledged: 3 * smallPart })
  shown.happened()
  broker.refuse(null)
  await engine.signIn()
  expect(only(await engine.settled())).toMatchObject({ state: 'completed' })
  expect(sentAgain(lab)).toEqual([])
  await shown.ends(lab, [path])
})

test.concurrent('a renewal refused as deadline_passed begins a new row with a new grant, which says why', async ({
  task,
}) => {
  const code = 'deadline_passed'
  const shown = showing(task, { fault: fault(code), moment: 'UploadPart', outcome: 'new row, completed', least: 1 })
  await using broker = await startRefusingBroker()
  await using lab = await startSmallLab({ betweenBroker: broker.before })
  const { engine, path, row, goOn } = await filmWithoutToken(lab)
  const before = await row()
  const anew = hold(lab, { operation: 'CreateMultipartUpload' })
  broker.refuse(code)
  goOn()
  await anew.reached
  const after = only(await engine.until((rows) => rows.length === 1))
  expect(after).toMatchObject({
    state: 'queued',
    name: before.name,
    failure: { kind: 'deadline_passed', detail: code },
  })
  expect(after.id).not.toBe(before.id)
  expect(after.key).not.toBe(before.key)
  shown.happened()
  anew.remove()
  expect(only(await engine.settled())).toMatchObject({ id: after.id, state: 'completed', verification: 'checksum' })

  // the old place may not be written any more, so the old upload is the lifecycle rule's
  const [left, ...others] = await lab.uploads()
  expect({ left: left?.key, others }).toEqual({ left: before.key, others: [] })
  await shown.ends(lab, [path], { uploadsWithParts: 1 })
})
