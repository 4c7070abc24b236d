import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import {
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListPartsCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { AssumeRoleCommand, GetFederationTokenCommand } from '@aws-sdk/client-sts'
import { describe, expect, test } from 'vitest'
import { bucket, type Credentials, refusalOf, userOf } from '../test-emulator.ts'
import { complete, isThere, object, startWithFaults, uploadOfOnePart } from './start-with-faults.ts'

type Scene = Awaited<ReturnType<typeof startWithFaults>>

const put = (Body: string, more: object = {}) => new PutObjectCommand({ ...object, Body, ...more })
const head = new HeadObjectCommand({ ...object, ChecksumMode: 'ENABLED' })
/** Of nothing: wrong for any other bytes. */
const wrongCrc32 = 'AAAAAA=='
const fullObject = { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' } as const

describe('With checksums ignored', () => {
  test('a wrong one is taken, and none is stored or echoed', async () => {
    await using scene = await startWithFaults()
    const { faults, s3 } = scene
    expect(await refusalOf(s3.send(put('hello', { ChecksumCRC32: wrongCrc32 })))).toMatchObject({ code: 'BadDigest' })
    faults.set({ ignoreChecksums: true })
    expect(await s3.send(put('hello', { ChecksumCRC32: wrongCrc32 }))).not.toHaveProperty('ChecksumCRC32')
    expect(await s3.send(head)).not.toHaveProperty('ChecksumCRC32')
    faults.set({ ignoreChecksums: false })
    expect(await s3.send(head)).not.toHaveProperty('ChecksumCRC32')
    expect(await s3.send(put('hello'))).toHaveProperty('ChecksumCRC32')
  })

  test('a multipart upload has none from Create to Complete', async () => {
    await using scene = await startWithFaults()
    const { faults, s3 } = scene
    faults.set({ ignoreChecksums: true })
    const created = await s3.send(new CreateMultipartUploadCommand({ ...object, ...fullObject }))
    expect(created).not.toHaveProperty('ChecksumAlgorithm')
    const upload = { ...object, UploadId: created.UploadId }
    const sent = new UploadPartCommand({ ...upload, PartNumber: 1, Body: 'part', ChecksumCRC32: wrongCrc32 })
    const { ETag, ChecksumCRC32 } = await s3.send(sent)
    expect(ChecksumCRC32).toBeUndefined()
    const { Parts } = await s3.send(new ListPartsCommand(upload))
    expect(Parts?.[0]).not.toHaveProperty('ChecksumCRC32')
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag, ChecksumCRC32: wrongCrc32 }] }
    const whole = { ChecksumCRC32: wrongCrc32, ChecksumType: 'FULL_OBJECT' } as const
    expect(await s3.send(complete({ ...upload, ...whole, MultipartUpload }))).not.toHaveProperty('ChecksumCRC32')
  })

  test('an upload that was begun with them goes on without', async () => {
    await using scene = await startWithFaults()
    const { faults, s3 } = scene
    const request = await uploadOfOnePart(s3)
    faults.set({ ignoreChecksums: true })
    const { ETag } = await s3.send(new UploadPartCommand({ ...request, PartNumber: 2, Body: 'other' }))
    const listed = await s3.send(new ListPartsCommand(request))
    expect(listed.Parts?.map((part) => part.ChecksumCRC32)).toEqual([undefined, undefined])
    const MultipartUpload = { Parts: [...(request.MultipartUpload?.Parts ?? []), { PartNumber: 2, ETag }] }
    expect(await s3.send(complete({ ...request, MultipartUpload }))).not.toHaveProperty('ChecksumCRC32')
    expect(await s3.send(head)).not.toHaveProperty('ChecksumCRC32')
  })

  test('a wrong Content-MD5 is refused all the same', async () => {
    await using scene = await startWithFaults()
    scene.faults.set({ ignoreChecksums: true })
    const ContentMD5 = createHash('md5').update('other').digest('base64')
    expect(await refusalOf(scene.s3.send(put('hello', { ContentMD5 })))).toEqual({ code: 'BadDigest', status: 400 })
  })
})

