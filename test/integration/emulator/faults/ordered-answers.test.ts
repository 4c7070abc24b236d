import { GetObjectCommand, ListPartsCommand, PutObjectCommand, UploadPartCommand } from '@aws-sdk/client-s3'
import { GetFederationTokenCommand } from '@aws-sdk/client-sts'
import { describe, expect, test } from 'vitest'
import { sendSigned } from '../signed-request.ts'
import { bucket, refusalOf, userOf } from '../test-emulator.ts'
import { complete, isThere, object, startWithFaults, uploadOfOnePart } from './start-with-faults.ts'

const put = (Body: string) => new PutObjectCommand({ ...object, Body })

describe('An error on demand', () => {
  test.each([
    [{ code: 'InternalError' }, 500],
    [{ code: 'ServiceUnavailable' }, 503],
    [{ code: 'SlowDown' }, 503],
    [{ code: 'AccessDenied' }, 403],
    [{ code: 'ExpiredToken' }, 400],
    [{ code: 'ConditionalRequestConflict' }, 409],
    [{ code: 'PreconditionFailed' }, 412],
    [{ code: 'QuotaExceeded', status: 403 }, 403],
    [{ code: 'SlowDown', status: 429 }, 429],
  ])('is answered with its status, and the work is not done: %j', async (error, status) => {
    await using scene = await startWithFaults()
    scene.faults.add({ match: { operation: 'PutObject', nth: 1 }, fault: { kind: 'error', ...error } })
    expect(await refusalOf(scene.s3.send(put('hello')))).toEqual({ code: error.code, status })
    expect(await isThere(scene.s3)).toBe(false)
    expect(scene.faults.served({ operation: 'PutObject' })).toMatchObject([{ status, code: error.code, stored: false }])
    await scene.s3.send(put('hello'))
  })

  test('says when to come back', async () => {
    await using scene = await startWithFaults()
    scene.faults.add({ match: { operation: 'GetObject' }, fault: { kind: 'error', code: 'SlowDown', retryAfter: 7 } })
    const get = { method: 'GET', path: `/${bucket}/key` }
    const answer = await sendSigned(scene.emulator.endpoint, userOf(scene.emulator), get)
    expect(answer).toMatchObject({ status: 503, code: 'SlowDown', headers: { 'retry-after': '7' } })
  })

  test('comes from STS in its own form', async () => {
    await using scene = await startWithFaults()
    const { faults, stsAs, emulator } = scene
    const fault = { kind: 'error', code: 'Throttling', status: 400, retryAfter: 3 } as const
    faults.add({ match: { operation: 'GetFederationToken', nth: 1, times: 2 }, fault })
    const token = () => stsAs(userOf(emulator)).send(new GetFederationTokenCommand({ Name: 'someone' }))
    expect(await refusalOf(token())).toEqual({ code: 'Throttling', status: 400 })
    const form = {
      method: 'POST',
      path: '/',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'Action=GetFederationToken&Version=2011-06-15&Name=someone',
    }
    const raw = await sendSigned(emulator.endpoint, userOf(emulator), form, { service: 'sts' })
    expect(raw).toMatchObject({ status: 400, code: 'Throttling', headers: { 'retry-after': '3' } })
    expect((await token()).Credentials?.SessionToken).toBeDefined()
  })
})

describe('An error in the body of a good status', () => {
  test('is an error to the client, and the upload is still there', async () => {
    await using scene = await startWithFaults()
    const { faults, s3 } = scene
    const request = await uploadOfOnePart(s3)
    faults.add({ match: { nth: 1 }, fault: { kind: 'errorInBody', code: 'InternalError' } })
    expect(await refusalOf(s3.send(complete(request)))).toMatchObject({ code: 'InternalError' })
    expect(faults.served({ operation: 'CompleteMultipartUpload' })).toMatchObject([{ status: 200, stored: false }])
    expect(await isThere(s3)).toBe(false)
    await s3.send(complete(request))
  })

  test('may come although the work was done', async () => {
    await using scene = await startWithFaults()
    const { faults, s3 } = scene
    const request = await uploadOfOnePart(s3)
    const fault = { kind: 'errorInBody', code: 'InternalError', afterWork: true } as const
    faults.add({ match: { operation: 'CompleteMultipartUpload', nth: 1 }, fault })
    expect(await refusalOf(s3.send(complete(request)))).toMatchObject({ code: 'InternalError' })
    expect(await isThere(s3)).toBe(true)
    expect(await refusalOf(s3.send(complete(request)))).toEqual({ code: 'NoSuchUpload', status: 404 })
  })
})

test('An upload is forgotten as if the lifecycle rule had taken it', async () => {
  await using scene = await startWithFaults()
  const { faults, s3 } = scene
  const { UploadId } = await uploadOfOnePart(s3)
  const other = await uploadOfOnePart(s3)
  faults.add({ match: { operation: 'UploadPart', partNumber: 2 }, fault: { kind: 'forgetUpload' } })
  const part = new UploadPartCommand({ ...object, UploadId, PartNumber: 2, Body: 'x' })
  expect(await refusalOf(s3.send(part))).toEqual({ code: 'NoSuchUpload', status: 404 })
  const list = new ListPartsCommand({ ...object, UploadId })
  expect(await refusalOf(s3.send(list))).toEqual({ code: 'NoSuchUpload', status: 404 })
  await s3.send(complete(other))
})

