import { crc32 as zlibCrc32 } from 'node:zlib'

/** A reflected CRC with all bits set before and after: what S3 calls CRC32, CRC32C and CRC64NVME. */
export type CyclicChecksum = {
  readonly bytes: 4 | 8
  readonly start: () => { update(data: Uint8Array): void; value(): bigint }
  /** The checksum of two strings of bytes after each other, from theirs and the second one's length. */
  readonly combine: (first: bigint, second: bigint, secondLength: number) => bigint
}

/** The product of two polynomials modulo the CRC's, bits reflected: the highest bit is x⁰. */
function multiply(left: bigint, right: bigint, polynomial: bigint, width: bigint): bigint {
  let product = 0n
  let shifted = right
  for (let bit = 1n << (width - 1n); bit > 0n; bit >>= 1n) {
    if (left & bit) product ^= shifted
    shifted = shifted & 1n ? (shifted >> 1n) ^ polynomial : shifted >> 1n
  }
  return product
}

/** `crc(A‖B) = crc(A)·x^(8·|B|) + crc(B)`, as in zlib's crc32_combine. */
function combineWith(polynomial: bigint, width: bigint): CyclicChecksum['combine'] {
  return (first, second, secondLength) => {
    let power = 1n << (width - 1n)
    let square = 1n << (width - 9n)
    for (let rest = secondLength; rest > 0; rest = Math.floor(rest / 2)) {
      if (rest % 2 === 1) power = multiply(power, square, polynomial, width)
      square = multiply(square, square, polynomial, width)
    }
    return multiply(first, power, polynomial, width) ^ second
  }
}

/** For each byte, the polynomial's remainder in two halves of 32 bits. */
function remainders(polynomial: bigint): { readonly low: Uint32Array; readonly high: Uint32Array } {
  const low = new Uint32Array(256)
  const high = new Uint32Array(256)
  for (let byte = 0; byte < 256; byte += 1) {
    let remainder = BigInt(byte)
    for (let bit = 0; bit < 8; bit += 1) remainder = remainder & 1n ? (remainder >> 1n) ^ polynomial : remainder >> 1n
    low[byte] = Number(remainder & 0xffffffffn)
    high[byte] = Number(remainder >> 32n)
  }
  return { low, high }
}

function byTable(polynomial: bigint, bytes: 4 | 8): CyclicChecksum['start'] {
  const table = remainders(polynomial)
  return () => {
    let low = 0xffffffff
    let high = bytes === 8 ? 0xffffffff : 0
    return {
      update(data) {
        for (let index = 0; index < data.length; index += 1) {
          const byte = (low ^ (data[index] as number)) & 0xff
          low = ((low >>> 8) | (high << 24)) ^ (table.low[byte] as number)
          high = (high >>> 8) ^ (table.high[byte] as number)
        }
      },
      value: () => {
        const all = (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0)
        return all ^ (bytes === 8 ? 0xffffffffffffffffn : 0xffffffffn)
      },
    }
  }
}

const crc32Polynomial = 0xedb88320n
const crc32cPolynomial = 0x82f63b78n
const crc64nvmePolynomial = 0x9a6c9329ac4bc9b5n

/** ISO 3309's polynomial, by zlib's native code. */
export const crc32: CyclicChecksum = {
  bytes: 4,
  start: () => {
    let value = 0
    return {
      update: (data) => {
        value = zlibCrc32(data, value)
      },
      value: () => BigInt(value),
    }
  },
  combine: combineWith(crc32Polynomial, 32n),
}

/** Castagnoli's polynomial (RFC 3720, appendix B.4). */
export const crc32c: CyclicChecksum = {
  bytes: 4,
  start: byTable(crc32cPolynomial, 4),
  combine: combineWith(crc32cPolynomial, 32n),
}

/** The polynomial of the NVM Express specification, 64-bit CRC. */
export const crc64nvme: CyclicChecksum = {
  bytes: 8,
  start: byTable(crc64nvmePolynomial, 8),
  combine: combineWith(crc64nvmePolynomial, 64n),
}
