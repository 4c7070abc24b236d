import { expect, test } from 'vitest'
import { fastClock, replaceDate } from '../support/clock.ts'
import { showing } from '../support/reliability.ts'
import { hold, only, pauseRows, sendFilm, smallPart, startSmallLab } from '../support/sending.ts'
import { value } from '../support/value.ts'

const day = 86_400_000
const clock = fastClock(1)
replaceDate(clock.now)

test.for([
  { moment: 'paused for 6 days', restarts: false },
  { moment: 'not running for 6 days', restarts: true },
])('the grant of a row that was $moment is renewed, and its upload goes on', async ({ moment, restarts }, { task }) => {
  const shown = showing(task, { fault: 'token ended long ago', moment, outcome: 'completed', least: 1 })
  await using lab = await startSmallLab({ now: clock.now, emulator: { minPartSize: 1, abortAfterDays: 30 } })
  const second = hold(lab, { operation: 'UploadPart', partNumber: 2 })
  const sending = await sendFilm(lab, { now: clock.now })
  let { engine } = sending
  await engine.until(([row]) => row?.acknowledged === smallPart)
  if (!restarts) await pauseRows(engine)
  else await engine.stop()
  second.remove()
  clock.jump(6 * day)
  if (!restarts) value(await engine.handlers.transfers.resume({ all: true }))
  else {
    engine = lab.engine(engine.profile, { now: clock.now })
    await engine.begin()
  }
  expect(only(await engine.settled())).toMatchObject({ state: 'completed', verification: 'checksum', attempts: 0 })
  expect(lab.faults.served({ operation: 'GetFederationToken', status: 200 })).toHaveLength(2)
  expect(lab.faults.served({ operation: 'UploadPart', partNumber: 1 })).toHaveLength(1)
  expect(lab.faults.served({ operation: 'CreateMultipartUpload' })).toHaveLength(1)
  shown.happened()
  await shown.ends(lab, [sending.path])
})
