import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { decodeUri, type ReceivedRequest } from '../wire/received-request.ts'
import type { Claim } from './claim.ts'

/**
 * Signature Version 4, written from AWS's specification ("Create a signed AWS API request") and not with the library that
 * the clients sign with: a verifier that shares the signer's code agrees with its mistakes.
 */

/** Hexadecimal SHA-256 of bytes, or of a text in its encoding. */
export const sha256Hex = (data: string | Uint8Array, encoding: 'utf8' | 'latin1' = 'utf8'): string =>
  (typeof data === 'string' ? createHash('sha256').update(data, encoding) : createHash('sha256').update(data)).digest(
    'hex',
  )

const hmac = (key: string | Uint8Array, text: string): Buffer => createHmac('sha256', key).update(text).digest()

/** Percent-encoding as the signature's specification wants it: all but letters, digits and `-._~`. */
export const encodeRfc3986 = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)

const inByteOrder = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0)

function canonicalRequest(request: ReceivedRequest, claim: Claim, payloadHash: string): string {
  const path = request.path
    .split('/')
    .map((segment) => encodeRfc3986(decodeUri(segment)))
    .join('/')
  const query = request.query
    .filter(([name]) => !(claim.form === 'query' && name === 'X-Amz-Signature'))
    .map(([name, value]) => [encodeRfc3986(name), encodeRfc3986(value)] as const)
    .sort((left, right) => inByteOrder(left[0], right[0]) || inByteOrder(left[1], right[1]))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
  const headers = claim.signedHeaders.map(
    (name) => `${name}:${(request.headers[name] ?? '').trim().replace(/ +/g, ' ')}\n`,
  )
  return [request.method, path, query, headers.join(''), claim.signedHeaders.join(';'), payloadHash].join('\n')
}

/** What signs the rest of a body that comes in signed pieces. */
export type BodySigning = {
  readonly key: Uint8Array
  readonly time: string
  readonly scope: string
  /** The signature of the headers: the first piece's predecessor. */
  readonly seed: string
}

/** Hexadecimal HMAC-SHA256. */
export const signText = (key: Uint8Array, text: string): string => hmac(key, text).toString('hex')

/** Compares in constant time. */
export function sameSignature(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)]
  return a.length === b.length && timingSafeEqual(a, b)
}

/** What a secret key signs with in the scope that a claim names. */
export const signingKeyOf = ({ date, region, service }: Claim, secretAccessKey: string): Buffer =>
  [date, region, service, 'aws4_request'].reduce<string | Buffer>(
    (parent, text) => hmac(parent, text),
    `AWS4${secretAccessKey}`,
  ) as Buffer

/** The signing of the body if the claim's signature is the secret key's, else null. */
export function verifySignature(
  request: ReceivedRequest,
  claim: Claim,
  secretAccessKey: string,
  payloadHash: string,
): BodySigning | null {
  const scope = `${claim.date}/${claim.region}/${claim.service}/aws4_request`
  const key = signingKeyOf(claim, secretAccessKey)
  // Node reads headers as Latin-1, one character a byte: so these are the bytes that were sent and signed.
  const canonical = sha256Hex(canonicalRequest(request, claim, payloadHash), 'latin1')
  const seed = signText(key, `AWS4-HMAC-SHA256\n${claim.time}\n${scope}\n${canonical}`)
  return sameSignature(seed, claim.signature) ? { key, time: claim.time, scope, seed } : null
}