describe('With full-object checksums refused', () => {
  test('at Create, an upload of that type is invalid, and one of no type works', async () => {
    await using scene = await startWithFaults()
    const { faults, s3 } = scene
    faults.set({ refuseFullObject: 'create' })
    const create = (more: object) => s3.send(new CreateMultipartUploadCommand({ ...object, ...more }))
    expect(await refusalOf(create(fullObject))).toEqual({ code: 'InvalidRequest', status: 400 })
    const { UploadId } = await create({ ChecksumAlgorithm: 'CRC32' })
    const sent = new UploadPartCommand({ ...object, UploadId, PartNumber: 1, Body: 'part' })
    const { ETag, ChecksumCRC32 } = await s3.send(sent)
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag, ChecksumCRC32 }] }
    await s3.send(complete({ ...object, UploadId, MultipartUpload }))
  })

  test('at Complete, the checksum or the type is an invalid part, and without them it works', async () => {
    await using scene = await startWithFaults()
    const { faults, s3 } = scene
    faults.set({ refuseFullObject: 'complete' })
    const request = await uploadOfOnePart(s3)
    const { Parts = [] } = await s3.send(new ListPartsCommand(request))
    const ChecksumCRC32 = Parts[0]?.ChecksumCRC32
    const invalidPart = { code: 'InvalidPart', status: 400 }
    expect(await refusalOf(s3.send(complete({ ...request, ChecksumCRC32 })))).toEqual(invalidPart)
    expect(await refusalOf(s3.send(complete({ ...request, ChecksumType: 'FULL_OBJECT' })))).toEqual(invalidPart)
    await s3.send(complete(request))
  })

  test('at Complete, a composite one is taken', async () => {
    await using scene = await startWithFaults()
    const { faults, s3 } = scene
    faults.set({ refuseFullObject: 'complete' })
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ ...object, ChecksumAlgorithm: 'CRC32' }))
    const sent = new UploadPartCommand({ ...object, UploadId, PartNumber: 1, Body: 'part' })
    const { ETag, ChecksumCRC32 = '' } = await s3.send(sent)
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag, ChecksumCRC32 }] }
    const ofParts = crc32(Buffer.from(ChecksumCRC32, 'base64')).toString(16).padStart(8, '0')
    const composite = `${Buffer.from(ofParts, 'hex').toString('base64')}-1`
    await s3.send(complete({ ...object, UploadId, MultipartUpload, ChecksumCRC32: composite }))
  })
})

describe('With conditions of writes', () => {
  const onlyNew = { IfNoneMatch: '*' }

  test('ignored, a key is overwritten', async () => {
    await using scene = await startWithFaults()
    const { faults, s3 } = scene
    const request = await uploadOfOnePart(s3)
    await s3.send(put('first'))
    expect(await refusalOf(s3.send(put('second', onlyNew)))).toMatchObject({ status: 412 })
    faults.set({ ignoreConditions: true })
    await s3.send(put('second', onlyNew))
    await s3.send(complete({ ...request, ...onlyNew }))
    const { Body, ETag } = await s3.send(new GetObjectCommand(object))
    expect(await Body?.transformToString()).toBe('part')
    // A condition of a read is none of these.
    expect(await refusalOf(s3.send(new GetObjectCommand({ ...object, IfNoneMatch: ETag })))).toMatchObject({
      status: 304,
    })
  })

  test('refused, one is not implemented', async () => {
    await using scene = await startWithFaults()
    const { faults, s3 } = scene
    faults.set({ refuseConditions: true })
    const request = await uploadOfOnePart(s3)
    const notImplemented = { code: 'NotImplemented', status: 501 }
    expect(await refusalOf(s3.send(put('hello', onlyNew)))).toEqual(notImplemented)
    expect(await refusalOf(s3.send(complete({ ...request, ...onlyNew })))).toEqual(notImplemented)
    expect(await isThere(s3)).toBe(false)
    await s3.send(complete(request))
  })
})

