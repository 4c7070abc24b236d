import { randomBytes } from 'node:crypto'
import type { RequestListener } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { S3Client, UploadPartCommand } from '@aws-sdk/client-s3'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { createConnections } from '../../../../../src/main/engine/s3/connections.ts'
import { sendInSlices } from '../../../../../src/main/engine/s3/send-in-slices.ts'
import { localServer } from '../../../../support/local-server.ts'
import { until } from '../../../../support/until.ts'

const bytes = randomBytes(1_000_000)
const ever = new AbortController().signal

/** A store that answers as the test says, and what sends one part to it; each attempt of the limit is known. */
async function harness(listener: RequestListener) {
  const endpoint = await localServer(listener)
  const connections = createConnections()
  onTestFinished(() => connections.cut())
  const { rateLimit } = connections
  const taken = vi.spyOn(rateLimit, 'take')
  const client = new S3Client({
    region: 'eu-central-1',
    endpoint,
    forcePathStyle: true,
    credentials: { accessKeyId: 'id', secretAccessKey: 'secret' },
    maxAttempts: 1,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    requestHandler: connections.usual,
  })
  const sent: number[] = []
  const send = (abortSignal = ever) => {
    const input = { Bucket: 'b', Key: 'k', UploadId: 'u', PartNumber: 1, Body: bytes, ContentLength: bytes.length }
    const command = new UploadPartCommand(input)
    command.middlewareStack.use(sendInSlices(bytes, (count) => sent.push(count), rateLimit))
    return client.send(command, { abortSignal })
  }
  /** Settles when nothing of the requests waits for the limit any more. */
  const allTaken = () => Promise.allSettled(taken.mock.results.map(({ value }) => value))
  return { rateLimit, taken, send, sent, allTaken }
}

describe('a body in slices', () => {
  it.each([
    ['without a limit', null],
    ['under a limit', 5_000_000],
  ])('arrives whole %s, and what left is told on the way', async (_, limit) => {
    let received = Buffer.alloc(0)
    const { rateLimit, send, sent } = await harness(async (request, response) => {
      received = await buffer(request)
      response.writeHead(200, { ETag: '"e"' }).end()
    })
    rateLimit.set(limit)
    expect((await send()).ETag).toBe('"e"')
    expect(received.equals(bytes)).toBe(true)
    expect(sent[0]).toBe(0)
    expect(sent.at(-1)).toBe(bytes.length)
    expect(sent).toEqual(sent.toSorted((one, other) => one - other))
  })

  it('leaves as fast as the limit of all requests together says', async () => {
    const { rateLimit, send } = await harness((request, response) => {
      request.resume().on('end', () => response.writeHead(200, { ETag: '"e"' }).end())
    })
    rateLimit.set(2_000_000)
    const start = performance.now()
    await Promise.all([send(), send(), send(), send()])
    const seconds = (performance.now() - start) / 1_000
    expect(seconds).toBeGreaterThan(1.7)
    // two seconds, and what a busy machine takes; half as fast would be four
    expect(seconds).toBeLessThan(4)
  })

  it('goes on at once when the limit goes while it waits', async () => {
    const { rateLimit, taken, send } = await harness((request, response) => {
      request.resume().on('end', () => response.writeHead(200, { ETag: '"e"' }).end())
    })
    rateLimit.set(1_000)
    const sending = send()
    await until(() => taken.mock.calls.length > 0)
    const start = performance.now()
    rateLimit.set(null)
    await sending
    // under the limit it would take a quarter of an hour
    expect(performance.now() - start).toBeLessThan(10_000)
  })
})

describe('a request that ends early leaves nobody waiting for the limit', () => {
  it('when it is aborted', async () => {
    const { rateLimit, taken, send, allTaken } = await harness(() => undefined)
    rateLimit.set(1_000)
    const abort = new AbortController()
    const sending = send(abort.signal)
    await until(() => taken.mock.calls.length > 0)
    abort.abort()
    await expect(sending).rejects.toMatchObject({ name: 'AbortError' })
    expect((await allTaken()).at(-1)?.status).toBe('rejected')
  })

  it('when its connection breaks', async () => {
    const { rateLimit, send, allTaken } = await harness((request) => request.socket.destroy())
    rateLimit.set(1_000)
    await expect(send()).rejects.toThrow()
    expect((await allTaken()).at(-1)?.status).toBe('rejected')
  })

  /** Node's servers close a connection without news after 5 s themselves. */
  it('when it is answered before it was sent, and its connection ends with it', { timeout: 4_000 }, async () => {
    let closed = Promise.resolve()
    const { rateLimit, send, allTaken } = await harness((request, response) => {
      closed = new Promise((resolve) => request.socket.once('close', resolve))
      response.writeHead(503, { 'Content-Type': 'application/xml' }).end('<Error><Code>SlowDown</Code></Error>')
    })
    rateLimit.set(1_000)
    await expect(send()).rejects.toMatchObject({ name: 'SlowDown' })
    expect((await allTaken()).at(-1)?.status).toBe('rejected')
    await closed
  })
})
