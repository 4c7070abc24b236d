import { expect, test } from 'vitest'
import type { ServedOperation } from '../../src/emulator/faults/rule.ts'
import type { Lab } from '../support/lab.ts'
import { showing } from '../support/reliability.ts'
import { hold, pauseRows, sendFilm, smallPart, startSmallLab } from '../support/sending.ts'
import { value } from '../support/value.ts'

const answers = ['ExpiredToken', 'InvalidAccessKeyId', 'AccessDenied'] as const

/** Right before which operation all tokens end: when the work of the one before it is done. */
const moments: readonly {
  readonly operation: ServedOperation
  readonly after: ServedOperation
  readonly parts: number
}[] = [
  { operation: 'PutObject', after: 'GetFederationToken', parts: 1 },
  { operation: 'CreateMultipartUpload', after: 'GetFederationToken', parts: 2 },
  { operation: 'UploadPart', after: 'CreateMultipartUpload', parts: 4 },
  { operation: 'CompleteMultipartUpload', after: 'UploadPart', parts: 2 },
]

test.concurrent.for(moments.flatMap((moment) => answers.map((answer) => ({ ...moment, answer }))))(
  'the token ends early ($answer) before $operation: renewed once, nothing else is seen',
  async (given, { task }) => {
    const { operation, after, parts, answer } = given
    const shown = showing(task, {
      fault: `token ended early: ${answer}`,
      moment: operation,
      outcome: 'completed',
      least: 1,
    })
    await using lab = await startSmallLab()
    const last = { operation: after, ...(after === 'UploadPart' && { partNumber: parts }) }
    const held = lab.faults.add({ match: { ...last, times: 1 }, fault: { kind: 'hold', when: 'after' } })
    const sending = await sendFilm(lab, { parts })
    await held.reached
    if (after === 'UploadPart') await sending.engine.until(([row]) => row?.acknowledged === smallPart)
    lab.faults.endSessions(answer)
    held.release()
    expect(await sending.settled()).toMatchObject({ state: 'completed', verification: 'checksum', attempts: 0 })
    expect([...sending.seen]).toEqual([])
    expect(issued(lab)).toBe(2)
    const refused = lab.faults.served({ operation }).filter(({ code }) => code === answer)
    expect(refused.length).toBeGreaterThan(0)
    expect(refused.length).toBeLessThanOrEqual(2)
    shown.happened()
    await shown.ends(lab, [sending.path])
  },
)

test.concurrent.for(answers)(
  'the token ends while the row is paused (%s): ListParts is asked with a new one',
  async (answer, { task }) => {
    const shown = showing(task, {
      fault: `token ended early: ${answer}`,
      moment: 'ListParts',
      outcome: 'completed',
      least: 1,
    })
    await using lab = await startSmallLab()
    const second = hold(lab, { operation: 'UploadPart', partNumber: 2 })
    const { engine, path } = await sendFilm(lab)
    await engine.until(([row]) => row?.acknowledged === smallPart)
    await pauseRows(engine)
    second.remove()
    lab.faults.endSessions(answer)
    value(await engine.handlers.transfers.resume({ all: true }))
    expect(await engine.settled()).toMatchObject([{ state: 'completed', attempts: 0 }])
    expect(lab.faults.served({ operation: 'ListParts' }).map(({ code }) => code)).toEqual([answer, null])
    expect(issued(lab)).toBe(2)
    shown.happened()
    await shown.ends(lab, [path])
  },
)

test.concurrent('access denied for good: one renewal, no storm, and a person is asked', async ({ task }) => {
  const shown = showing(task, {
    fault: 'AccessDenied for good',
    moment: 'UploadPart',
    outcome: 'failed: access_denied',
    least: 1,
  })
  await using lab = await startSmallLab()
  const denied = lab.faults.add({ match: { operation: 'UploadPart' }, fault: { kind: 'error', code: 'AccessDenied' } })
  const sending = await sendFilm(lab, { parts: 8 })
  expect(await sending.settled()).toMatchObject({ state: 'failed', failure: { kind: 'access_denied' } })
  expect(issued(lab)).toBe(2)
  // both slots, each with both tokens
  expect(denied.hits()).toBeLessThanOrEqual(4)
  shown.happened()

  denied.remove()
  value(await sending.engine.handlers.transfers.retry({ all: true }))
  expect(await sending.engine.settled()).toMatchObject([{ state: 'completed' }])
  await shown.ends(lab, [sending.path])
})

/** Sessions that STS gave out. */
const issued = (lab: Lab): number => lab.faults.served({ operation: 'GetFederationToken', status: 200 }).length
