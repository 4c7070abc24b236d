import { once } from 'node:events'
import { Agent as HttpAgent } from 'node:http'
import { createServer, Agent as HttpsAgent } from 'node:https'
import type { AddressInfo } from 'node:net'
import { AbortMultipartUploadCommand, CompleteMultipartUploadCommand, S3Client } from '@aws-sdk/client-s3'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { describe, expect, it, onTestFinished } from 'vitest'
import { classify, isAnswer } from '../../../../../src/main/engine/s3/classify.ts'
import { certificates } from '../../../../support/certificates.ts'
import { deadAddress, localServer } from '../../../../support/local-server.ts'

const upload = { Bucket: 'inbox', Key: 'drops/1/a', UploadId: 'u' }

/** A client of the real SDK that tries once and waits 100 ms at most. */
function clientOf(endpoint: string, agents: ConstructorParameters<typeof NodeHttpHandler>[0] = {}): S3Client {
  const client = new S3Client({
    endpoint,
    forcePathStyle: true,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'id', secretAccessKey: 'secret' },
    maxAttempts: 1,
    requestHandler: new NodeHttpHandler({ socketTimeout: 100, connectionTimeout: 100, ...agents }),
  })
  onTestFinished(() => client.destroy())
  return client
}

/** What the real SDK throws where the store answers so. */
async function errorOf(endpoint: string, agents = {}): Promise<unknown> {
  try {
    await clientOf(endpoint, agents).send(new AbortMultipartUploadCommand(upload))
  } catch (error) {
    return error
  }
  throw new Error('the call must fail')
}

const answering = (status: number, body: string, headers: Record<string, string> = {}) =>
  localServer((_, response) => response.writeHead(status, { 'content-type': 'application/xml', ...headers }).end(body))
const errorXml = (code: string) =>
  `<?xml version="1.0"?><Error><Code>${code}</Code><Message>m</Message><RequestId>1</RequestId></Error>`

