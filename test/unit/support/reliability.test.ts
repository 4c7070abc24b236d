import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CreateMultipartUploadCommand, PutObjectCommand, UploadPartCommand } from '@aws-sdk/client-s3'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Lab, startLab } from '../../support/lab.ts'
import { type ReliabilityRow, showing } from '../../support/reliability.ts'

const file = Buffer.from('the bytes of a file')
const other = Buffer.from('the bytes of a film')
const named = { fault: 'killed', moment: 'Create → id saved', outcome: 'completed' }

let lab: Lab
beforeEach(async () => {
  lab = await startLab({ faults: true })
})
afterEach(() => lab.close())

const put = (Key: string, Body: Buffer) => lab.s3.send(new PutObjectCommand({ Bucket: lab.bucket, Key, Body }))

async function createUpload(Key: string) {
  const { UploadId } = await lab.s3.send(
    new CreateMultipartUploadCommand({ Bucket: lab.bucket, Key, ChecksumAlgorithm: 'CRC32' }),
  )
  return () =>
    lab.s3.send(new UploadPartCommand({ Bucket: lab.bucket, Key, UploadId: UploadId ?? '', PartNumber: 1, Body: file }))
}

/** A row that has begun, and what is found in the end where that is not as it should be. */
function row(slots = 1) {
  const task: { meta: { reliability?: readonly ReliabilityRow[] } } = { meta: {} }
  const shown = showing(task, { ...named, slots })
  const found = async (sources: readonly (string | Buffer)[], isGood = false) => {
    const ends = shown.ends(lab, sources)
    if (isGood) await ends
    else await expect(ends).rejects.toThrow()
    return task.meta.reliability?.[0]?.found
  }
  return { shown, found, task }
}

const good = { lost: 0, corrupt: 0, duplicated: 0, resent: 0, emptyUploads: 0, uploadsWithParts: 0 }

test('files that are one object each, written once, are found good', async () => {
  await Promise.all([put('a', file), put('b', file), put('c', other)])
  expect(await row().found([file, other, file], true)).toEqual(good)
})

test('a file without an object is lost', async () => {
  await put('a', file)
  expect(await row().found([file, other])).toEqual({ ...good, lost: 1 })
})

test('an object with other bytes than its file is corrupt, and the file not lost besides', async () => {
  await put('a', other)
  expect(await row().found([file])).toEqual({ ...good, corrupt: 1 })
})

test('two objects that have each other’s bytes are corrupt', async () => {
  const paths = ['a.mov', 'b.mov'].map((name) => join(lab.folder, name))
  await Promise.all([writeFile(paths[0] ?? '', file), writeFile(paths[1] ?? '', other)])
  await Promise.all([put('1/a.mov', other), put('2/b.mov', file)])
  expect(await row().found(paths)).toEqual({ ...good, corrupt: 2 })
  await Promise.all([put('1/a.mov', file), put('2/b.mov', other)])
  expect(await row().found(paths)).toEqual({ ...good, duplicated: 2, resent: 2 })
})

test('two objects of one file are a duplicate', async () => {
  await Promise.all([put('a', file), put('b', file)])
  expect(await row().found([file])).toEqual({ ...good, duplicated: 1 })
})

test('a key that was written twice is a duplicate, though one object is there', async () => {
  await put('a', file)
  await put('a', file)
  expect(await row().found([file])).toEqual({ ...good, duplicated: 1, resent: 1 })
})

test('an unfinished upload is found, with its parts or empty, and refused unless it is allowed', async () => {
  await createUpload('a')
  expect(await row().found([])).toEqual({ ...good, emptyUploads: 1 })
  await row().shown.ends(lab, [], { emptyUploads: 1 })
  await (await createUpload('b'))()
  expect(await row().found([])).toEqual({ ...good, emptyUploads: 1, uploadsWithParts: 1 })
  await row().shown.ends(lab, [], { emptyUploads: 1, uploadsWithParts: 1 })
})

test('a kill may cost what was on the wire and no more', async () => {
  const sendPart = await createUpload('a')
  await sendPart()
  await sendPart()
  const { shown, task } = row()
  shown.killed()
  await shown.ends(lab, [], { uploadsWithParts: 1 })
  await sendPart()
  const killed = row()
  killed.shown.killed()
  await expect(killed.shown.ends(lab, [], { uploadsWithParts: 1 })).rejects.toThrow()
  expect(task.meta.reliability).toEqual([
    {
      ...{ ...named, slots: 1, least: 3, times: 1, kills: 1 },
      found: { ...good, resent: 1, uploadsWithParts: 1 },
      allowed: { resent: 1, emptyUploads: 0, uploadsWithParts: 1 },
    },
  ])
})

test('what was served before the store was restarted is counted too', async () => {
  await put('a', file)
  await lab.restartStore(async () => {})
  await put('a', file)
  expect(await row().found([file])).toEqual({ ...good, duplicated: 1, resent: 1 })
})
