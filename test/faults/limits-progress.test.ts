import { expect, test } from 'vitest'
import type { TransferProgress } from '../../src/shared/transfer.ts'
import { hold, only, pauseRows, sendFilm, smallPart, startSmallLab } from '../support/sending.ts'
import { value } from '../support/value.ts'

/** Hears the progress of the one row of an engine. */
function listener() {
  const heard: TransferProgress[] = []
  const onEvent = (channel: string, payload: unknown) => {
    if (channel.endsWith('progress')) heard.push(...(payload as readonly TransferProgress[]))
  }
  return { heard, onEvent }
}

const numbersOf = ({ read, acknowledged, inFlight }: TransferProgress) => ({ read, acknowledged, inFlight })

test.concurrent('what is acknowledged never goes back while an upload lasts, and what is read covers what is sent', async () => {
  await using lab = await startSmallLab({ network: 'tcp' })
  const { heard, onEvent } = listener()
  lab.network.slow(8 * smallPart)
  const { engine, settled } = await sendFilm(lab, { parts: 30, random: Math.random, onEvent })
  for (const acknowledged of [3, 10, 20]) {
    await engine.until(([row]) => (row?.acknowledged ?? 0) >= acknowledged * smallPart)
    lab.network.reset()
  }
  expect(await settled()).toMatchObject({ state: 'completed' })
  expect(heard.length).toBeGreaterThan(10)
  for (const [index, progress] of heard.entries()) {
    expect(progress.acknowledged).toBeGreaterThanOrEqual(heard[index - 1]?.acknowledged ?? 0)
    expect(progress.read, JSON.stringify(numbersOf(progress))).toBeGreaterThanOrEqual(
      progress.acknowledged + progress.inFlight,
    )
  }
})

test.concurrent('what is acknowledged does not go back when a paused upload goes on', async () => {
  await using lab = await startSmallLab()
  const { heard, onEvent } = listener()
  const fourth = hold(lab, { operation: 'UploadPart', partNumber: 4, nth: 1 })
  const listing = hold(lab, { operation: 'ListParts' })
  const { engine } = await sendFilm(lab, { parts: 6, onEvent })
  await fourth.reached
  await engine.until(([row]) => (row?.acknowledged ?? 0) >= 3 * smallPart)
  await pauseRows(engine)
  fourth.remove()
  heard.length = 0
  value(await engine.handlers.transfers.resume({ all: true }))
  await listing.reached
  await engine.until(() => heard.length > 0)
  listing.remove()
  expect(only(await engine.settled())).toMatchObject({ state: 'completed' })
  for (const { acknowledged } of heard) expect(acknowledged).toBeGreaterThanOrEqual(3 * smallPart)
})

test.concurrent('a transfer is finishing, and not completed, until the store said so', async () => {
  await using lab = await startSmallLab()
  const completing = hold(lab, { operation: 'CompleteMultipartUpload' })
  const { heard, onEvent } = listener()
  const { engine, row, settled } = await sendFilm(lab, { parts: 3, onEvent })
  await completing.reached
  await engine.until(([sent]) => sent?.activity === 'finishing')
  expect(await row()).toMatchObject({ state: 'completing', activity: 'finishing', verification: null })
  expect((await engine.status()).counts).toMatchObject({ active: 1, completed: 0 })
  expect(value(await engine.handlers.transfers.pause({ all: true }))).toEqual({ changed: 0 })
  expect(heard.some(({ activity }) => activity === 'completed')).toBe(false)
  completing.remove()
  expect(await settled()).toMatchObject({ state: 'completed', activity: 'completed' })
})

test.concurrent('a small file is uploading, and not completed, until the store said so', async () => {
  await using lab = await startSmallLab()
  const putting = hold(lab, { operation: 'PutObject' })
  const { engine, row, settled } = await sendFilm(lab, { parts: 1 })
  await putting.reached
  await engine.until(([sent], { inFlight }) => sent?.activity === 'uploading' && inFlight > 0)
  expect(await row()).toMatchObject({ state: 'queued', acknowledged: 0 })
  putting.remove()
  expect(await settled()).toMatchObject({ state: 'completed', acknowledged: 1_000 })
})
