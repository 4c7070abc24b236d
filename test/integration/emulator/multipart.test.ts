import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  type CompleteMultipartUploadCommandInput,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandInput,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
  type UploadPartCommandInput,
} from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { describe, expect, test } from 'vitest'
import { bucket, refusalOf, startTestEmulator } from './test-emulator.ts'

const Key = 'folder/film.mov'
const day = 86_400_000
const base64Crc32 = (bytes: Buffer) => {
  const value = Buffer.alloc(4)
  value.writeUInt32BE(crc32(bytes))
  return value.toString('base64')
}

/** An upload of small parts with everything that a test may want to say otherwise. */
async function startUpload(s3: S3Client, overrides: Partial<CreateMultipartUploadCommandInput> = {}) {
  const created = await s3.send(
    new CreateMultipartUploadCommand({
      Bucket: bucket,
      Key,
      ChecksumAlgorithm: 'CRC32',
      ChecksumType: 'FULL_OBJECT',
      ...overrides,
    }),
  )
  const upload = { Bucket: bucket, Key, UploadId: created.UploadId }
  return {
    created,
    upload,
    async sendPart(PartNumber: number, Body: string | Buffer, input: Partial<UploadPartCommandInput> = {}) {
      const { ETag, ChecksumCRC32, ChecksumSHA256 } = await s3.send(
        new UploadPartCommand({ ...upload, PartNumber, Body, ...input }),
      )
      return { PartNumber, ETag, ChecksumCRC32, ChecksumSHA256 } as CompletedPart
    },
    complete: (Parts: CompletedPart[], input: Partial<CompleteMultipartUploadCommandInput> = {}) =>
      s3.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts }, ...input })),
    listed: async () => (await s3.send(new ListPartsCommand(upload))).Parts ?? [],
    abort: () => s3.send(new AbortMultipartUploadCommand(upload)),
  }
}

const small = { minPartSize: 4 }

