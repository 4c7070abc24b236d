import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type PutObjectCommandInput,
} from '@aws-sdk/client-s3'
import { describe, expect, test } from 'vitest'
import { bucket, refusalOf, startTestEmulator } from './test-emulator.ts'

const named = (Key: string, overrides: Partial<PutObjectCommandInput> = {}) => ({ Bucket: bucket, Key, ...overrides })

describe('An object', () => {
  test('comes back with its bytes and everything that was said of it', async () => {
    await using scene = await startTestEmulator()
    const put = await scene.s3.send(
      new PutObjectCommand(
        named('key', {
          Body: 'hello',
          ContentType: 'text/plain',
          CacheControl: 'no-store',
          ContentDisposition: 'attachment; filename="x"',
          ContentEncoding: 'identity',
          Metadata: { name: 'Über' },
          StorageClass: 'STANDARD_IA',
          Tagging: 'project=film&note=a%20b',
        }),
      ),
    )
    expect(put).toMatchObject({ ETag: '"5d41402abc4b2a76b9719d911017c592"', ChecksumCRC32: 'NhCmhg==' })
    const got = await scene.s3.send(new GetObjectCommand(named('key')))
    expect(await got.Body?.transformToString()).toBe('hello')
    expect(got).toMatchObject({
      ContentLength: 5,
      ContentType: 'text/plain',
      CacheControl: 'no-store',
      ContentDisposition: 'attachment; filename="x"',
      ContentEncoding: 'identity',
      Metadata: { name: '=?UTF-8?B?w5xiZXI=?=' },
      StorageClass: 'STANDARD_IA',
      TagCount: 2,
      ETag: put.ETag,
      ChecksumCRC32: 'NhCmhg==',
      ChecksumType: 'FULL_OBJECT',
    })
    const { TagSet } = await scene.s3.send(new GetObjectTaggingCommand(named('key')))
    expect(TagSet).toEqual([
      { Key: 'project', Value: 'film' },
      { Key: 'note', Value: 'a b' },
    ])
  })

  test('is read with other headers where the request asks for them', async () => {
    await using scene = await startTestEmulator()
    await scene.s3.send(new PutObjectCommand(named('key', { Body: 'hello', ContentType: 'text/plain' })))
    const asked = { ResponseContentDisposition: 'inline; filename="ä"', ResponseCacheControl: 'no-store' }
    const got = await scene.s3.send(new GetObjectCommand({ ...named('key'), ...asked }))
    expect(got).toMatchObject({
      ContentDisposition: 'inline; filename="ä"',
      CacheControl: 'no-store',
      ContentType: 'text/plain',
    })
    await got.Body?.transformToString()
    const found = await scene.s3.send(new HeadObjectCommand({ ...named('key'), ResponseContentType: 'image/png' }))
    expect(found.ContentType).toBe('image/png')
    const impossible = { ...named('key'), ResponseContentDisposition: 'inline\r\nset-cookie: a=b' }
    expect(await refusalOf(scene.s3.send(new GetObjectCommand(impossible)))).toEqual({
      code: 'InvalidArgument',
      status: 400,
    })
  })

  test.each([
    '..',
    '../../outside',
    './a//b/',
    'a/../b',
    'space and + plus',
    '100%25?#&=;:@$,',
    'ключ/日本語/𝄞',
    `"quoted" <tag> 'x'`,
    'x'.repeat(1_024),
    'back\\slash',
  ])('may be called %j', async (key) => {
    await using scene = await startTestEmulator()
    await scene.s3.send(new PutObjectCommand(named(key, { Body: key })))
    const got = await scene.s3.send(new GetObjectCommand(named(key)))
    expect(await got.Body?.transformToString()).toBe(key)
    const listed = await scene.s3.send(new ListObjectsV2Command({ Bucket: bucket }))
    expect(listed.Contents?.map(({ Key }) => Key)).toEqual([key])
    const deletion = new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects: [{ Key: key }] } })
    expect((await scene.s3.send(deletion)).Deleted).toEqual([{ Key: key }])
    expect((await scene.s3.send(new ListObjectsV2Command({ Bucket: bucket }))).KeyCount).toBe(0)
  })

  test('may be empty, and is then there all the same', async () => {
    await using scene = await startTestEmulator()
    await scene.s3.send(new PutObjectCommand(named('empty', { Body: Buffer.alloc(0) })))
    const got = await scene.s3.send(new GetObjectCommand(named('empty')))
    expect(got.ContentLength).toBe(0)
    expect(await got.Body?.transformToString()).toBe('')
  })

  test('arrives whole as a stream in aws-chunked encoding, without its framing', async () => {
    await using scene = await startTestEmulator()
    const bytes = Buffer.alloc(300_000, 'stream')
    const Body = Readable.from([bytes.subarray(0, 70_001), bytes.subarray(70_001)])
    const put = await scene.s3.send(new PutObjectCommand(named('stream', { Body, ContentLength: bytes.length })))
    expect(put.ChecksumCRC32).toBeDefined()
    const got = await scene.s3.send(new GetObjectCommand(named('stream')))
    expect(Buffer.from((await got.Body?.transformToByteArray()) ?? []).equals(bytes)).toBe(true)
    expect(got.ContentEncoding).toBeUndefined()
  })

  test('answers a range with these bytes and their place', async () => {
    await using scene = await startTestEmulator()
    await scene.s3.send(new PutObjectCommand(named('key', { Body: '0123456789' })))
    const got = await scene.s3.send(new GetObjectCommand({ ...named('key'), Range: 'bytes=-3' }))
    expect(await got.Body?.transformToString()).toBe('789')
    expect(got).toMatchObject({ ContentRange: 'bytes 7-9/10', ContentLength: 3 })
    expect(await refusalOf(scene.s3.send(new GetObjectCommand({ ...named('key'), Range: 'bytes=10-' })))).toEqual({
      code: 'InvalidRange',
      status: 416,
    })
  })

  test('is read whole while it is overwritten and deleted', async () => {
    await using scene = await startTestEmulator()
    const bytes = Buffer.alloc(8_000_000, 'before')
    await scene.s3.send(new PutObjectCommand(named('key', { Body: bytes })))
    const reading = await scene.s3.send(new GetObjectCommand(named('key')))
    await scene.s3.send(new PutObjectCommand(named('key', { Body: 'after' })))
    await scene.s3.send(new DeleteObjectCommand(named('key')))
    const read = Buffer.from((await reading.Body?.transformToByteArray()) ?? [])
    expect(read.equals(bytes)).toBe(true)
  })

  test('that is not there is NoSuchKey, and deleting it is no failure', async () => {
    await using scene = await startTestEmulator()
    const missing = { Bucket: bucket, Key: 'missing' }
    expect(await refusalOf(scene.s3.send(new GetObjectCommand(missing)))).toEqual({ code: 'NoSuchKey', status: 404 })
    expect(await refusalOf(scene.s3.send(new HeadObjectCommand(missing)))).toEqual({ code: 'NotFound', status: 404 })
    await scene.s3.send(new DeleteObjectCommand(missing))
  })

  test('is copied with what was said of it, or with something else', async () => {
    await using scene = await startTestEmulator()
    await scene.s3.send(
      new PutObjectCommand(named('a +é', { Body: 'hello', ContentType: 'text/plain', Metadata: { a: '1' } })),
    )
    const CopySource = `${bucket}/${encodeURIComponent('a +é')}`
    await scene.s3.send(new CopyObjectCommand({ ...named('same'), CopySource }))
    await scene.s3.send(
      new CopyObjectCommand({ ...named('other'), CopySource, MetadataDirective: 'REPLACE', Metadata: { b: '2' } }),
    )
    const same = await scene.s3.send(new HeadObjectCommand(named('same')))
    expect(same).toMatchObject({ ContentLength: 5, ContentType: 'text/plain', Metadata: { a: '1' } })
    const other = await scene.s3.send(new HeadObjectCommand(named('other')))
    expect(other).toMatchObject({ ContentLength: 5, Metadata: { b: '2' } })
    await scene.s3.send(new DeleteObjectCommand(named('a +é')))
    const got = await scene.s3.send(new GetObjectCommand(named('same')))
    expect(await got.Body?.transformToString()).toBe('hello')
  })

  test('is answered with 304 to whoever has it already', async () => {
    await using scene = await startTestEmulator()
    const { ETag } = await scene.s3.send(new PutObjectCommand(named('key', { Body: 'x' })))
    const unchanged = new GetObjectCommand({ ...named('key'), IfNoneMatch: ETag })
    expect(await refusalOf(scene.s3.send(unchanged))).toMatchObject({ status: 304 })
    const another = new GetObjectCommand({ ...named('key'), IfMatch: '"0"' })
    expect(await refusalOf(scene.s3.send(another))).toEqual({ code: 'PreconditionFailed', status: 412 })
  })
})