describe('what the SDK throws for an error answer', () => {
  it.each([
    { status: 400, code: 'ExpiredToken', kind: 'expired', unclear: false },
    { status: 403, code: 'InvalidAccessKeyId', kind: 'expired', unclear: false },
    { status: 400, code: 'InvalidToken', kind: 'expired', unclear: false },
    { status: 403, code: 'AccessDenied', kind: 'access_denied', unclear: false },
    { status: 403, code: 'SignatureDoesNotMatch', kind: 'access_denied', unclear: false },
    { status: 403, code: 'RequestTimeTooSkewed', kind: 'clock_skew', unclear: false },
    { status: 503, code: 'SlowDown', kind: 'throttled', unclear: true },
    { status: 400, code: 'RequestTimeout', kind: 'timeout', unclear: false },
    { status: 500, code: 'InternalError', kind: 'server', unclear: true },
    { status: 503, code: 'ServiceUnavailable', kind: 'server', unclear: true },
    { status: 404, code: 'NoSuchUpload', kind: 'upload_lost', unclear: false },
    { status: 404, code: 'NoSuchBucket', kind: 'no_such_bucket', unclear: false },
    { status: 400, code: 'BadDigest', kind: 'checksum_mismatch', unclear: false },
    { status: 400, code: 'XAmzContentSHA256Mismatch', kind: 'checksum_mismatch', unclear: false },
    { status: 400, code: 'InvalidPart', kind: 'invalid_part', unclear: false },
    { status: 400, code: 'InvalidPartOrder', kind: 'invalid_part', unclear: false },
    { status: 400, code: 'EntityTooSmall', kind: 'store_refused', unclear: false },
    { status: 400, code: 'EntityTooLarge', kind: 'too_large', unclear: false },
    { status: 412, code: 'PreconditionFailed', kind: 'exists', unclear: false },
    { status: 409, code: 'ConditionalRequestConflict', kind: 'conflict', unclear: false },
    { status: 409, code: 'OperationAborted', kind: 'conflict', unclear: false },
    { status: 501, code: 'NotImplemented', kind: 'store_refused', unclear: true },
  ] as const)('$status $code: $kind, unclear $unclear', async ({ status, code, kind, unclear }) => {
    const error = await errorOf(await answering(status, errorXml(code)))
    expect(classify(error)).toEqual({ kind, detail: code, unclear, retryAfter: null })
  })

  it.each([
    { status: 403, code: 'SomethingNew', kind: 'access_denied', unclear: false },
    { status: 404, code: 'NoSuchKey', kind: 'store_refused', unclear: false },
    { status: 400, code: 'MetadataTooLarge', kind: 'store_refused', unclear: false },
    { status: 429, code: 'SomethingNew', kind: 'throttled', unclear: false },
    { status: 408, code: 'SomethingNew', kind: 'timeout', unclear: false },
    { status: 501, code: 'SomethingNew', kind: 'server', unclear: true },
  ] as const)('$status $code, which has no meaning of its own: $kind', async ({ status, code, kind, unclear }) => {
    const error = await errorOf(await answering(status, errorXml(code)))
    expect(classify(error)).toEqual({ kind, detail: `${code} ${status}`, unclear, retryAfter: null })
  })

  it.each([
    { header: '7', retryAfter: 7_000 },
    { header: '0', retryAfter: 0 },
    { header: '-1', retryAfter: null },
    { header: 'Wed, 21 Oct 2015 07:28:30 GMT', retryAfter: 30_000 },
    { header: 'Wed, 21 Oct 2015 07:27:00 GMT', retryAfter: 0 },
    { header: 'tomorrow', retryAfter: null },
  ])('Retry-After $header, by the clock of the store: wait $retryAfter ms', async ({ header, retryAfter }) => {
    const headers = { 'retry-after': header, date: 'Wed, 21 Oct 2015 07:28:00 GMT' }
    const error = await errorOf(await answering(503, errorXml('SlowDown'), headers))
    expect(classify(error)).toEqual({ kind: 'throttled', detail: 'SlowDown', unclear: true, retryAfter })
  })

  it.each([
    { what: 'a page of a proxy', status: 502, body: '<html><body>Bad gateway</body></html>', kind: 'server' },
    { what: 'a page of a proxy', status: 503, body: '<html><body>Try later</body></html>', kind: 'throttled' },
    { what: 'nothing', status: 500, body: '', kind: 'server' },
  ] as const)('$status with $what: $kind, unclear', async ({ status, body, kind }) => {
    expect(classify(await errorOf(await answering(status, body)))).toMatchObject({ kind, unclear: true })
  })

  it('403 with a page of a proxy: a plain refusal', async () => {
    const error = await errorOf(await answering(403, '<html><body>Blocked</body></html>'))
    expect(classify(error)).toMatchObject({ kind: 'access_denied', unclear: false })
  })

  it('200 with an error in its body, as Complete may answer: unclear', async () => {
    const client = clientOf(await answering(200, errorXml('InternalError')))
    const error = await client.send(new CompleteMultipartUploadCommand(upload)).catch((thrown) => thrown)
    expect(classify(error)).toMatchObject({ kind: 'server', unclear: true })
  })
})