describe("With the server's clock set", () => {
  const hour = 3_600_000

  test.each([6 * hour, -6 * hour])(
    '%i ms ahead, a request is too skewed, and its answer tells the time',
    async (clockOffset) => {
      await using scene = await startWithFaults()
      const { faults, s3, s3As, emulator } = scene
      faults.set({ clockOffset })
      expect(await refusalOf(s3.send(head))).toMatchObject({ status: 403 })
      expect(faults.served({ operation: 'HeadObject' })).toMatchObject([{ code: 'RequestTimeTooSkewed' }])
      const answer = await fetch(emulator.endpoint)
      const ahead = Date.parse(answer.headers.get('date') ?? '') - Date.now()
      expect(Math.abs(ahead - clockOffset)).toBeLessThan(10_000)
      // The SDK takes the time from the refusal and tries again.
      const patient = s3As(userOf(emulator), { maxAttempts: 2 })
      await patient.send(put('hello'))
      const { LastModified } = await patient.send(head)
      expect(Math.abs(Number(LastModified) - Date.now() - clockOffset)).toBeLessThan(10_000)
    },
  )

  test('ahead, sessions have run out', async () => {
    await using scene = await startWithFaults()
    const { faults } = scene
    const session = await sessionOf(scene)
    faults.set({ clockOffset: 13 * hour })
    const patient = scene.s3As(session, { maxAttempts: 2 })
    expect(await refusalOf(patient.send(put('hello')))).toEqual({ code: 'ExpiredToken', status: 400 })
    faults.set({ clockOffset: 0 })
    await scene.s3As(session).send(put('hello'))
  })
})

describe('With opaque ETags', () => {
  const md5 = createHash('md5').update('hello').digest('hex')

  test('they are no MD5s, and others each time', async () => {
    await using scene = await startWithFaults()
    const { faults, s3 } = scene
    faults.set({ opaqueEtags: true })
    const [first, second] = [await s3.send(put('hello')), await s3.send(put('hello'))]
    expect(first.ETag).toMatch(/^"[0-9a-f]{32}"$/)
    expect([first.ETag, second.ETag]).not.toContain(`"${md5}"`)
    expect(first.ETag).not.toBe(second.ETag)
    expect((await s3.send(head)).ETag).toBe(second.ETag)
    const copy = new CopyObjectCommand({ ...object, Key: 'copy', CopySource: `${bucket}/${object.Key}` })
    expect((await s3.send(copy)).CopyObjectResult?.ETag).not.toBe(`"${md5}"`)
    faults.set({ opaqueEtags: false })
    expect((await s3.send(put('hello'))).ETag).toBe(`"${md5}"`)
  })

  test('a part that is sent again is another to Complete', async () => {
    await using scene = await startWithFaults()
    const { faults, s3 } = scene
    faults.set({ opaqueEtags: true })
    const request = await uploadOfOnePart(s3)
    const { ETag } = await s3.send(new UploadPartCommand({ ...request, PartNumber: 1, Body: 'part' }))
    expect(await refusalOf(s3.send(complete(request)))).toEqual({ code: 'InvalidPart', status: 400 })
    const completed = await s3.send(complete({ ...request, MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] } }))
    expect(completed.ETag).toMatch(/^"[0-9a-f]{32}-1"$/)
  })
})

describe('All sessions issued so far', () => {
  test.each([
    [undefined, { code: 'ExpiredToken', status: 400 }],
    ['InvalidAccessKeyId' as const, { code: 'InvalidAccessKeyId', status: 403 }],
    ['AccessDenied' as const, { code: 'AccessDenied', status: 403 }],
  ])('end at once with the answer %s; later ones work, and so do the keys of the user', async (answer, refusal) => {
    await using scene = await startWithFaults()
    const { faults, s3, s3As, stsAs, emulator } = scene
    const early = s3As(await sessionOf(scene))
    await early.send(put('hello'))
    faults.endSessions(answer)
    expect(await refusalOf(early.send(put('hello')))).toEqual(refusal)
    await s3.send(put('hello'))
    const late = s3As(await sessionOf(scene))
    await late.send(put('hello'))
    const role = new AssumeRoleCommand({
      RoleArn: 'arn:aws:iam::123456789012:role/uploader',
      RoleSessionName: 'someone',
    })
    const { Credentials: assumed } = await stsAs(userOf(emulator)).send(role)
    expect(assumed?.SessionToken).toBeDefined()
    expect(await refusalOf(early.send(put('hello')))).toEqual(refusal)
    faults.endSessions()
    expect(await refusalOf(late.send(put('hello')))).toEqual({ code: 'ExpiredToken', status: 400 })
  })
})

async function sessionOf({ stsAs, emulator }: Scene): Promise<Credentials> {
  const policy = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }] }
  const command = new GetFederationTokenCommand({ Name: 'someone', Policy: JSON.stringify(policy) })
  const { Credentials: issued } = await stsAs(userOf(emulator)).send(command)
  return {
    accessKeyId: issued?.AccessKeyId ?? '',
    secretAccessKey: issued?.SecretAccessKey ?? '',
    sessionToken: issued?.SessionToken ?? '',
  }
}
