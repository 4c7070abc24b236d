import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { Agent, type ClientRequest, request as httpRequest } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { describe, expect, test } from 'vitest'
import { presign, sendSigned } from './signed-request.ts'
import { bucket, startTestEmulator, userOf } from './test-emulator.ts'

type Scene = Awaited<ReturnType<typeof startTestEmulator>>

async function openPut({ emulator }: Scene, headers: Record<string, string>) {
  const sent = { method: 'PUT', path: `/${bucket}/key` }
  const path = await presign(emulator.endpoint, userOf(emulator), sent)
  const { hostname, port } = new URL(emulator.endpoint)
  return httpRequest({ hostname, port, method: 'PUT', path, headers, agent: false })
}

const answerTo = async (request: ClientRequest): Promise<string> => {
  const [response] = await once(request, 'response')
  await text(response)
  return `${response.statusCode} ${response.headers.connection}`
}

describe('A connection', () => {
  test('that breaks in the middle of a body leaves nothing, and the next request is served', async () => {
    await using scene = await startTestEmulator()
    const put = await openPut(scene, { 'content-length': '1000000' })
    put.on('error', () => {})
    put.write(Buffer.alloc(500_000))
    const files = () => readdir(join(scene.directory, 'data'))
    await expect.poll(files).toHaveLength(1)
    put.destroy()
    await expect.poll(files).toHaveLength(0)
    await scene.s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'key', Body: 'x' }))
  })

  test('that breaks in the middle of an answer lets go of the bytes', async () => {
    await using scene = await startTestEmulator()
    const object = { Bucket: bucket, Key: 'key' }
    await scene.s3.send(new PutObjectCommand({ ...object, Body: Buffer.alloc(20_000_000) }))
    const { Body } = await scene.s3.send(new GetObjectCommand(object))
    ;(Body as unknown as { destroy(): void }).destroy()
    await scene.s3.send(new PutObjectCommand({ ...object, Body: 'x' }))
    await expect.poll(() => readdir(join(scene.directory, 'data'))).toHaveLength(1)
  })

  test('is used again after a body was refused half-way', async () => {
    await using scene = await startTestEmulator()
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const { endpoint } = scene.emulator
    const put = { method: 'PUT', path: `/${bucket}/key` }
    const headers = {
      'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
      'x-amz-decoded-content-length': '3000000',
      'x-amz-trailer': 'x-amz-checksum-crc32',
    }
    const body = `5\r\nhello, which is too long\r\n${'x'.repeat(3_000_000)}`
    try {
      const refused = await sendSigned(endpoint, userOf(scene.emulator), { ...put, headers, body }, { agent })
      expect(refused).toMatchObject({ status: 400, code: 'IncompleteBody', reused: false })
      const next = await sendSigned(endpoint, userOf(scene.emulator), { ...put, body: 'hello' }, { agent })
      expect(next).toMatchObject({ status: 200, reused: true })
    } finally {
      agent.destroy()
    }
  })

  test('is closed when a body was refused that had not been invited', async () => {
    await using scene = await startTestEmulator()
    const headers = { expect: '100-continue', 'content-length': '3000000', 'if-none-match': '"x"' }
    const refused = await openPut(scene, headers)
    refused.flushHeaders()
    expect(await answerTo(refused)).toBe('501 close')
    refused.destroy()
  })
})