describe('A write', () => {
  test('on the condition that the key is free happens once', async () => {
    await using scene = await startTestEmulator()
    const write = (Body: string) => scene.s3.send(new PutObjectCommand(named('key', { Body, IfNoneMatch: '*' })))
    const outcomes = await Promise.allSettled(['1', '2', '3', '4'].map(write))
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(await refusalOf(write('5'))).toEqual({ code: 'PreconditionFailed', status: 412 })
  })

  test.each([
    ['a wrong MD5', { ContentMD5: createHash('md5').update('other').digest('base64') }, 'BadDigest'],
    ['an MD5 that is none', { ContentMD5: 'hello' }, 'InvalidDigest'],
    ['a wrong CRC32', { ChecksumCRC32: 'AAAAAA==' }, 'BadDigest'],
    ['a wrong CRC32C', { ChecksumCRC32C: 'AAAAAA==' }, 'BadDigest'],
    ['a wrong CRC64NVME', { ChecksumCRC64NVME: 'AAAAAAAAAAA=' }, 'BadDigest'],
    ['a wrong SHA1', { ChecksumSHA1: createHash('sha1').update('other').digest('base64') }, 'BadDigest'],
    ['a wrong SHA256', { ChecksumSHA256: createHash('sha256').update('other').digest('base64') }, 'BadDigest'],
    ['a checksum of the wrong length', { ChecksumCRC32: 'AAAA' }, 'InvalidRequest'],
    ['an unknown storage class', { StorageClass: 'CHEAP' as 'STANDARD' }, 'InvalidStorageClass'],
    ['a tag twice', { Tagging: 'a=1&a=2' }, 'InvalidTag'],
    ['too much metadata', { Metadata: { a: 'x'.repeat(2_048) } }, 'MetadataTooLarge'],
  ] as const)('with %s is refused and leaves nothing', async (_what, overrides, code) => {
    await using scene = await startTestEmulator()
    const put = new PutObjectCommand(named('key', { Body: 'hello', ...overrides }))
    expect(await refusalOf(scene.s3.send(put))).toEqual({ code, status: 400 })
    expect(await refusalOf(scene.s3.send(new HeadObjectCommand(named('key'))))).toMatchObject({ status: 404 })
  })

  test.each([
    { ServerSideEncryption: 'aws:kms', SSEKMSEncryptionContext: 'e30=' },
    { WebsiteRedirectLocation: '/' },
    { IfMatch: '"x"' },
  ] as const)('that asks for %j, which is not there, is refused instead of ignored', async (overrides) => {
    await using scene = await startTestEmulator()
    const put = new PutObjectCommand(named('key', { Body: 'hello', ...overrides }))
    expect(await refusalOf(scene.s3.send(put))).toEqual({ code: 'NotImplemented', status: 501 })
  })

  test('has its checksum echoed, and told again by Head to whoever asks', async () => {
    await using scene = await startTestEmulator()
    for (const ChecksumAlgorithm of ['CRC32', 'CRC32C', 'SHA1', 'SHA256'] as const) {
      const put = await scene.s3.send(new PutObjectCommand(named('key', { Body: 'hello', ChecksumAlgorithm })))
      const field = `Checksum${ChecksumAlgorithm}` as const
      const head = await scene.s3.send(new HeadObjectCommand({ ...named('key'), ChecksumMode: 'ENABLED' }))
      expect(head[field]).toBeDefined()
      expect(head[field]).toBe(put[field])
      expect(head.ChecksumType).toBe('FULL_OBJECT')
    }
    const silent = await scene.s3.send(new HeadObjectCommand(named('key')))
    expect(silent.ChecksumSHA256).toBeUndefined()
  })
})

