import { randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { combineCrc32, crc32Of } from '../../../../src/broker/page/browser/crc32.ts'

const byZlib = (bytes: Uint8Array): string => {
  const value = Buffer.alloc(4)
  value.writeUInt32BE(crc32(bytes))
  return value.toString('base64')
}

it('the page computes the CRC32 that zlib does', () => {
  fc.assert(fc.property(fc.uint8Array(), (bytes) => crc32Of(bytes) === byZlib(bytes)))
})

it('the page joins the CRC32 of parts to that of the whole', () => {
  const sizes = [8_388_608, 1, 0, 70_000]
  const parts = sizes.map((size) => randomBytes(size))
  const pieces = parts.map((part) => ({ crc32: byZlib(part), size: part.length }))
  expect(combineCrc32(pieces)).toBe(byZlib(Buffer.concat(parts)))
})
