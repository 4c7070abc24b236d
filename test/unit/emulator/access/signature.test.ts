import { Readable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { claimOf } from '../../../../src/emulator/access/claim.ts'
import { sha256Hex, verifySignature } from '../../../../src/emulator/access/signature.ts'
import { decodeAwsChunked } from '../../../../src/emulator/body/aws-chunked.ts'
import { parsePairs, type ReceivedRequest } from '../../../../src/emulator/wire/received-request.ts'

/** The worked examples of AWS's documentation: "Authenticating Requests (AWS Signature Version 4)", S3 API reference. */
const secretAccessKey = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'
const credential = 'AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request'
const host = 'examplebucket.s3.amazonaws.com'

const received = (overrides: Partial<ReceivedRequest> = {}): ReceivedRequest => ({
  method: 'GET',
  path: '/test.txt',
  query: [],
  headers: { host },
  bytes: () => Readable.from([]),
  gone: new AbortController().signal,
  cut: () => {
    throw new Error('It was cut')
  },
  ...overrides,
})

const authorization = (signedHeaders: string, signature: string) =>
  `AWS4-HMAC-SHA256 Credential=${credential},SignedHeaders=${signedHeaders},Signature=${signature}`

function verify(request: ReceivedRequest, payloadHash: string) {
  const claim = claimOf(request)
  return claim === null ? null : verifySignature(request, claim, secretAccessKey, payloadHash)
}

const chunkedPut = received({
  method: 'PUT',
  path: '/examplebucket/chunkObject.txt',
  headers: {
    host: 's3.amazonaws.com',
    authorization: authorization(
      'content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class',
      '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9',
    ),
    'content-encoding': 'aws-chunked',
    'content-length': '66824',
    'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
    'x-amz-date': '20130524T000000Z',
    'x-amz-decoded-content-length': '66560',
    'x-amz-storage-class': 'REDUCED_REDUNDANCY',
  },
})

const chunk = (length: number, signature: string) =>
  `${length.toString(16)};chunk-signature=${signature}\r\n${'a'.repeat(length)}\r\n`
const documentedBody =
  chunk(65_536, 'ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648') +
  chunk(1_024, '0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497') +
  chunk(0, 'b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9')

async function decode(body: string, pieceLength = 10_000): Promise<string> {
  const signing = verify(chunkedPut, 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD')
  const pieces = Array.from({ length: Math.ceil(body.length / pieceLength) }, (_, index) =>
    Buffer.from(body.slice(index * pieceLength, (index + 1) * pieceLength)),
  )
  const decoded: Uint8Array[] = []
  const options = { signing, hasTrailer: false, onTrailer: () => {} }
  for await (const bytes of decodeAwsChunked(Readable.from(pieces), options)) decoded.push(bytes)
  return Buffer.concat(decoded).toString()
}

describe("AWS's own examples", () => {
  const rangedGet = received({
    headers: {
      host,
      authorization: authorization(
        'host;range;x-amz-content-sha256;x-amz-date',
        'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
      ),
      range: 'bytes=0-9',
      'x-amz-content-sha256': sha256Hex(''),
      'x-amz-date': '20130524T000000Z',
    },
  })

  test('of a signed header are verified, and refused once anything signed is different', () => {
    expect(verify(rangedGet, sha256Hex(''))).not.toBeNull()
    expect(verify({ ...rangedGet, method: 'PUT' }, sha256Hex(''))).toBeNull()
    expect(verify({ ...rangedGet, path: '/test.txt2' }, sha256Hex(''))).toBeNull()
    expect(verify({ ...rangedGet, query: [['acl', '']] }, sha256Hex(''))).toBeNull()
    expect(verify({ ...rangedGet, headers: { ...rangedGet.headers, range: 'bytes=0-10' } }, sha256Hex(''))).toBeNull()
    expect(verify(rangedGet, sha256Hex('x'))).toBeNull()
  })

  test('of a presigned URL are verified', () => {
    const query = parsePairs(
      `X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${encodeURIComponent(credential)}&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404`,
    )
    expect(verify(received({ query }), 'UNSIGNED-PAYLOAD')).not.toBeNull()
    expect(verify(received({ query: [...query, ['versionId', '1']] }), 'UNSIGNED-PAYLOAD')).toBeNull()
  })

  test('of a body in signed chunks are verified, in whatever pieces it arrives', async () => {
    for (const pieceLength of [1_000, 65_536, 70_000])
      expect(await decode(documentedBody, pieceLength)).toBe('a'.repeat(66_560))
  })
})

describe('A body in signed chunks', () => {
  test('is refused when a byte of it was changed', async () => {
    await expect(decode(documentedBody.replace('aaaa\r\n0;', 'aaab\r\n0;'))).rejects.toMatchObject({
      code: 'SignatureDoesNotMatch',
    })
  })

  test('is refused when its chunks changed places', async () => {
    const [first = '', second = '', last = ''] = documentedBody.split(/(?<=a\r\n)/)
    await expect(decode(second + first + last)).rejects.toMatchObject({ code: 'SignatureDoesNotMatch' })
  })

  test('is incomplete when it ends early, says no length, or goes on after its end', async () => {
    for (const body of [
      documentedBody.slice(0, 60_000),
      documentedBody.slice(0, -86),
      'zz\r\n',
      `${documentedBody}x`,
      '',
    ])
      await expect(decode(body), `${body.length} bytes`).rejects.toMatchObject({ code: 'IncompleteBody' })
  })
})
