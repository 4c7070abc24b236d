import { AbortMultipartUploadCommand } from '@aws-sdk/client-s3'
import { expect, test } from 'vitest'
import { openDatabase } from '../../src/main/engine/db/database.ts'
import { showing } from '../support/reliability.ts'
import { hold, only, pauseRows, sendFilm, smallPart, startSmallLab } from '../support/sending.ts'
import { value } from '../support/value.ts'

const fault = 'upload taken by the lifecycle rule'
const begunAnew = { state: 'queued', failure: { kind: 'upload_lost' }, acknowledged: 0, abortAt: null }

test.concurrent('an upload taken while its parts are sent begins anew, and its row says why', async ({ task }) => {
  const shown = showing(task, { fault, moment: 'UploadPart', outcome: 'sent anew, completed', least: 1 })
  await using lab = await startSmallLab()
  lab.faults.add({ match: { operation: 'UploadPart', partNumber: 3, nth: 1 }, fault: { kind: 'forgetUpload' } })
  const anew = hold(lab, { operation: 'CreateMultipartUpload', nth: 2 })
  const sending = await sendFilm(lab, { parts: 3 })
  await anew.reached
  const { key } = await sending.row()
  expect(await sending.row()).toMatchObject(begunAnew)
  anew.remove()
  expect(await sending.settled()).toMatchObject({ state: 'completed', key, verification: 'checksum' })
  shown.happened()
  await shown.ends(lab, [sending.path])
})

test.concurrent('an upload taken while its row is paused begins anew, and the row says why', async ({ task }) => {
  const shown = showing(task, { fault, moment: 'paused', outcome: 'sent anew, completed', least: 1 })
  await using lab = await startSmallLab()
  const second = hold(lab, { operation: 'UploadPart', partNumber: 2 })
  const anew = hold(lab, { operation: 'CreateMultipartUpload', nth: 2 })
  const { engine, path, row } = await sendFilm(lab)
  await engine.until(([sent]) => sent?.acknowledged === smallPart)
  await pauseRows(engine)
  second.remove()
  const { key } = await row()
  for (const { key: Key, uploadId: UploadId } of await lab.uploads())
    await lab.s3.send(new AbortMultipartUploadCommand({ Bucket: lab.bucket, Key, UploadId }))
  value(await engine.handlers.transfers.resume({ all: true }))
  await anew.reached
  expect(await row()).toMatchObject(begunAnew)
  anew.remove()
  expect(only(await engine.settled())).toMatchObject({ state: 'completed', key, verification: 'checksum' })
  shown.happened()
  await shown.ends(lab, [path])
})

test.concurrent('the row shows when the rule will take its upload, and what ListParts says of that later', async () => {
  const day = 86_400_000
  await using lab = await startSmallLab({ emulator: { abortAfterDays: 3 } })
  const second = hold(lab, { operation: 'UploadPart', partNumber: 2 })
  const before = Date.now()
  const { engine, row } = await sendFilm(lab)
  await engine.until(([sent]) => sent?.acknowledged === smallPart)
  const { abortAt } = await row()
  expect(abortAt).toBeGreaterThan(before + 3 * day)
  expect(abortAt).toBeLessThanOrEqual(Date.now() + 4 * day)
  await engine.stop()

  // as if the rule had been another one when the upload began
  const database = value(openDatabase(engine.profile))
  database.prepare('UPDATE transfers SET abort_at = 1').run()
  database.close()
  const again = lab.engine(engine.profile)
  await again.begin()
  await second.reachedTimes(2)
  expect(only(await again.list())).toMatchObject({ state: 'queued', abortAt })
  second.remove()
  expect(only(await again.settled())).toMatchObject({ state: 'completed', abortAt: null })
})
