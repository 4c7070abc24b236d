import { cp, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { describe, expect, test } from 'vitest'
import { startEmulator } from '../../../src/emulator/start-emulator.ts'
import { bucket, startTestEmulator } from './test-emulator.ts'

const object = { Bucket: bucket, Key: 'key' }

async function completedUpload({ s3, directory }: Awaited<ReturnType<typeof startTestEmulator>>) {
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ ...object, ChecksumAlgorithm: 'CRC32' }))
  const parts = []
  for (const PartNumber of [1, 2, 3]) {
    const part = { ...object, UploadId, PartNumber, Body: `part ${PartNumber} ` }
    const { ETag, ChecksumCRC32 } = await s3.send(new UploadPartCommand(part))
    parts.push({ PartNumber, ETag, ChecksumCRC32 })
  }
  const records = join(directory, 'buckets', bucket, 'uploads', UploadId ?? '')
  const copy = join(directory, 'copy-of-records')
  await cp(records, copy, { recursive: true })
  const MultipartUpload = { Parts: parts.slice(0, 2) }
  await s3.send(new CompleteMultipartUploadCommand({ ...object, UploadId, MultipartUpload }))
  return { UploadId, records, copy }
}

/** What the client of another emulator on the same directory finds. */
async function reopen<Found>(directory: string, look: (s3: S3Client) => Promise<Found>): Promise<Found> {
  const emulator = await startEmulator({ directory, minPartSize: 1 })
  const { endpoint, region } = emulator
  const s3 = new S3Client({ endpoint, region, credentials: emulator, forcePathStyle: true, maxAttempts: 1 })
  try {
    return await look(s3)
  } finally {
    s3.destroy()
    await emulator.close()
  }
}

describe('The directory of the emulator', () => {
  test('holds no bytes that belong to nothing: those of unused parts, replaced and deleted objects go', async () => {
    await using scene = await startTestEmulator({ minPartSize: 1 })
    await completedUpload(scene)
    const count = async () => (await readdir(join(scene.directory, 'data'))).length
    await expect.poll(count).toBe(2)
    await scene.s3.send(new PutObjectCommand({ ...object, Body: 'x' }))
    await expect.poll(count).toBe(1)
    await scene.s3.send(new DeleteObjectCommand(object))
    await expect.poll(count).toBe(0)
  })

  test('is put in order after a crash between an object and the end of its upload', async () => {
    await using scene = await startTestEmulator({ minPartSize: 1 })
    const { records, copy } = await completedUpload(scene)
    await scene.emulator.close()
    await cp(copy, records, { recursive: true })
    const found = await reopen(scene.directory, async (s3) => {
      const got = await s3.send(new GetObjectCommand(object))
      const { Uploads } = await s3.send(new ListMultipartUploadsCommand({ Bucket: bucket }))
      return { text: await got.Body?.transformToString(), Uploads }
    })
    expect(found).toEqual({ text: 'part 1 part 2 ', Uploads: undefined })
  })

  test('is rid of what a crash left half-written', async () => {
    await using scene = await startTestEmulator()
    await scene.s3.send(new PutObjectCommand({ ...object, Body: 'kept' }))
    await scene.emulator.close()
    await writeFile(join(scene.directory, 'data', 'half-written'), 'bytes of a request that never ended')
    const records = join(scene.directory, 'buckets', bucket, 'objects')
    await writeFile(join(records, 'abc.json.new'), '{"key":')
    const text = await reopen(scene.directory, async (s3) =>
      (await s3.send(new GetObjectCommand(object))).Body?.transformToString(),
    )
    expect(text).toBe('kept')
    expect(await readdir(join(scene.directory, 'data'))).toHaveLength(1)
    expect(await readdir(records)).toHaveLength(1)
  })
})

test('The rate holds for all bodies together', async () => {
  await using scene = await startTestEmulator({ bytesPerSecond: 1_000_000 })
  const started = performance.now()
  const put = (Key: string) => scene.s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body: Buffer.alloc(150_000) }))
  await Promise.all(['a', 'b'].map(put))
  expect(performance.now() - started).toBeGreaterThan(295)
})
