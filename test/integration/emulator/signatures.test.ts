import { describe, expect, test } from 'vitest'
import { presign, sendRaw, sendSigned, sha256Hex } from './signed-request.ts'
import { bucket, startTestEmulator, userOf } from './test-emulator.ts'

const minute = 60_000
const put = { method: 'PUT', path: `/${bucket}/key`, body: 'hello' }

describe('A request signed in its header', () => {
  test('is served', async () => {
    await using scene = await startTestEmulator()
    const { emulator } = scene
    expect(await sendSigned(emulator.endpoint, userOf(emulator), put)).toMatchObject({ status: 200 })
    const unsignedPayload = { ...put, headers: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } }
    expect(await sendSigned(emulator.endpoint, userOf(emulator), unsignedPayload)).toMatchObject({ status: 200 })
  })

  test('is refused once anything of it is different', async () => {
    await using scene = await startTestEmulator()
    const { emulator } = scene
    const altered = (overrides: object, headers: Record<string, string> = {}) =>
      sendSigned(emulator.endpoint, userOf(emulator), put, {
        alter: (signed) => ({ ...signed, ...overrides, headers: { ...signed.headers, ...headers } }),
      })
    const mismatch = { status: 403, code: 'SignatureDoesNotMatch' }
    expect(await altered({ path: `/${bucket}/other` })).toMatchObject(mismatch)
    expect(await altered({ path: `/${bucket}/key?tagging` })).toMatchObject(mismatch)
    expect(await altered({ method: 'DELETE' })).toMatchObject(mismatch)
    expect(await altered({}, { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' })).toMatchObject(mismatch)
    expect(await altered({ body: 'HELLO' })).toMatchObject({ status: 400, code: 'XAmzContentSHA256Mismatch' })
    const added = await altered({}, { 'x-amz-meta-added': 'since' })
    expect(added).toMatchObject({ status: 403, code: 'AccessDenied' })
    expect(added.body).toMatch('x-amz-meta-added')
  })

  test('is refused by wrong keys, an unknown key, another region or service', async () => {
    await using scene = await startTestEmulator()
    const { endpoint, accessKeyId, secretAccessKey } = scene.emulator
    const wrong = { accessKeyId, secretAccessKey: 'wrong' }
    expect(await sendSigned(endpoint, wrong, put)).toMatchObject({ status: 403, code: 'SignatureDoesNotMatch' })
    const unknown = { accessKeyId: 'AKIAUNKNOWN', secretAccessKey }
    expect(await sendSigned(endpoint, unknown, put)).toMatchObject({ status: 403, code: 'InvalidAccessKeyId' })
    const user = userOf(scene.emulator)
    const elsewhere = await sendSigned(endpoint, user, put, { region: 'eu-west-1' })
    expect(elsewhere).toMatchObject({ status: 400, code: 'AuthorizationHeaderMalformed' })
    expect(elsewhere.body).toMatch('<Region>us-east-1</Region>')
    const foreign = await sendSigned(endpoint, user, put, { service: 'sts' })
    expect(foreign).toMatchObject({ status: 400, code: 'AuthorizationHeaderMalformed' })
  })

  test.each([-16, 16])('%d minutes off is RequestTimeTooSkewed', async (minutes) => {
    await using scene = await startTestEmulator()
    const signedAt = new Date(Date.now() + minutes * minute)
    const answer = await sendSigned(scene.emulator.endpoint, userOf(scene.emulator), put, { signedAt })
    expect(answer).toMatchObject({ status: 403, code: 'RequestTimeTooSkewed' })
    expect(answer.headers.date).toBeDefined()
  })

  test('may be 14 minutes off', async () => {
    await using scene = await startTestEmulator()
    const signedAt = new Date(Date.now() - 14 * minute)
    const answer = await sendSigned(scene.emulator.endpoint, userOf(scene.emulator), put, { signedAt })
    expect(answer).toMatchObject({ status: 200 })
  })

  test('is needed, in a form that is known', async () => {
    await using scene = await startTestEmulator()
    const { endpoint } = scene.emulator
    expect(await sendRaw(endpoint, put)).toMatchObject({ status: 403, code: 'AccessDenied' })
    const old = { ...put, headers: { authorization: 'AWS key:signature' } }
    expect(await sendRaw(endpoint, old)).toMatchObject({ status: 400, code: 'InvalidRequest' })
    const cut = { ...put, headers: { authorization: 'AWS4-HMAC-SHA256 Credential=a/b' } }
    expect(await sendRaw(endpoint, cut)).toMatchObject({ status: 400, code: 'AuthorizationHeaderMalformed' })
  })
})

describe('A presigned URL', () => {
  test('serves what it was made for, with other bytes too, and nothing else', async () => {
    await using scene = await startTestEmulator()
    const { emulator } = scene
    const path = await presign(emulator.endpoint, userOf(emulator), put)
    expect(await sendRaw(emulator.endpoint, { ...put, path })).toMatchObject({ status: 200 })
    const got = { method: 'GET', path: await presign(emulator.endpoint, userOf(emulator), { ...put, method: 'GET' }) }
    expect(await sendRaw(emulator.endpoint, got)).toMatchObject({ status: 200, body: 'hello' })
    for (const misused of [
      { method: 'DELETE', path },
      { method: 'PUT', path: path.replace('/key?', '/other?') },
      { method: 'PUT', path: path.replace('X-Amz-Expires=900', 'X-Amz-Expires=901') },
      { method: 'PUT', path: `${path}&partNumber=1&uploadId=x` },
    ])
      expect(await sendRaw(emulator.endpoint, misused)).toMatchObject({ status: 403, code: 'SignatureDoesNotMatch' })
  })

  test('ends at its time, begins at its time, and lives a week at most', async () => {
    await using scene = await startTestEmulator()
    const { emulator } = scene
    const at = async (signedAt: Date, expiresIn: number) => {
      const path = await presign(emulator.endpoint, userOf(emulator), put, { signedAt, expiresIn })
      return sendRaw(emulator.endpoint, { ...put, path })
    }
    expect(await at(new Date(Date.now() - 59 * minute), 3_600)).toMatchObject({ status: 200 })
    expect(await at(new Date(Date.now() - 61 * minute), 3_600)).toMatchObject({ status: 403, code: 'AccessDenied' })
    expect(await at(new Date(Date.now() + 20 * minute), 3_600)).toMatchObject({ status: 403, code: 'AccessDenied' })
    const path = (await presign(emulator.endpoint, userOf(emulator), put)).replace('Expires=900', 'Expires=604801')
    expect(await sendRaw(emulator.endpoint, { ...put, path })).toMatchObject({
      status: 400,
      code: 'AuthorizationQueryParametersError',
    })
  })

  test('with a checksum in its signature takes only these bytes', async () => {
    await using scene = await startTestEmulator()
    const { emulator } = scene
    const headers = { 'x-amz-checksum-crc32': 'NhCmhg==', 'content-length': '5' }
    const path = await presign(emulator.endpoint, userOf(emulator), { ...put, headers })
    expect(await sendRaw(emulator.endpoint, { ...put, path, headers })).toMatchObject({ status: 200 })
    expect(await sendRaw(emulator.endpoint, { ...put, path, headers, body: 'HELLO' })).toMatchObject({
      status: 400,
      code: 'BadDigest',
    })
    expect(await sendRaw(emulator.endpoint, { ...put, path })).toMatchObject({ code: 'SignatureDoesNotMatch' })
    const plain = await presign(emulator.endpoint, userOf(emulator), put)
    expect(await sendRaw(emulator.endpoint, { ...put, path: plain, headers })).toMatchObject({
      status: 403,
      code: 'AccessDenied',
    })
  })

  test('cannot be joined with an Authorization header', async () => {
    await using scene = await startTestEmulator()
    const { emulator } = scene
    const path = await presign(emulator.endpoint, userOf(emulator), put)
    const both = { ...put, path, headers: { authorization: 'AWS4-HMAC-SHA256 x' } }
    expect(await sendRaw(emulator.endpoint, both)).toMatchObject({ status: 400, code: 'InvalidArgument' })
  })
})

describe('A sloppy request', () => {
  test.each([
    ['without x-amz-content-sha256', { 'x-amz-content-sha256': '' }, 400, 'InvalidArgument'],
    ['with two checksums', { 'x-amz-checksum-crc32': 'NhCmhg==', 'x-amz-checksum-sha1': 'x' }, 400, 'InvalidRequest'],
    ['with an unknown checksum', { 'x-amz-checksum-crc99': 'x' }, 400, 'InvalidRequest'],
    ['that promises a checksum', { 'x-amz-sdk-checksum-algorithm': 'CRC32' }, 400, 'InvalidRequest'],
    ['with a public ACL', { 'x-amz-acl': 'public-read' }, 400, 'AccessControlListNotSupported'],
    ['with another condition', { 'if-none-match': '"etag"' }, 501, 'NotImplemented'],
    ['of 5 GiB and one byte', { 'content-length': '5368709121' }, 400, 'EntityTooLarge'],
  ])('%s is refused', async (_what, headers, status, code) => {
    await using scene = await startTestEmulator()
    const { emulator } = scene
    const sent = { ...put, headers: { ...headers } }
    // What is announced is never sent: the answer must come all the same.
    const answer = sendSigned(emulator.endpoint, userOf(emulator), sent, {
      alter: (signed) =>
        ({ ...signed, headers: { ...signed.headers, expect: '100-continue' }, body: undefined }) as never,
    })
    expect(await answer).toMatchObject({ status, code })
  })

  test('of an unknown length is MissingContentLength', async () => {
    await using scene = await startTestEmulator()
    const { emulator } = scene
    const path = await presign(emulator.endpoint, userOf(emulator), put)
    const headers = { 'transfer-encoding': 'chunked' }
    expect(await sendRaw(emulator.endpoint, { ...put, path, headers })).toMatchObject({
      status: 411,
      code: 'MissingContentLength',
    })
  })

  test('never reaches outside its bucket', async () => {
    await using scene = await startTestEmulator()
    const { emulator } = scene
    const attempts = ['/../session-key', '//session-key', '/..%2fsession-key', '/%2e%2e/session-key', '/%ff', '/a%']
    for (const path of attempts) {
      const answer = await sendSigned(emulator.endpoint, userOf(emulator), { method: 'GET', path })
      expect([400, 403, 404, 500]).toContain(answer.status)
      expect(answer.status).not.toBe(500)
    }
  })
})

const chunk = (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`

describe('A body in unsigned chunks', () => {
  const chunked = (body: string, headers: Record<string, string> = {}) => ({
    ...put,
    body,
    headers: {
      'content-encoding': 'aws-chunked',
      'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
      'x-amz-decoded-content-length': '5',
      'x-amz-trailer': 'x-amz-checksum-crc32',
      'content-length': String(Buffer.byteLength(body)),
      ...headers,
    },
  })
  const trailer = (value: string) => `0\r\nx-amz-checksum-crc32:${value}\r\n\r\n`

  test.each([
    ['whole', chunk('hel') + chunk('lo') + trailer('NhCmhg=='), 200, null],
    ['with a wrong trailer', chunk('hello') + trailer('AAAAAA=='), 400, 'BadDigest'],
    ['with a trailer that is no checksum', chunk('hello') + trailer('hello'), 400, 'InvalidRequest'],
    ['without the promised trailer', `${chunk('hello')}0\r\n\r\n`, 400, 'MalformedTrailerError'],
    ['shorter than said', chunk('hell') + trailer('NhCmhg=='), 400, 'IncompleteBody'],
    ['longer than said', chunk('hello!') + trailer('NhCmhg=='), 400, 'IncompleteBody'],
    ['without framing', 'hello', 400, 'IncompleteBody'],
    ['that ends in a chunk', '5\r\nhel', 400, 'IncompleteBody'],
    ['that goes on', `${chunk('hello') + trailer('NhCmhg==')}more`, 400, 'IncompleteBody'],
  ])('%s gets its answer', async (_what, body, status, code) => {
    await using scene = await startTestEmulator()
    const answer = await sendSigned(scene.emulator.endpoint, userOf(scene.emulator), chunked(body))
    expect(answer).toMatchObject({ status, code })
    const got = await sendSigned(scene.emulator.endpoint, userOf(scene.emulator), { method: 'GET', path: put.path })
    expect(got.status).toBe(status === 200 ? 200 : 404)
    if (status === 200) expect(sha256Hex(got.body)).toBe(sha256Hex('hello'))
  })
})