describe('A rule', () => {
  const slowDown = { kind: 'error', code: 'SlowDown' } as const
  /** The statuses of so many reads of a key that is not there. */
  const reads = async ({ s3 }: Awaited<ReturnType<typeof startWithFaults>>, count: number) => {
    const statuses: number[] = []
    for (let read = 0; read < count; read += 1)
      statuses.push((await refusalOf(s3.send(new GetObjectCommand(object)))).status)
    return statuses
  }

  test.each([
    [{}, [503, 503, 503, 503]],
    [{ nth: 2 }, [404, 503, 404, 404]],
    [{ nth: 2, times: 2 }, [404, 503, 503, 404]],
    [{ times: 2 }, [503, 503, 404, 404]],
    [{ operation: 'PutObject' as const }, [404, 404, 404, 404]],
    [{ key: 'drop/film.mov' }, [503, 503, 503, 503]],
    [{ key: '*.mov' }, [503, 503, 503, 503]],
    [{ key: 'film.mov' }, [404, 404, 404, 404]],
    [{ partNumber: 1 }, [404, 404, 404, 404]],
  ])('that matches %j takes these of four', async (match, statuses) => {
    await using scene = await startWithFaults()
    const { hits } = scene.faults.add({ match, fault: slowDown })
    expect(await reads(scene, 4)).toEqual(statuses)
    expect(hits()).toBe(statuses.filter((status) => status === 503).length)
  })

  test('that came first takes a request alone; one that is not due lets it pass', async () => {
    await using scene = await startWithFaults()
    const first = scene.faults.add({ match: { nth: 2 }, fault: slowDown })
    const second = scene.faults.add({ match: { nth: 2 }, fault: { kind: 'error', code: 'AccessDenied' } })
    expect(await reads(scene, 4)).toEqual([404, 503, 403, 404])
    expect([first.hits(), second.hits()]).toEqual([1, 1])
  })

  test('ends when it is removed', async () => {
    await using scene = await startWithFaults()
    scene.faults.add({ fault: slowDown }).remove()
    expect(await reads(scene, 1)).toEqual([404])
    expect(scene.faults.rules()).toEqual([])
  })

  test('says when it has been reached so often', async () => {
    await using scene = await startWithFaults()
    const rule = scene.faults.add({ fault: slowDown })
    const both = Promise.all([rule.reached, rule.reachedTimes(2)])
    await reads(scene, 2)
    await both
    await rule.reachedTimes(1)
  })

  test('of a fault that cannot happen to STS leaves its requests alone', async () => {
    await using scene = await startWithFaults()
    const rule = scene.faults.add({ match: { nth: 1 }, fault: { kind: 'corrupt', atByte: 0 } })
    await scene.stsAs(userOf(scene.emulator)).send(new GetFederationTokenCommand({ Name: 'someone' }))
    expect(rule.hits()).toBe(0)
    await refusalOf(scene.s3.send(put('hello')))
    expect(rule.hits()).toBe(1)
  })

  test('takes no request whose signature is wrong', async () => {
    await using scene = await startWithFaults()
    const rule = scene.faults.add({ match: { nth: 1 }, fault: slowDown })
    const stranger = scene.s3As({ ...userOf(scene.emulator), secretAccessKey: 'wrong' })
    expect(await refusalOf(stranger.send(new GetObjectCommand(object)))).toMatchObject({ status: 403 })
    expect(rule.hits()).toBe(0)
    expect(await reads(scene, 1)).toEqual([503])
  })
})

describe('The log of what was served', () => {
  test('names each operation, its bytes and their checksum, its answer and who asked', async () => {
    const at = Date.now()
    await using scene = await startWithFaults({ now: () => at })
    const { faults, s3, emulator } = scene
    await uploadOfOnePart(s3)
    await refusalOf(s3.send(new GetObjectCommand({ ...object, Key: 'none' })))
    const { accessKeyId } = emulator
    const common = { at, key: object.Key, partNumber: null, bytes: 0, code: null, accessKeyId, crc32: null }
    const answered = { ...common, status: 200, stored: true }
    expect(faults.served().filter(({ operation }) => operation !== 'CreateBucket')).toEqual([
      { ...answered, operation: 'CreateMultipartUpload' },
      { ...answered, operation: 'UploadPart', partNumber: 1, bytes: 4, crc32: 'SQ9wxg==' },
      { ...common, operation: 'GetObject', key: 'none', status: 404, code: 'NoSuchKey', stored: false },
    ])
    expect(faults.served({ partNumber: 1 })).toHaveLength(1)
    expect(faults.served({ status: 404, operation: 'GetObject' })).toHaveLength(1)
    expect(faults.served({ status: 404, operation: 'UploadPart' })).toHaveLength(0)
  })

  test('names who asked by a presigned URL', async () => {
    await using scene = await startWithFaults()
    const credential = `${scene.emulator.accessKeyId}%2F20260101%2Fus-east-1%2Fs3%2Faws4_request`
    await fetch(`${scene.emulator.endpoint}/${bucket}/key?X-Amz-Credential=${credential}&X-Amz-Signature=0`)
    expect(scene.faults.served({ accessKeyId: scene.emulator.accessKeyId, operation: 'GetObject' })).toHaveLength(1)
  })
})