describe('A bucket', () => {
  test('is made, found, listed and deleted once it is empty', async () => {
    await using scene = await startTestEmulator()
    const Bucket = 'second.bucket'
    await scene.s3.send(new CreateBucketCommand({ Bucket }))
    await scene.s3.send(new HeadBucketCommand({ Bucket }))
    const listed = await scene.s3.send(new ListBucketsCommand({}))
    expect(listed.Buckets?.map(({ Name }) => Name)).toEqual([Bucket, bucket])
    await scene.s3.send(new PutObjectCommand({ Bucket, Key: 'key', Body: 'x' }))
    const deletion = new DeleteBucketCommand({ Bucket })
    expect(await refusalOf(scene.s3.send(deletion))).toEqual({ code: 'BucketNotEmpty', status: 409 })
    await scene.s3.send(new DeleteObjectCommand({ Bucket, Key: 'key' }))
    await scene.s3.send(deletion)
    expect(await refusalOf(scene.s3.send(new PutObjectCommand({ Bucket, Key: 'key', Body: 'x' })))).toEqual({
      code: 'NoSuchBucket',
      status: 404,
    })
  })

  test('is listed in pages, with common prefixes', async () => {
    await using scene = await startTestEmulator()
    const keys = ['a/1', 'a/2', 'b', 'c/1', 'd']
    for (const key of keys) await scene.s3.send(new PutObjectCommand(named(key, { Body: key })))
    const pages: string[][] = []
    let ContinuationToken: string | undefined
    do {
      const input = { Bucket: bucket, Delimiter: '/', MaxKeys: 2, ContinuationToken }
      const page = await scene.s3.send(new ListObjectsV2Command(input))
      pages.push([
        ...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix ?? ''),
        ...(page.Contents ?? []).map(({ Key }) => Key ?? ''),
      ])
      ContinuationToken = page.NextContinuationToken
    } while (ContinuationToken !== undefined)
    expect(pages).toEqual([
      ['a/', 'b'],
      ['c/', 'd'],
    ])
  })
})
