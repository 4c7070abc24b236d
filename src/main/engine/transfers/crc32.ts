import { crc32 } from 'node:zlib'

/** The reversed polynomial of CRC-32 (ISO 3309), as zlib uses it. */
const polynomial = 0xedb88320

/** The CRC32 of some bytes as S3 writes it: base64 of four bytes, big-endian. */
export const crc32Of = (bytes: Uint8Array): string => encode(crc32(bytes))

/**
 * The CRC32 of a whole from those of its pieces in order, without reading them again: the piece's length shifts the
 * CRC so far by multiplying it with x^(8·length) modulo the polynomial (zlib's crc32_combine, after its version 1.2.12).
 */
export function combineCrc32(pieces: Iterable<{ readonly checksum: string; readonly size: number }>): string {
  let whole = 0
  for (const { checksum, size } of pieces) whole = multiply(powerOfX(size * 8), whole) ^ decode(checksum)
  return encode(whole >>> 0)
}

function encode(value: number): string {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes.toString('base64')
}

const decode = (checksum: string): number => Buffer.from(checksum, 'base64').readUInt32BE()

/** a · b modulo the polynomial; bit 31 is x^0. */
function multiply(a: number, b: number): number {
  let product = 0
  let factor = b
  for (let mask = 0x80000000; mask !== 0; mask >>>= 1) {
    if (a & mask) product ^= factor
    factor = factor & 1 ? (factor >>> 1) ^ polynomial : factor >>> 1
  }
  return product >>> 0
}

/** x^exponent modulo the polynomial, by squaring; the exponent may exceed 32 bits. */
function powerOfX(exponent: number): number {
  let power = 0x80000000
  let square = 0x40000000
  for (let rest = exponent; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) power = multiply(square, power)
    square = multiply(square, square)
  }
  return power
}