/** A server of TLS with a certificate that is not to be trusted. */
async function untrusted(cert: string): Promise<string> {
  const server = createServer({ key: certificates.key, cert }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    server.close()
    await once(server, 'close')
  })
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}`
}

describe('what the SDK throws where no answer comes', () => {
  it('nobody listens: offline', async () => {
    const error = await errorOf(await deadAddress())
    expect(classify(error)).toEqual({ kind: 'offline', detail: 'ECONNREFUSED', unclear: true, retryAfter: null })
  })

  it('no connection comes about in time: offline, as nothing left this machine', async () => {
    const error = await errorOf('http://store.example', { httpAgent: new HttpAgent({ lookup: () => {} }) })
    expect(classify(error)).toEqual({ kind: 'offline', detail: 'TimeoutError', unclear: true, retryAfter: null })
  })

  it('the store is silent: timeout', async () => {
    const error = await errorOf(await localServer(() => undefined))
    expect(classify(error)).toEqual({
      kind: 'timeout',
      detail: 'TimeoutError',
      unclear: true,
      retryAfter: null,
      from: 'way',
    })
  })

  it('the connection breaks: the way broke, and what happened is unclear', async () => {
    const error = await errorOf(await localServer((request) => request.socket.destroy()))
    expect(classify(error)).toEqual({
      kind: 'server',
      detail: 'ECONNRESET',
      unclear: true,
      retryAfter: null,
      from: 'way',
    })
  })

  it.each([
    { certificate: 'selfSigned', code: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
    { certificate: 'ended', code: 'CERT_HAS_EXPIRED' },
    { certificate: 'ofAnotherName', code: 'ERR_TLS_CERT_ALTNAME_INVALID' },
  ] as const)('the certificate is not to be trusted: $certificate', async ({ certificate, code: detail }) => {
    const httpsAgent = new HttpsAgent({ ca: certificates.authority })
    const error = await errorOf(await untrusted(certificates[certificate]), { httpsAgent })
    expect(classify(error)).toEqual({ kind: 'certificate_untrusted', detail, unclear: true, retryAfter: null })
  })

  it.each([
    { code: 'ENOTFOUND', syscall: 'getaddrinfo', kind: 'offline' },
    { code: 'EAI_AGAIN', syscall: 'getaddrinfo', kind: 'offline' },
    { code: 'ENETUNREACH', syscall: 'connect', kind: 'offline' },
    { code: 'EHOSTUNREACH', syscall: 'read', kind: 'offline' },
    { code: 'ETIMEDOUT', syscall: 'connect', kind: 'offline' },
    { code: 'ETIMEDOUT', syscall: 'read', kind: 'timeout', from: 'way' },
    { code: 'ECONNRESET', syscall: 'read', kind: 'server', from: 'way' },
    { code: 'EPIPE', syscall: 'write', kind: 'server', from: 'way' },
    { code: 'EMFILE', syscall: 'connect', kind: 'too_many_open_files' },
    { code: 'ENFILE', syscall: 'connect', kind: 'too_many_open_files' },
  ] as const)('the system says $code at $syscall: $kind', ({ code, syscall, ...meaning }) => {
    const error = Object.assign(new Error(`${syscall} ${code}`), { code, syscall, $metadata: { attempts: 3 } })
    expect(classify(error)).toEqual({ ...meaning, detail: code, unclear: true, retryAfter: null })
  })
})

it('an answer of the store is told from a broken way to it', async () => {
  const errors = {
    answer: await errorOf(await answering(403, errorXml('AccessDenied'))),
    page: await errorOf(await answering(502, '<html></html>')),
    silence: await errorOf(await localServer(() => undefined)),
    nobody: await errorOf(await deadAddress()),
    nothing: null,
  }
  const told = Object.entries(errors).map(([name, error]) => [name, isAnswer(error)])
  expect(Object.fromEntries(told)).toEqual({ answer: true, page: true, silence: false, nobody: false, nothing: false })
})

describe('what is no error of the SDK', () => {
  it.each([
    { thrown: null },
    { thrown: undefined },
    { thrown: 'a sentence' },
    { thrown: 42 },
    { thrown: { name: 7, code: {}, $metadata: 'none', $response: { headers: { 'retry-after': 5 } } } },
    { thrown: Object.assign(new Error('m'), { name: 'toString' }) },
    { thrown: Object.assign(new Error('m'), { name: 'x'.repeat(1_000) }) },
  ])('$thrown is unclear, and its detail a short code or nothing', ({ thrown }) => {
    const { detail, ...rest } = classify(thrown)
    expect(rest).toEqual({ kind: 'server', unclear: true, retryAfter: null })
    expect((detail ?? '').length).toBeLessThanOrEqual(200)
  })
})
