import { createHash } from 'node:crypto'
import type { BodySigning } from '../access/signature.ts'
import { S3Error } from '../s3-error.ts'
import type { ReceivedRequest } from '../wire/received-request.ts'
import { decodeAwsChunked } from './aws-chunked.ts'
import {
  type Checksum,
  type ChecksumAlgorithm,
  checksumAlgorithms,
  checksumHeader,
  isChecksumValue,
  parseAlgorithm,
  startChecksum,
} from './checksum.ts'
import type { Pace } from './pace.ts'

/** A request's body with what proves it: the payload hash that was signed, and the key for signed chunks. */
export type IncomingBody = {
  readonly request: ReceivedRequest
  readonly payloadHash: string
  readonly signing: BodySigning
  readonly pace: Pace
}

/** A body that was found to be what its headers said. */
export type ReceivedBody = {
  readonly size: number
  /** Hexadecimal. */
  readonly md5: string
  /** What the client gave and we found right, or else what was asked for by `compute`. */
  readonly checksum: Checksum | null
}

const signedPayloads = ['STREAMING-AWS4-HMAC-SHA256-PAYLOAD', 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER']
const trailerPayloads = ['STREAMING-UNSIGNED-PAYLOAD-TRAILER', 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER']

/** The checksum that a request announces: its value now, or the trailer that will bring it. */
export type AnnouncedChecksum = { readonly algorithm: ChecksumAlgorithm; readonly value: string | null }

const notAlgorithms = ['algorithm', 'mode', 'type']

/** Throws InvalidRequest where more than one is announced, one is malformed, or one was promised and is not there. */
export function announcedChecksum(request: ReceivedRequest): AnnouncedChecksum | null {
  const given = Object.keys(request.headers)
    .map((name) => /^x-amz-checksum-(.+)$/.exec(name)?.[1])
    .filter((name) => name !== undefined && !notAlgorithms.includes(name))
    .map((name) => parseAlgorithm(name as string))
  const trailer = request.headers['x-amz-trailer']?.toLowerCase()
  const trailing = checksumAlgorithms.find((algorithm) => checksumHeader(algorithm) === trailer)
  if (trailer !== undefined && trailing === undefined)
    throw new S3Error('InvalidRequest', 'The value specified in the x-amz-trailer header is not supported')
  if (given.length + (trailing === undefined ? 0 : 1) > 1)
    throw new S3Error(
      'InvalidRequest',
      'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.',
    )
  if (trailing !== undefined) return { algorithm: trailing, value: null }
  const [algorithm] = given
  if (algorithm === undefined) {
    if (request.headers['x-amz-sdk-checksum-algorithm'] !== undefined)
      throw new S3Error(
        'InvalidRequest',
        'x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.',
      )
    return null
  }
  const value = request.headers[checksumHeader(algorithm)] ?? ''
  checkChecksumValue(algorithm, value)
  return { algorithm, value }
}

function checkChecksumValue(algorithm: ChecksumAlgorithm, value: string): void {
  if (!isChecksumValue(algorithm, value))
    throw new S3Error('InvalidRequest', `Value for ${checksumHeader(algorithm)} header is invalid.`)
}

function announcedSize(request: ReceivedRequest, framed: boolean): number {
  const text = request.headers[framed ? 'x-amz-decoded-content-length' : 'content-length']
  if (text === undefined) throw new S3Error('MissingContentLength', 'You must provide the Content-Length HTTP header.')
  if (!/^\d{1,15}$/.test(text)) throw new S3Error('InvalidArgument', 'The length of the body is not a number.')
  return Number(text)
}

function announcedMd5(request: ReceivedRequest): string | null {
  const header = request.headers['content-md5']
  if (header === undefined) return null
  const bytes = Buffer.from(header, 'base64')
  if (bytes.length !== 16 || bytes.toString('base64') !== header)
    throw new S3Error('InvalidDigest', 'The Content-MD5 you specified was invalid.')
  return bytes.toString('hex')
}

/**
 * Reads a whole body into `write`, never holding more than a piece of it, and verifies everything that the client said of
 * it: length, chunk signatures, x-amz-content-sha256, Content-MD5, checksum header or trailer. Throws MissingContentLength,
 * EntityTooLarge, IncompleteBody, XAmzContentSHA256Mismatch, BadDigest or what malformed headers deserve: then what was
 * written must be dropped.
 */
export async function receiveBody(
  body: IncomingBody,
  options: {
    readonly atMost: number
    /** What the client says of this body: `announcedChecksum`, but where its headers speak of something else. */
    readonly announced: AnnouncedChecksum | null
    /** Computed also where the client sends no checksum of its own. */
    readonly compute: ChecksumAlgorithm | null
    readonly write: (bytes: Uint8Array) => Promise<void>
  },
): Promise<ReceivedBody> {
  const { request, payloadHash } = body
  const framed = payloadHash.startsWith('STREAMING-')
  if (framed && !signedPayloads.includes(payloadHash) && !trailerPayloads.includes(payloadHash))
    throw new S3Error('NotImplemented', `The payload form ${payloadHash} is not implemented.`)
  if (!framed && /\baws-chunked\b/i.test(request.headers['content-encoding'] ?? ''))
    throw new S3Error('InvalidRequest', 'An aws-chunked body needs an x-amz-content-sha256 that starts with STREAMING-')
  const size = announcedSize(request, framed)
  if (size > options.atMost)
    throw new S3Error('EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size', {
      ProposedSize: String(size),
      MaxSizeAllowed: String(options.atMost),
    })
  const { announced } = options
  const expectedMd5 = announcedMd5(request)
  const algorithm = announced?.algorithm ?? options.compute
  const checksum = algorithm === null ? null : startChecksum(algorithm)
  const md5 = createHash('md5')
  const sha256 = /^[0-9a-f]{64}$/.test(payloadHash) ? createHash('sha256') : null

  let trailer: Readonly<Record<string, string>> = {}
  const sent = request.bytes()
  const bytes = framed
    ? decodeAwsChunked(sent, {
        signing: signedPayloads.includes(payloadHash) ? body.signing : null,
        hasTrailer: trailerPayloads.includes(payloadHash),
        onTrailer: (headers) => {
          trailer = headers
        },
      })
    : sent
  let received = 0
  for await (const piece of bytes) {
    received += piece.length
    if (received > size) break
    await body.pace(piece.length)
    md5.update(piece)
    sha256?.update(piece)
    checksum?.update(piece)
    await options.write(piece)
  }
  if (received !== size)
    throw new S3Error('IncompleteBody', 'You did not provide the number of bytes specified by the length headers')
  if (sha256 !== null && sha256.digest('hex') !== payloadHash)
    throw new S3Error(
      'XAmzContentSHA256Mismatch',
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
    )
  const md5Hex = md5.digest('hex')
  if (expectedMd5 !== null && expectedMd5 !== md5Hex)
    throw new S3Error('BadDigest', 'The Content-MD5 you specified did not match what we received.')
  if (algorithm === null || checksum === null) return { size, md5: md5Hex, checksum: null }
  const value = checksum.value()
  if (announced !== null && value !== (announced.value ?? trailingValue(algorithm, trailer)))
    throw new S3Error('BadDigest', `The ${algorithm} you specified did not match the calculated checksum.`)
  return { size, md5: md5Hex, checksum: { algorithm, value } }
}

function trailingValue(algorithm: ChecksumAlgorithm, trailer: Readonly<Record<string, string>>): string {
  const value = trailer[checksumHeader(algorithm)]
  if (value === undefined)
    throw new S3Error('MalformedTrailerError', 'The request contained trailing data that was not well-formed.')
  checkChecksumValue(algorithm, value)
  return value
}

/** A small body as text, after the same checks: at most 4 MiB, more than a Complete of 10,000 parts needs. */
export async function receiveText(body: IncomingBody, announced: AnnouncedChecksum | null): Promise<string> {
  const pieces: Uint8Array[] = []
  const write = async (bytes: Uint8Array) => void pieces.push(bytes)
  await receiveBody(body, { atMost: 4 * 1024 * 1024, announced, compute: null, write })
  return Buffer.concat(pieces).toString('utf8')
}
