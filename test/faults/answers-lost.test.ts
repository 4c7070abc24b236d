import { expect, test } from 'vitest'
import { showing } from '../support/reliability.ts'
import { hold, pauseRows, sendFilm, smallPart, startSmallLab } from '../support/sending.ts'
import { value } from '../support/value.ts'

/** The SDK repeats a request twice by itself: one lost answer is its matter, three are ours. */
const once = 1
const always = 3

test.concurrent.for([
  { operation: 'CreateMultipartUpload', parts: 2, times: once, emptyUploads: 1 },
  { operation: 'CreateMultipartUpload', parts: 2, times: always, emptyUploads: 3 },
  { operation: 'UploadPart', partNumber: 1, parts: 2, times: once, emptyUploads: 0 },
  { operation: 'UploadPart', partNumber: 1, parts: 2, times: always, emptyUploads: 0 },
  { operation: 'CompleteMultipartUpload', parts: 2, times: once, emptyUploads: 0 },
  { operation: 'CompleteMultipartUpload', parts: 2, times: always, emptyUploads: 0 },
  { operation: 'PutObject', parts: 1, times: once, emptyUploads: 0 },
  { operation: 'PutObject', parts: 1, times: always, emptyUploads: 0 },
] as const)(
  '$times answers to $operation are lost: the file arrives once',
  async ({ parts, emptyUploads, ...match }, { task }) => {
    const { operation, times } = match
    const shown = showing(task, {
      fault: 'answer lost',
      moment: momentOf(operation, times),
      outcome: 'completed',
      least: 1,
    })
    await using lab = await startSmallLab()
    const lost = lab.faults.add({ match, fault: { kind: 'loseAnswer' } })
    const sending = await sendFilm(lab, { parts })
    expect(await sending.settled()).toMatchObject({ state: 'completed', verification: 'checksum', failure: null })
    expect(lost.hits()).toBe(times)
    shown.happened()
    await shown.ends(lab, [sending.path], { emptyUploads })
  },
)

test.concurrent.for([once, always])('%i answers to Abort are lost: the upload is gone', async (times, { task }) => {
  const operation = 'AbortMultipartUpload'
  const shown = showing(task, {
    fault: 'answer lost',
    moment: momentOf(operation, times),
    outcome: 'canceled',
    least: 1,
  })
  await using lab = await startSmallLab()
  const lost = lab.faults.add({ match: { operation, times }, fault: { kind: 'loseAnswer' } })
  const held = hold(lab, { operation: 'UploadPart', partNumber: 1 })
  const { engine } = await sendFilm(lab)
  await held.reached
  value(await engine.handlers.transfers.cancel({ all: true }))
  expect(await engine.settled()).toEqual([])
  expect(lost.hits()).toBe(times)
  shown.happened()
  await shown.ends(lab, [])
})

test.concurrent.for([once, always])('%i answers to ListParts are lost: it is asked again', async (times, { task }) => {
  const operation = 'ListParts'
  const shown = showing(task, {
    fault: 'answer lost',
    moment: momentOf(operation, times),
    outcome: 'completed',
    least: 1,
  })
  await using lab = await startSmallLab()
  const lost = lab.faults.add({ match: { operation, times }, fault: { kind: 'loseAnswer' } })
  const held = hold(lab, { operation: 'UploadPart', partNumber: 2 })
  const { engine, path } = await sendFilm(lab)
  await engine.until(([row]) => row?.acknowledged === smallPart)
  await pauseRows(engine)
  held.remove()
  value(await engine.handlers.transfers.resume({ all: true }))
  const [row] = await engine.settled()
  expect(row).toMatchObject({ state: 'completed', verification: 'checksum' })
  expect(lost.hits()).toBe(times)
  expect(lab.faults.served({ operation: 'UploadPart', partNumber: 1 })).toHaveLength(1)
  shown.happened()
  await shown.ends(lab, [path])
})

const momentOf = (operation: string, times: number): string =>
  times === once ? operation : `${operation}, each of the SDK's tries`
