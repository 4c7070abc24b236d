import { readFile } from 'node:fs/promises'
import { AbortMultipartUploadCommand, DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { expect, test } from 'vitest'
import { expectArrived } from '../support/bucket-contents.ts'
import type { Lab } from '../support/lab.ts'
import { showing } from '../support/reliability.ts'
import { hold, sendFilm, startSmallLab } from '../support/sending.ts'
import { value } from '../support/value.ts'

const operation = 'CompleteMultipartUpload'

test.concurrent.for([
  { times: 1, afterWork: false, moment: 'Complete, not done' },
  { times: 1, afterWork: true, moment: 'Complete, done all the same' },
  { times: 3, afterWork: false, moment: 'Complete, not done, each of the SDK’s tries' },
  { times: 3, afterWork: true, moment: 'Complete, done all the same, each of the SDK’s tries' },
])('200 with an error in its body, $moment: the file arrives once', async (given, { task }) => {
  const { times, afterWork, moment } = given
  const shown = showing(task, { fault: '200 with an error in its body', moment, outcome: 'completed', least: 1 })
  await using lab = await startSmallLab()
  const told = lab.faults.add({
    match: { operation, times },
    fault: { kind: 'errorInBody', code: 'InternalError', afterWork },
  })
  const sending = await sendFilm(lab)
  expect(await sending.settled()).toMatchObject({ state: 'completed', verification: 'checksum', failure: null })
  expect(told.hits()).toBeGreaterThan(0)
  shown.happened()
  await shown.ends(lab, [sending.path])
})

test.concurrent('NoSuchUpload to a Complete that was done: the broker finds the object', async ({ task }) => {
  const shown = showing(task, {
    fault: 'NoSuchUpload',
    moment: 'Complete, done before',
    outcome: 'completed',
    least: 1,
  })
  await using lab = await startSmallLab()
  lab.faults.add({ match: { operation, times: 1 }, fault: { kind: 'loseAnswer' } })
  const sending = await sendFilm(lab)
  expect(await sending.settled()).toMatchObject({ state: 'completed', verification: 'checksum', attempts: 0 })
  expect(codesOf(lab)).toEqual([null, 'NoSuchUpload'])
  shown.happened()
  await shown.ends(lab, [sending.path])
})

test.concurrent('NoSuchUpload to a Complete that was not done: begun anew under the same key', async ({ task }) => {
  const shown = showing(task, {
    fault: 'NoSuchUpload',
    moment: 'Complete, not done',
    outcome: 'sent anew, completed',
    least: 1,
  })
  await using lab = await startSmallLab()
  lab.faults.add({ match: { operation, times: 1 }, fault: { kind: 'forgetUpload' } })
  const anew = hold(lab, { operation: 'CreateMultipartUpload', nth: 2 })
  const sending = await sendFilm(lab)
  await anew.reached
  expect(await sending.row()).toMatchObject({ state: 'queued', failure: { kind: 'upload_lost' }, acknowledged: 0 })
  anew.remove()
  const row = await sending.settled()
  expect(row).toMatchObject({ state: 'completed', verification: 'checksum' })
  expect(keysOf(lab)).toEqual([row.key, row.key])
  shown.happened()
  await shown.ends(lab, [sending.path])
})

test.concurrent('409 to a Complete that was done: the broker finds the object', async ({ task }) => {
  const shown = showing(task, { fault: '409', moment: 'Complete, done before', outcome: 'completed', least: 1 })
  await using lab = await startSmallLab()
  lab.faults.add({ match: { operation, times: 1 }, fault: { kind: 'loseAnswer' } })
  lab.faults.add({ match: { operation, times: 1 }, fault: { kind: 'error', code: 'ConditionalRequestConflict' } })
  const sending = await sendFilm(lab)
  expect(await sending.settled()).toMatchObject({ state: 'completed', verification: 'checksum', attempts: 0 })
  expect(codesOf(lab)).toEqual([null, 'ConditionalRequestConflict'])
  shown.happened()
  await shown.ends(lab, [sending.path])
})

test.concurrent('409 to a Complete that was not done: begun anew under the same key', async ({ task }) => {
  const shown = showing(task, { fault: '409', moment: 'Complete, not done', outcome: 'sent anew, completed', least: 1 })
  await using lab = await startSmallLab()
  const slowly = lab.faults.add({ match: { operation, times: 1 }, fault: { kind: 'rate', bytesPerSecond: 300 } })
  const anew = hold(lab, { operation: 'CreateMultipartUpload', nth: 2 })
  const sending = await sendFilm(lab)
  await slowly.reached
  const { key } = await sending.row()
  await lab.s3.send(new PutObjectCommand({ Bucket: lab.bucket, Key: `${key}`, Body: 'meanwhile' }))
  await lab.s3.send(new DeleteObjectCommand({ Bucket: lab.bucket, Key: `${key}` }))
  await anew.reached
  expect(await sending.row()).toMatchObject({ state: 'queued', failure: { kind: 'conflict' }, acknowledged: 0 })
  anew.remove()
  expect(await sending.settled()).toMatchObject({ state: 'completed', key, verification: 'checksum' })
  expect(codesOf(lab)).toEqual(['ConditionalRequestConflict', null])
  expect(keysOf(lab)).toEqual([key, key])
  shown.happened()
  // not shown.ends: what was there meanwhile was written under the same key
  await expectArrived(lab, [sending.path])
})

test.concurrent('409 to every Complete: after three uploads anew a person is asked', async ({ task }) => {
  const shown = showing(task, { fault: '409', moment: 'Complete, for ever', outcome: 'failed: conflict', least: 1 })
  await using lab = await startSmallLab()
  lab.faults.add({ match: { operation }, fault: { kind: 'error', code: 'ConditionalRequestConflict' } })
  const sending = await sendFilm(lab)
  const row = await sending.settled()
  expect(row).toMatchObject({ state: 'failed', failure: { kind: 'conflict' } })
  expect(keysOf(lab)).toEqual([row.key, row.key, row.key, row.key])
  shown.happened()
  await endUploads(lab)
  await shown.ends(lab, [])
})

test.concurrent.for([
  { code: 'BadDigest', kind: 'checksum_mismatch' },
  { code: 'InvalidPart', kind: 'invalid_part' },
])(
  '$code to every Complete: after three uploads anew a person is asked, and nothing is left',
  async (given, context) => {
    const { code, kind } = given
    const shown = showing(context.task, {
      fault: code,
      moment: 'Complete, for ever',
      outcome: `failed: ${kind}`,
      least: 1,
    })
    await using lab = await startSmallLab()
    lab.faults.add({ match: { operation }, fault: { kind: 'error', code } })
    const sending = await sendFilm(lab)
    const row = await sending.settled()
    expect(row).toMatchObject({ state: 'failed', failure: { kind } })
    expect(keysOf(lab)).toEqual([row.key, row.key, row.key, row.key])
    shown.happened()
    await shown.ends(lab, [])
  },
)

test.concurrent('InvalidPart to one Complete: the parts are listed, and none is sent again', async ({ task }) => {
  const shown = showing(task, { fault: 'InvalidPart', moment: 'Complete, once', outcome: 'completed', least: 1 })
  await using lab = await startSmallLab()
  // the first upload to a store is completed twice: it might be the full-object checksum that is refused
  const refused = lab.faults.add({ match: { operation, times: 2 }, fault: { kind: 'error', code: 'InvalidPart' } })
  const listing = hold(lab, { operation: 'ListParts' })
  const sending = await sendFilm(lab)
  await listing.reached
  expect(await sending.row()).toMatchObject({ state: 'queued', failure: { kind: 'invalid_part' } })
  listing.remove()
  expect(await sending.settled()).toMatchObject({ state: 'completed', verification: 'checksum' })
  expect(refused.hits()).toBe(2)
  expect(lab.faults.served({ operation: 'ListParts' })).toHaveLength(1)
  expect(lab.faults.served({ operation: 'UploadPart' })).toHaveLength(2)
  shown.happened()
  await shown.ends(lab, [sending.path])
})

const writes = [
  { operation: 'PutObject', parts: 1 },
  { operation: 'CompleteMultipartUpload', parts: 2 },
] as const

test.concurrent.for(writes)('412 to $operation, and the object is ours: completed', async (given, { task }) => {
  const shown = showing(task, {
    fault: '412',
    moment: `${given.operation}, ours is there`,
    outcome: 'completed',
    least: 1,
  })
  await using lab = await startSmallLab()
  const held = hold(lab, { operation: given.operation, nth: 1 })
  const sending = await sendFilm(lab, given)
  await held.reached
  await put(lab, (await sending.row()).key, await readFile(sending.path))
  held.remove()
  expect(await sending.settled()).toMatchObject({ state: 'completed', verification: 'checksum', attempts: 0 })
  expect(lab.faults.served({ operation: given.operation, status: 412 })).toHaveLength(1)
  shown.happened()
  await shown.ends(lab, [sending.path])
})

test.concurrent.for(writes)(
  '412 to $operation, and the object is foreign: nothing is overwritten',
  async (given, { task }) => {
    const shown = showing(task, {
      fault: '412',
      moment: `${given.operation}, another’s is there`,
      outcome: 'failed: exists',
      least: 1,
    })
    await using lab = await startSmallLab()
    const held = hold(lab, { operation: given.operation, nth: 1 })
    const sending = await sendFilm(lab, given)
    await held.reached
    const foreign = (await readFile(sending.path)).reverse()
    await put(lab, (await sending.row()).key, foreign)
    held.remove()
    expect(await sending.settled()).toMatchObject({ state: 'failed', failure: { kind: 'exists' } })
    value(await sending.engine.handlers.transfers.cancel({ all: true }))
    expect(await sending.engine.settled()).toEqual([])
    shown.happened()
    await shown.ends(lab, [foreign])
  },
)

const codesOf = (lab: Lab) => lab.faults.served({ operation }).map(({ code }) => code)
/** Of each upload that was begun. */
const keysOf = (lab: Lab) => lab.faults.served({ operation: 'CreateMultipartUpload' }).map(({ key }) => key)

const put = (lab: Lab, key: string | null, bytes: Buffer) =>
  lab.s3.send(new PutObjectCommand({ Bucket: lab.bucket, Key: `${key}`, Body: bytes, ChecksumAlgorithm: 'CRC32' }))

/** S3's 409 ends the upload, the ordered one does not. */
async function endUploads(lab: Lab): Promise<void> {
  for (const { key, uploadId } of await lab.uploads())
    await lab.s3.send(new AbortMultipartUploadCommand({ Bucket: lab.bucket, Key: key, UploadId: uploadId }))
}
