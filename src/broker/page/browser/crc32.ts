/** The reversed polynomial of CRC-32 (ISO 3309), as zlib uses it. */
const polynomial = 0xedb88320

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ polynomial : value >>> 1
  return value
})

/** The CRC32 of some bytes as S3 writes it: base64 of four bytes, big-endian. */
export const crc32Of = (bytes: Uint8Array): string => {
  let value = 0xffffffff
  for (let index = 0; index < bytes.length; index += 1) {
    value = (value >>> 8) ^ (table[(value ^ (bytes[index] ?? 0)) & 0xff] ?? 0)
  }
  return encode((value ^ 0xffffffff) >>> 0)
}

/** The CRC32 of a whole from those of its pieces in order (zlib's crc32_combine), without reading them again. */
export const combineCrc32 = (pieces: readonly { readonly crc32: string; readonly size: number }[]): string =>
  encode(pieces.reduce((whole, { crc32, size }) => (multiply(powerOfX(size * 8), whole) ^ decode(crc32)) >>> 0, 0))

const encode = (value: number): string => {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, value)
  return btoa(String.fromCharCode(...bytes))
}

const decode = (text: string): number =>
  [...atob(text)].reduce((value, byte) => ((value << 8) | byte.charCodeAt(0)) >>> 0, 0)

/** a · b modulo the polynomial; bit 31 is x^0. */
const multiply = (a: number, b: number): number => {
  let product = 0
  let factor = b
  for (let mask = 0x80000000; mask !== 0; mask >>>= 1) {
    if (a & mask) product ^= factor
    factor = factor & 1 ? (factor >>> 1) ^ polynomial : factor >>> 1
  }
  return product >>> 0
}

/** x^exponent modulo the polynomial, by squaring; the exponent may exceed 32 bits. */
const powerOfX = (exponent: number): number => {
  let power = 0x80000000
  let square = 0x40000000
  for (let rest = exponent; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) power = multiply(square, power)
    square = multiply(square, square)
  }
  return power
}
