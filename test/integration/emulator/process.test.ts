import { createHash, randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import {
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListPartsCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { GetFederationTokenCommand, STSClient } from '@aws-sdk/client-sts'
import { describe, expect, test } from 'vitest'
import { type EmulatorProcess, runEmulator, startEmulatorProcess } from './emulator-process.ts'
import { bucket, refusalOf, temporaryFolder } from './test-emulator.ts'

const clientOf = ({ ready }: EmulatorProcess, credentials: { accessKeyId: string; secretAccessKey: string } = ready) =>
  new S3Client({ endpoint: ready.endpoint, region: ready.region, credentials, forcePathStyle: true, maxAttempts: 1 })

const mebibyte = 1024 * 1024

describe('The emulator as a process', () => {
  test('says where it is in one line of JSON, and leaves nothing behind at SIGTERM', async () => {
    await using emulator = await startEmulatorProcess()
    expect(emulator.ready.endpoint).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    await clientOf(emulator).send(new CreateBucketCommand({ Bucket: bucket }))
    expect(existsSync(emulator.ready.directory)).toBe(true)
    expect(await emulator.end('SIGTERM')).toBe(0)
    expect(existsSync(emulator.ready.directory)).toBe(false)
  })

  test('ends at SIGINT while a body is still on its way', async () => {
    await using emulator = await startEmulatorProcess(['--rate', '1kB'])
    const s3 = clientOf(emulator)
    await s3.send(new CreateBucketCommand({ Bucket: bucket }))
    const put = s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'key', Body: Buffer.alloc(mebibyte) }))
    const refused = expect(put).rejects.toThrow()
    await expect.poll(() => readdir(`${emulator.ready.directory}/data`)).toHaveLength(1)
    expect(await emulator.end('SIGINT')).toBe(0)
    await refused
  })

  test('explains itself, and what is wrong with a flag', async () => {
    expect(await runEmulator(['--help'])).toMatchObject({ code: 0, output: expect.stringContaining('--min-part-size') })
    expect(await runEmulator(['--rate', 'fast'])).toMatchObject({
      code: 2,
      output: '',
      errors: expect.stringContaining('--rate'),
    })
  })

  test('says so when its port is taken', async () => {
    await using emulator = await startEmulatorProcess()
    const { port } = new URL(emulator.ready.endpoint)
    const second = await runEmulator(['--port', port])
    expect(second).toMatchObject({ code: 1, errors: expect.stringContaining('EADDRINUSE') })
  })

  test('keeps parts, objects and sessions through a SIGKILL', async () => {
    await using folder = await temporaryFolder()
    const flags = ['--dir', folder.path, '--min-part-size', '1']
    const object = { Bucket: bucket, Key: 'drop/film.mov' }
    const first = await startEmulatorProcess(flags)
    await clientOf(first).send(new CreateBucketCommand({ Bucket: bucket }))
    const { ready } = first
    const sts = new STSClient({ endpoint: ready.endpoint, region: ready.region, credentials: ready })
    const policy = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }] }
    const { Credentials } = await sts.send(
      new GetFederationTokenCommand({ Name: 'someone', Policy: JSON.stringify(policy) }),
    )
    const session = {
      accessKeyId: Credentials?.AccessKeyId ?? '',
      secretAccessKey: Credentials?.SecretAccessKey ?? '',
      sessionToken: Credentials?.SessionToken ?? '',
    }
    const before = clientOf(first, session)
    const { UploadId } = await before.send(new CreateMultipartUploadCommand({ ...object, ChecksumAlgorithm: 'CRC32' }))
    const upload = { ...object, UploadId }
    const bodies = ['first ', 'second ', 'third']
    const send = async (client: S3Client, index: number) => {
      const part = { ...upload, PartNumber: index + 1, Body: bodies[index] ?? '' }
      const { ETag, ChecksumCRC32 } = await client.send(new UploadPartCommand(part))
      return { PartNumber: index + 1, ETag, ChecksumCRC32 }
    }
    const kept = [await send(before, 0), await send(before, 1)]
    await first.end('SIGKILL')

    await using second = await startEmulatorProcess(flags)
    const after = clientOf(second, session)
    const { Parts } = await after.send(new ListPartsCommand(upload))
    expect(Parts?.map(({ PartNumber, ETag, ChecksumCRC32 }) => ({ PartNumber, ETag, ChecksumCRC32 }))).toEqual(kept)
    const all = [...kept, await send(after, 2)]
    await after.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts: all } }))
    const got = await after.send(new GetObjectCommand(object))
    expect(await got.Body?.transformToString()).toBe('first second third')
  })
})

describe('The memory of the emulator', () => {
  /** The most that the process ever held, in bytes. */
  const peakOf = async (pid: number): Promise<number> => {
    const status = await readFile(`/proc/${pid}/status`, 'utf8')
    return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) * 1024
  }

  test.for([{ flags: [] }, { flags: ['--discard'] }])(
    'does not grow with the bytes it takes and gives (flags: $flags)',
    async ({ flags }: { flags: string[] }, { skip }) => {
      skip(!existsSync('/proc/self/status'), 'the peak is read from /proc, which is not there')
      await using emulator = await startEmulatorProcess(flags)
      const s3 = clientOf(emulator)
      const object = { Bucket: bucket, Key: 'large' }
      await s3.send(new CreateBucketCommand({ Bucket: bucket }))
      const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ ...object, ChecksumAlgorithm: 'CRC32' }))
      const upload = { ...object, UploadId }
      const Body = randomBytes(16 * mebibyte)
      const parts: CompletedPart[] = []
      const send = async (PartNumber: number) => {
        const { ETag, ChecksumCRC32 } = await s3.send(new UploadPartCommand({ ...upload, PartNumber, Body }))
        parts.push({ PartNumber, ETag, ChecksumCRC32 })
      }
      for (let number = 1; number <= 4; number += 1) await send(number)
      const early = await peakOf(emulator.pid)
      for (let number = 5; number <= 24; number += 1) await send(number)
      await s3.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts: parts } }))
      if (flags.length === 0) {
        const got = await s3.send(new GetObjectCommand(object))
        const [received, expected] = [createHash('sha256'), createHash('sha256')]
        for await (const piece of got.Body as AsyncIterable<Buffer>) received.update(piece)
        for (let number = 1; number <= 24; number += 1) expected.update(Body)
        expect(received.digest('hex')).toBe(expected.digest('hex'))
      } else {
        expect(await refusalOf(s3.send(new GetObjectCommand(object)))).toEqual({
          code: 'InvalidObjectState',
          status: 403,
        })
      }
      const head = await s3.send(new HeadObjectCommand(object))
      expect(head.ContentLength).toBe(24 * Body.length)
      expect((await peakOf(emulator.pid)) - early).toBeLessThan(48 * mebibyte)
    },
  )
})
