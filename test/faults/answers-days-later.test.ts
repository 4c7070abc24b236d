import { expect, test } from 'vitest'
import { fastClock, replaceDate } from '../support/clock.ts'
import { showing } from '../support/reliability.ts'
import { hold, only, pauseRows, sendFilm, smallPart, startSmallLab } from '../support/sending.ts'
import { value } from '../support/value.ts'

const day = 86_400_000

test('an upload whose row rested for longer than the lifecycle rule lets it begins anew, and the row says why', async ({
  task,
}) => {
  const shown = showing(task, {
    fault: 'upload taken by the lifecycle rule',
    moment: 'paused for 9 days',
    outcome: 'sent anew, completed',
    least: 1,
  })
  const clock = fastClock(1)
  replaceDate(clock.now)
  await using lab = await startSmallLab({ now: clock.now })
  const second = hold(lab, { operation: 'UploadPart', partNumber: 2 })
  const anew = hold(lab, { operation: 'CreateMultipartUpload', nth: 2 })
  const { engine, path, row } = await sendFilm(lab, { now: clock.now })
  await engine.until(([sent]) => sent?.acknowledged === smallPart)
  await pauseRows(engine)
  second.remove()
  const { key, abortAt } = await row()
  clock.jump(9 * day)
  expect(clock.now()).toBeGreaterThan(abortAt ?? Number.POSITIVE_INFINITY)
  value(await engine.handlers.transfers.resume({ all: true }))
  await anew.reached
  expect(await row()).toMatchObject({ state: 'queued', failure: { kind: 'upload_lost' }, acknowledged: 0 })
  anew.remove()
  expect(only(await engine.settled())).toMatchObject({ state: 'completed', key, verification: 'checksum' })
  shown.happened()
  await shown.ends(lab, [path])
})
