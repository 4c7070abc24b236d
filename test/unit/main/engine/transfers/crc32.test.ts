import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { combineCrc32, crc32Of } from '../../../../../src/main/engine/transfers/crc32.ts'

const pieceOf = (bytes: Uint8Array) => ({ checksum: crc32Of(bytes), size: bytes.length })

describe('the checksum of some bytes', () => {
  it('is written as S3 does: base64 of four bytes, the most significant first', () => {
    // the check value of CRC-32/ISO-HDLC: 0xcbf43926
    expect(crc32Of(Buffer.from('123456789'))).toBe(Buffer.from([0xcb, 0xf4, 0x39, 0x26]).toString('base64'))
    expect(crc32Of(Buffer.alloc(0))).toBe('AAAAAA==')
  })
})

describe('the checksum of a whole from those of its pieces', () => {
  it('is zlib’s of the whole, however it is split, also with empty pieces', () => {
    const splits = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 12 })
    fc.assert(
      fc.property(splits, (pieces) => {
        expect(combineCrc32(pieces.map(pieceOf))).toBe(crc32Of(Buffer.concat(pieces)))
      }),
      { numRuns: 500 },
    )
  })

  it('is that of nothing without pieces', () => {
    expect(combineCrc32([])).toBe('AAAAAA==')
  })

  it('depends on the order of the pieces', () => {
    const [one, two] = [pieceOf(Buffer.from('one')), pieceOf(Buffer.from('other'))]
    expect(combineCrc32([one, two])).not.toBe(combineCrc32([two, one]))
  })

  it('holds for pieces of more than 2³² bits: one of 1 GiB is 64 of 16 MiB', () => {
    const mebibytes16 = Buffer.alloc(16 * 1024 * 1024, 'whole ')
    const small = pieceOf(mebibytes16)
    let running = 0
    for (let count = 0; count < 64; count += 1) running = crc32(mebibytes16, running)
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32BE(running)
    const large = { checksum: bytes.toString('base64'), size: 64 * small.size }

    const many = (count: number) => Array.from({ length: count }, () => small)
    expect(combineCrc32(many(64))).toBe(large.checksum)
    expect(combineCrc32([small, large])).toBe(combineCrc32(many(65)))
    expect(combineCrc32([large, large, small])).toBe(combineCrc32(many(129)))
  })

  it('holds for any sizes up to 50 TB: it does not matter which pieces are joined first', () => {
    const checksums = fc
      .uint8Array({ minLength: 4, maxLength: 4 })
      .map((bytes) => Buffer.from(bytes).toString('base64'))
    const piece = fc.record({ checksum: checksums, size: fc.integer({ min: 0, max: 16_000_000_000_000 }) })
    fc.assert(
      fc.property(piece, piece, piece, (first, second, third) => {
        const join = (...pieces: (typeof first)[]) => ({
          checksum: combineCrc32(pieces),
          size: pieces.reduce((sum, { size }) => sum + size, 0),
        })
        expect(join(first, join(second, third))).toEqual(join(join(first, second), third))
      }),
      { numRuns: 300 },
    )
  })
})
