import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { GetFederationTokenCommand } from '@aws-sdk/client-sts'
import { describe, expect, test } from 'vitest'
import { presign, sendSigned } from '../signed-request.ts'
import { bucket, refusalOf, userOf } from '../test-emulator.ts'
import { complete, isThere, object, startWithFaults, uploadOfOnePart } from './start-with-faults.ts'

const mebibyte = 1024 * 1024
const put = (Body: string | Buffer) => new PutObjectCommand({ ...object, Body })

describe('A fault of the network', () => {
  test('delays an operation, then lets it be', async () => {
    await using scene = await startWithFaults()
    scene.faults.add({ match: { nth: 1 }, fault: { kind: 'delay', ms: 200 } })
    const start = performance.now()
    await scene.s3.send(put('slow'))
    // Timers may be a millisecond early.
    expect(performance.now() - start).toBeGreaterThanOrEqual(198)
    expect(await isThere(scene.s3)).toBe(true)
  })

  test('takes a body at a rate', async () => {
    await using scene = await startWithFaults()
    scene.faults.add({ fault: { kind: 'rate', bytesPerSecond: 100_000 } })
    const start = performance.now()
    await scene.s3.send(put(Buffer.alloc(20_000)))
    expect(performance.now() - start).toBeGreaterThanOrEqual(198)
  })

  test('drops the connection in the middle of a body, of which nothing is left', async () => {
    await using scene = await startWithFaults()
    scene.faults.add({ match: { operation: 'PutObject' }, fault: { kind: 'drop', afterBytes: mebibyte } })
    await expect(scene.s3.send(put(Buffer.alloc(8 * mebibyte)))).rejects.toThrow()
    expect(await isThere(scene.s3)).toBe(false)
    expect(await readdir(join(scene.directory, 'data'))).toEqual([])
    const [entry] = scene.faults.served({ operation: 'PutObject' })
    expect(entry).toMatchObject({ status: null, code: null, stored: false })
    expect(entry?.bytes).toBeGreaterThanOrEqual(mebibyte)
    expect(entry?.bytes).toBeLessThan(2 * mebibyte)
  })

  test('drops the connection of a body that is shorter, at its end, before any work', async () => {
    await using scene = await startWithFaults()
    scene.faults.add({ match: { operation: 'PutObject' }, fault: { kind: 'drop', afterBytes: 1_000 } })
    await expect(scene.s3.send(put('short'))).rejects.toThrow('socket hang up')
    expect(scene.faults.served({ operation: 'PutObject' })).toMatchObject([{ bytes: 5, stored: false }])
  })

  test('resets the connection at once', async () => {
    await using scene = await startWithFaults()
    scene.faults.add({ match: { operation: 'PutObject', nth: 1 }, fault: { kind: 'reset' } })
    // "Socket hang up" would be an orderly end.
    await expect(scene.s3.send(put('hello'))).rejects.toThrow(/^read ECONNRESET$/)
    expect(scene.faults.served({ operation: 'PutObject' })).toMatchObject([{ bytes: 0, status: null, stored: false }])
    await scene.s3.send(put('hello'))
  })

  test('loses the answer of work that was done', async () => {
    await using scene = await startWithFaults()
    const request = await uploadOfOnePart(scene.s3)
    scene.faults.add({ match: { operation: 'CompleteMultipartUpload' }, fault: { kind: 'loseAnswer' } })
    await expect(scene.s3.send(complete(request))).rejects.toThrow('socket hang up')
    expect(await isThere(scene.s3)).toBe(true)
    expect(scene.faults.served({ operation: 'CompleteMultipartUpload' })).toMatchObject([
      { status: null, code: null, stored: true },
    ])
  })

  test('loses the answer of work that was refused, too', async () => {
    await using scene = await startWithFaults()
    scene.faults.add({ fault: { kind: 'loseAnswer' } })
    await expect(scene.s3.send(new GetObjectCommand(object))).rejects.toThrow('socket hang up')
    expect(scene.faults.served({ operation: 'GetObject' })).toMatchObject([{ status: null, stored: false }])
  })

  test.each([0, 700_000])('flips a bit at byte %i of a body, which the checks catch', async (atByte) => {
    await using scene = await startWithFaults()
    const { UploadId } = await uploadOfOnePart(scene.s3)
    scene.faults.add({ match: { operation: 'UploadPart', nth: 1 }, fault: { kind: 'corrupt', atByte } })
    const path = `/${bucket}/${object.Key}?partNumber=2&uploadId=${UploadId}`
    const body = Buffer.alloc(mebibyte)
    const checksum = Buffer.from(crc32(body).toString(16).padStart(8, '0'), 'hex').toString('base64')
    const headers = { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD', 'x-amz-checksum-crc32': checksum }
    const sent = { method: 'PUT', path, headers, body }
    const answer = () => sendSigned(scene.emulator.endpoint, userOf(scene.emulator), sent)
    expect(await answer()).toMatchObject({ status: 400, code: 'BadDigest' })
    expect(await answer()).toMatchObject({ status: 200 })
  })

  test('flips no bit where a body has no such byte', async () => {
    await using scene = await startWithFaults()
    scene.faults.add({ match: { operation: 'PutObject' }, fault: { kind: 'corrupt', atByte: 5 } })
    await scene.s3.send(put('hello'))
    const { Body } = await scene.s3.send(new GetObjectCommand(object))
    expect(await Body?.transformToString()).toBe('hello')
  })

  test('loses, resets or delays the answer of STS, too', async () => {
    await using scene = await startWithFaults()
    const { faults, stsAs, emulator } = scene
    const sts = stsAs(userOf(emulator))
    const token = () => sts.send(new GetFederationTokenCommand({ Name: 'someone' }))
    const match = { operation: 'GetFederationToken', nth: 1 } as const
    faults.add({ match, fault: { kind: 'loseAnswer' } })
    await expect(token()).rejects.toThrow('socket hang up')
    faults.add({ match, fault: { kind: 'reset' } })
    await expect(token()).rejects.toThrow('ECONNRESET')
    faults.add({ match, fault: { kind: 'drop', afterBytes: 10 } })
    await expect(token()).rejects.toThrow('socket hang up')
    expect((await token()).Credentials?.SessionToken).toBeDefined()
    const entries = faults.served({ operation: 'GetFederationToken' })
    expect(entries.map(({ status, stored }) => [status, stored])).toEqual([
      [null, true],
      [null, false],
      [null, false],
      [200, true],
    ])
  })
})

describe('A held request', () => {
  test('has not done its work, and does it when released', async () => {
    await using scene = await startWithFaults()
    const { faults, s3 } = scene
    const hold = faults.add({ match: { operation: 'PutObject' }, fault: { kind: 'hold', when: 'before' } })
    const answer = s3.send(put(Buffer.alloc(3 * mebibyte, 'a')))
    await hold.reached
    expect(await isThere(s3)).toBe(false)
    hold.release()
    await answer
    const { Body } = await s3.send(new GetObjectCommand(object))
    expect(await Body?.transformToString()).toBe('a'.repeat(3 * mebibyte))
  })

  test('has done its work, and is answered when released', async () => {
    await using scene = await startWithFaults()
    const { faults, s3 } = scene
    const request = await uploadOfOnePart(s3)
    const hold = faults.add({ match: { operation: 'CompleteMultipartUpload' }, fault: { kind: 'hold', when: 'after' } })
    const answer = s3.send(complete(request))
    await hold.reached
    expect(await isThere(s3)).toBe(true)
    expect(faults.served({ operation: 'CompleteMultipartUpload' })).toEqual([])
    hold.release()
    expect(await answer).toMatchObject({ Key: object.Key })
  })

  test.each(['x', 'x'.repeat(3 * mebibyte)])('whose client went away never does its work', async (body) => {
    await using scene = await startWithFaults()
    const { faults, s3, emulator } = scene
    const hold = faults.add({ match: { operation: 'PutObject' }, fault: { kind: 'hold', when: 'before' } })
    const sent = { method: 'PUT', path: `/${bucket}/${object.Key}` }
    const path = await presign(emulator.endpoint, userOf(emulator), sent)
    const { hostname, port } = new URL(emulator.endpoint)
    const request = httpRequest({ hostname, port, method: 'PUT', path, agent: false })
    request.on('error', () => {})
    request.setHeader('content-length', body.length)
    request.end(body)
    await hold.reached
    request.destroy()
    await expect.poll(() => faults.served({ operation: 'PutObject' })).toMatchObject([{ status: null, stored: false }])
    expect(await isThere(s3)).toBe(false)
  })

  test('whose client went away after the work has done it', async () => {
    await using scene = await startWithFaults()
    const { faults, s3 } = scene
    const hold = faults.add({ match: { operation: 'PutObject' }, fault: { kind: 'hold', when: 'after' } })
    const leaving = new AbortController()
    const answer = s3.send(put('hello'), { abortSignal: leaving.signal })
    await hold.reached
    leaving.abort()
    await expect(answer).rejects.toThrow()
    await expect.poll(() => faults.served({ operation: 'PutObject' })).toMatchObject([{ status: null, stored: true }])
    expect(await isThere(s3)).toBe(true)
  })

  test('tells its refusal only when released', async () => {
    await using scene = await startWithFaults()
    const hold = scene.faults.add({ match: { operation: 'GetObject' }, fault: { kind: 'hold', when: 'after' } })
    const refusal = refusalOf(scene.s3.send(new GetObjectCommand(object)))
    await hold.reached
    hold.release()
    expect(await refusal).toEqual({ code: 'NoSuchKey', status: 404 })
  })

  test('is let go when its rule is removed, and so are all others', async () => {
    await using scene = await startWithFaults()
    const { faults, s3 } = scene
    const hold = faults.add({ match: { operation: 'PutObject' }, fault: { kind: 'hold', when: 'after' } })
    const answers = [s3.send(put('one')), s3.send(put('two'))]
    await hold.reachedTimes(2)
    expect(hold.hits()).toBe(2)
    hold.remove()
    await Promise.all(answers)
    await s3.send(put('three'))
    expect(hold.hits()).toBe(2)
  })

  test('of STS has no token yet', async () => {
    await using scene = await startWithFaults()
    const { faults, stsAs, emulator } = scene
    const hold = faults.add({ match: { operation: 'GetFederationToken' }, fault: { kind: 'hold', when: 'before' } })
    const answer = stsAs(userOf(emulator)).send(new GetFederationTokenCommand({ Name: 'someone' }))
    await hold.reached
    hold.release()
    expect((await answer).Credentials?.SessionToken).toBeDefined()
  })

  test('does not keep the emulator from ending', async () => {
    await using scene = await startWithFaults()
    const hold = scene.faults.add({ fault: { kind: 'hold', when: 'before' } })
    const { hostname, port } = new URL(scene.emulator.endpoint)
    const path = await presign(scene.emulator.endpoint, userOf(scene.emulator), {
      method: 'GET',
      path: `/${bucket}/key`,
    })
    const request = httpRequest({ hostname, port, path, agent: false }).end()
    const ended = once(request, 'error')
    await hold.reached
    await scene.emulator.close()
    await ended
  })
})
