import { expect, test } from 'vitest'
import type { Served } from '../../src/emulator/faults/served-log.ts'
import { showing } from '../support/reliability.ts'
import { film, hold, only, pauseRows, queueFilms, sendFilm, smallPart, startSmallLab } from '../support/sending.ts'
import { value } from '../support/value.ts'

/** All of the SDK's own tries. */
const times = 3

const operations = [
  { operation: 'CreateMultipartUpload', parts: 2 },
  { operation: 'UploadPart', parts: 2, partNumber: 1 },
  { operation: 'CompleteMultipartUpload', parts: 2 },
  { operation: 'PutObject', parts: 1 },
] as const
const errors = [
  { code: 'SlowDown', status: 503 },
  { code: 'ServiceUnavailable', status: 503 },
  { code: 'InternalError', status: 500 },
] as const

test.concurrent.for(operations.flatMap((asked) => errors.map((error) => ({ ...asked, ...error }))))(
  '$status $code to $operation: tried again, sent once',
  async ({ parts, code, status, ...match }, { task }) => {
    const shown = showing(task, { fault: `${status} ${code}`, moment: match.operation, outcome: 'completed', least: 1 })
    await using lab = await startSmallLab()
    const refused = lab.faults.add({ match: { ...match, times }, fault: { kind: 'error', code } })
    const sending = await sendFilm(lab, { parts })
    expect(await sending.settled()).toMatchObject({ state: 'completed', verification: 'checksum', failure: null })
    expect(refused.hits()).toBe(times)
    shown.happened()
    await shown.ends(lab, [sending.path])
  },
)

test.concurrent('500 to ListParts: asked again, and nothing acknowledged is sent again', async ({ task }) => {
  const shown = showing(task, { fault: '500 InternalError', moment: 'ListParts', outcome: 'completed', least: 1 })
  await using lab = await startSmallLab()
  const refused = lab.faults.add({
    match: { operation: 'ListParts', times },
    fault: { kind: 'error', code: 'InternalError' },
  })
  const second = hold(lab, { operation: 'UploadPart', partNumber: 2 })
  const { engine, path } = await sendFilm(lab)
  await engine.until(([row]) => row?.acknowledged === smallPart)
  await pauseRows(engine)
  second.remove()
  value(await engine.handlers.transfers.resume({ all: true }))
  expect(await engine.settled()).toMatchObject([{ state: 'completed', verification: 'checksum' }])
  expect(refused.hits()).toBe(times)
  expect(lab.faults.served({ operation: 'UploadPart', partNumber: 1 })).toHaveLength(1)
  shown.happened()
  await shown.ends(lab, [path])
})

test.concurrent.for([
  { retryAfter: 3, times: 1 },
  { retryAfter: 8, times: 1 },
  { retryAfter: 3, times: 3 },
])(
  '$times × 503 with Retry-After: $retryAfter: the row asks nothing before that',
  async ({ retryAfter, times }, { task }) => {
    const fault = `503 SlowDown, Retry-After: ${retryAfter}`
    const shown = showing(task, { fault, moment: `UploadPart, ${times} times`, outcome: 'completed', least: 1 })
    await using lab = await startSmallLab()
    const match = { operation: 'UploadPart', partNumber: 1 } as const
    lab.faults.add({ match: { ...match, times }, fault: { kind: 'error', code: 'SlowDown', retryAfter } })
    const path = await film(lab, 6)
    const engine = lab.engine(await queueFilms(lab, [path]), { random: () => 0 })
    // with another slot more parts may be on their way before the answer is here
    value(await engine.handlers.settings.set({ slots: 1 }))
    await engine.begin()
    const row = only(await engine.settled())
    expect(row).toMatchObject({ state: 'completed', verification: 'checksum', failure: null })
    const { key } = row
    const served = lab.faults.served({ key: `${key}` })
    for (const refusal of served.filter(({ code }) => code === 'SlowDown')) {
      const early = served.filter(({ at }) => at > refusal.at && at < refusal.at + retryAfter * 1_000)
      expect(early.map(said)).toEqual([])
    }
    shown.happened()
    await shown.ends(lab, [path])
  },
)

const said = ({ operation, partNumber, status }: Served) => `${operation} ${partNumber} ${status}`

/** What the clock goes on between two readings (ms): a row becomes due between two looks at it. */
const tick = 50

test.concurrent.for([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])(
  'a row that becomes due %i readings of the clock after it failed is not left for later',
  async (readings) => {
    await using lab = await startSmallLab()
    lab.faults.add({
      match: { operation: 'UploadPart', partNumber: 1, times },
      fault: { kind: 'error', code: 'InternalError' },
    })
    let last = Date.now()
    const now = () => {
      last = Math.max(last + tick, Date.now())
      return last
    }
    const sending = await sendFilm(lab, { now, random: () => (readings * tick) / 1_000 })
    const begin = performance.now()
    expect(await sending.settled()).toMatchObject({ state: 'completed' })
    expect(performance.now() - begin).toBeLessThan(15_000)
  },
)