describe('A multipart upload', () => {
  test('becomes one object with its checksum of the whole, and is gone then', async () => {
    await using scene = await startTestEmulator(small)
    const upload = await startUpload(scene.s3, { ContentType: 'video/quicktime', Metadata: { a: '1' } })
    const parts = [
      await upload.sendPart(1, 'hello '),
      await upload.sendPart(2, 'world '),
      await upload.sendPart(7, '!'),
    ]
    const whole = Buffer.from('hello world !')
    const done = await upload.complete(parts, {
      ChecksumType: 'FULL_OBJECT',
      ChecksumCRC32: base64Crc32(whole),
      MpuObjectSize: whole.length,
    })
    const md5 = (text: string) => createHash('md5').update(text).digest()
    const digests = createHash('md5').update(Buffer.concat(['hello ', 'world ', '!'].map(md5)))
    expect(done).toMatchObject({
      ETag: `"${digests.digest('hex')}-3"`,
      ChecksumCRC32: base64Crc32(whole),
      ChecksumType: 'FULL_OBJECT',
    })
    const got = await scene.s3.send(new GetObjectCommand({ Bucket: bucket, Key, Range: 'bytes=4-12' }))
    expect(await got.Body?.transformToString()).toBe('o world !')
    const head = await scene.s3.send(new HeadObjectCommand({ Bucket: bucket, Key, ChecksumMode: 'ENABLED' }))
    expect(head).toMatchObject({
      ContentLength: whole.length,
      ContentType: 'video/quicktime',
      Metadata: { a: '1' },
      ETag: done.ETag,
      ChecksumCRC32: base64Crc32(whole),
      ChecksumType: 'FULL_OBJECT',
    })
    const gone = { code: 'NoSuchUpload', status: 404 }
    expect(await refusalOf(upload.complete(parts))).toEqual(gone)
    expect(await refusalOf(upload.sendPart(1, 'late'))).toEqual(gone)
    expect(await refusalOf(upload.abort())).toEqual(gone)
    expect(await refusalOf(upload.listed())).toEqual(gone)
  })

  test('lists its parts in pages of at most a thousand, in order and with gaps', async () => {
    await using scene = await startTestEmulator(small)
    const upload = await startUpload(scene.s3)
    for (let from = 1_005; from > 0; from -= 67)
      await Promise.all(
        Array.from({ length: Math.min(67, from) }, (_, index) => upload.sendPart((from - index) * 2, 'part')),
      )
    const list = (PartNumberMarker?: string, MaxParts?: number) =>
      scene.s3.send(new ListPartsCommand({ ...upload.upload, PartNumberMarker, MaxParts }))
    const first = await list(undefined, 5_000)
    expect(first).toMatchObject({ IsTruncated: true, NextPartNumberMarker: '2000', MaxParts: 1_000 })
    expect(first.Parts).toHaveLength(1_000)
    expect(first.Parts?.[0]).toMatchObject({ PartNumber: 2, Size: 4, ChecksumCRC32: base64Crc32(Buffer.from('part')) })
    const second = await list(first.NextPartNumberMarker)
    expect(second.IsTruncated).toBe(false)
    expect(second.Parts?.map(({ PartNumber }) => PartNumber)).toEqual([2_002, 2_004, 2_006, 2_008, 2_010])
  })

  test('keeps the last of the bytes that were sent under a part number', async () => {
    await using scene = await startTestEmulator(small)
    const upload = await startUpload(scene.s3)
    const stale = await upload.sendPart(1, 'first')
    const fresh = await upload.sendPart(1, 'second')
    expect(await refusalOf(upload.complete([stale]))).toEqual({ code: 'InvalidPart', status: 400 })
    await upload.complete([fresh])
    const got = await scene.s3.send(new GetObjectCommand({ Bucket: bucket, Key }))
    expect(await got.Body?.transformToString()).toBe('second')
  })

  test('tells the day on which the lifecycle rule takes it, and is taken then', async () => {
    let ahead = 0
    await using scene = await startTestEmulator({ ...small, abortAfterDays: 3, now: () => Date.now() + ahead })
    const started = Date.now()
    const upload = await startUpload(scene.s3)
    const AbortDate = upload.created.AbortDate ?? new Date(0)
    expect(AbortDate.getTime() % day).toBe(0)
    expect(AbortDate.getTime() - started).toBeGreaterThan(3 * day - 60_000)
    expect(AbortDate.getTime() - started).toBeLessThanOrEqual(4 * day)
    expect(await scene.s3.send(new ListPartsCommand(upload.upload))).toMatchObject({ AbortDate })
    ahead = 4 * day
    const later = scene.s3As(scene.emulator, { systemClockOffset: ahead })
    expect(await refusalOf(later.send(new ListPartsCommand(upload.upload)))).toMatchObject({ code: 'NoSuchUpload' })
  })

  test('has no such day where there is no rule', async () => {
    await using scene = await startTestEmulator({ abortAfterDays: null })
    expect((await startUpload(scene.s3)).created.AbortDate).toBeUndefined()
  })

  test('is listed until it is aborted, with its bytes', async () => {
    await using scene = await startTestEmulator(small)
    const upload = await startUpload(scene.s3)
    await upload.sendPart(1, 'part')
    const list = async (Prefix: string) =>
      (await scene.s3.send(new ListMultipartUploadsCommand({ Bucket: bucket, Prefix }))).Uploads?.map(
        ({ UploadId }) => UploadId,
      )
    expect(await list('folder/')).toEqual([upload.upload.UploadId])
    expect(await list('other')).toBeUndefined()
    await upload.abort()
    expect(await list('')).toBeUndefined()
    expect(await refusalOf(upload.sendPart(2, 'part'))).toMatchObject({ code: 'NoSuchUpload' })
  })

  test('of another key is not found, whoever knows its id', async () => {
    await using scene = await startTestEmulator(small)
    const upload = await startUpload(scene.s3)
    const other = { ...upload.upload, Key: 'other' }
    expect(await refusalOf(scene.s3.send(new ListPartsCommand(other)))).toMatchObject({ code: 'NoSuchUpload' })
    const climbing = { ...upload.upload, UploadId: `../uploads/${upload.upload.UploadId}` }
    expect(await refusalOf(scene.s3.send(new ListPartsCommand(climbing)))).toMatchObject({ code: 'NoSuchUpload' })
  })

  test('of lib-storage comes out whole', async () => {
    await using scene = await startTestEmulator()
    const Body = Buffer.alloc(12 * 1024 * 1024 + 3, 'lib-storage')
    await new Upload({ client: scene.s3, params: { Bucket: bucket, Key, Body }, queueSize: 3 }).done()
    const got = await scene.s3.send(new GetObjectCommand({ Bucket: bucket, Key }))
    expect(Buffer.from((await got.Body?.transformToByteArray()) ?? []).equals(Body)).toBe(true)
    expect(got.ETag).toMatch(/-3"$/)
  })
})

describe('Complete', () => {
  test.each([
    ['a part too small that is not the last', ['abc', 'defg'], [1, 2], {}, 'EntityTooSmall'],
    ['parts out of order', ['abcd', 'efgh'], [2, 1], {}, 'InvalidPartOrder'],
    ['a part twice', ['abcd', 'efgh'], [1, 1], {}, 'InvalidPartOrder'],
    ['a part that was never sent', ['abcd'], [1, 9], {}, 'InvalidPart'],
    ['no part', ['abcd'], [], {}, 'MalformedXML'],
    ['the wrong checksum of the whole', ['abcd'], [1], { ChecksumCRC32: 'AAAAAA==' }, 'BadDigest'],
    ['the wrong size', ['abcd'], [1], { MpuObjectSize: 5 }, 'InvalidRequest'],
    ['another type of checksum', ['abcd'], [1], { ChecksumType: 'COMPOSITE' }, 'InvalidRequest'],
    ['another algorithm', ['abcd'], [1], { ChecksumCRC32C: 'AAAAAA==' }, 'InvalidRequest'],
  ] as const)('with %s is refused, and the upload lives on', async (_what, bodies, numbers, input, code) => {
    await using scene = await startTestEmulator(small)
    const upload = await startUpload(scene.s3)
    const sent = await Promise.all(bodies.map((body, index) => upload.sendPart(index + 1, body)))
    const Parts = numbers.map((number) => sent[number - 1] ?? { PartNumber: number, ETag: '"0"' })
    expect(await refusalOf(upload.complete(Parts, input as object))).toEqual({ code, status: 400 })
    expect(await upload.listed()).toHaveLength(bodies.length)
  })

  test('with the checksum of another part is refused', async () => {
    await using scene = await startTestEmulator(small)
    const upload = await startUpload(scene.s3)
    const part = await upload.sendPart(1, 'abcd')
    expect(await refusalOf(upload.complete([{ ...part, ChecksumCRC32: 'AAAAAA==' }]))).toMatchObject({
      code: 'InvalidPart',
    })
  })

  test('on the condition that the key is free leaves upload and object alone where it is not', async () => {
    await using scene = await startTestEmulator(small)
    const upload = await startUpload(scene.s3)
    const part = await upload.sendPart(1, 'mine')
    await scene.s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body: 'theirs' }))
    expect(await refusalOf(upload.complete([part], { IfNoneMatch: '*' }))).toEqual({
      code: 'PreconditionFailed',
      status: 412,
    })
    expect(await upload.listed()).toHaveLength(1)
    await scene.s3.send(new DeleteObjectCommand({ Bucket: bucket, Key }))
    await upload.complete([part], { IfNoneMatch: '*' })
  })
})

describe('A part', () => {
  test('is refused with a checksum of another kind than its upload has', async () => {
    await using scene = await startTestEmulator(small)
    const upload = await startUpload(scene.s3)
    expect(await refusalOf(upload.sendPart(1, 'part', { ChecksumAlgorithm: 'SHA256' }))).toMatchObject({
      code: 'InvalidRequest',
    })
    expect(await refusalOf(upload.sendPart(1, 'part', { ChecksumCRC32: 'AAAAAA==' }))).toMatchObject({
      code: 'BadDigest',
    })
    expect(await upload.listed()).toEqual([])
  })

  test('has a number from 1 to 10,000', async () => {
    await using scene = await startTestEmulator(small)
    const upload = await startUpload(scene.s3)
    await upload.sendPart(10_000, 'part')
    for (const number of [0, 10_001])
      expect(await refusalOf(upload.sendPart(number, 'part'))).toMatchObject({ code: 'InvalidArgument' })
  })

  test('without a checksum is still counted into that of the whole', async () => {
    await using scene = await startTestEmulator(small)
    const upload = await startUpload(scene.s3)
    const s3 = scene.s3As(scene.emulator, { requestChecksumCalculation: 'WHEN_REQUIRED' })
    const { ETag } = await s3.send(new UploadPartCommand({ ...upload.upload, PartNumber: 1, Body: 'part' }))
    const done = await upload.complete([{ PartNumber: 1, ETag }])
    expect(done.ChecksumCRC32).toBe(base64Crc32(Buffer.from('part')))
  })
})

describe('A composite checksum', () => {
  test('is made of the checksums of the parts, which Complete has to name', async () => {
    await using scene = await startTestEmulator(small)
    const upload = await startUpload(scene.s3, { ChecksumAlgorithm: 'SHA256', ChecksumType: undefined })
    expect(upload.created.ChecksumType).toBe('COMPOSITE')
    const bodies = ['abcd', 'efgh']
    const parts = await Promise.all(
      bodies.map((body, index) => upload.sendPart(index + 1, body, { ChecksumAlgorithm: 'SHA256' })),
    )
    const unnamed = parts.map(({ PartNumber, ETag }) => ({ PartNumber, ETag }))
    expect(await refusalOf(upload.complete(unnamed))).toMatchObject({ code: 'InvalidRequest' })
    const digests = bodies.map((body) => createHash('sha256').update(body).digest())
    const expected = createHash('sha256').update(Buffer.concat(digests)).digest('base64')
    expect(await upload.complete(parts)).toMatchObject({ ChecksumSHA256: `${expected}-2`, ChecksumType: 'COMPOSITE' })
  })

  test.each([
    ['SHA256', 'FULL_OBJECT'],
    ['CRC64NVME', 'COMPOSITE'],
  ] as const)('and its opposite are not offered for everything: %s %s', async (ChecksumAlgorithm, ChecksumType) => {
    await using scene = await startTestEmulator()
    const created = startUpload(scene.s3, { ChecksumAlgorithm, ChecksumType })
    expect(await refusalOf(created)).toEqual({ code: 'InvalidRequest', status: 400 })
  })
})
