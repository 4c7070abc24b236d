import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type ChecksumAlgorithm,
  checksumAlgorithms,
  combineChecksums,
  startChecksum,
} from '../../../../src/emulator/body/checksum.ts'

const checksumOf = (algorithm: ChecksumAlgorithm, ...pieces: Uint8Array[]): string => {
  const running = startChecksum(algorithm)
  for (const piece of pieces) running.update(piece)
  return running.value()
}

describe('A checksum', () => {
  // The check values of the catalogue of parametrised CRC algorithms, for the text "123456789".
  test.each([
    ['CRC32', 'cbf43926'],
    ['CRC32C', 'e3069283'],
    ['CRC64NVME', 'ae8b14860a799888'],
    ['SHA1', createHash('sha1').update('123456789').digest('hex')],
    ['SHA256', createHash('sha256').update('123456789').digest('hex')],
  ] as const)('%s has its known value', (algorithm, hex) => {
    expect(Buffer.from(checksumOf(algorithm, Buffer.from('123456789')), 'base64').toString('hex')).toBe(hex)
  })

  test('does not depend on the pieces that it was fed', () => {
    fc.assert(
      fc.property(fc.constantFrom(...checksumAlgorithms), fc.uint8Array(), fc.uint8Array(), (algorithm, one, two) => {
        expect(checksumOf(algorithm, one, two)).toBe(checksumOf(algorithm, Buffer.concat([one, two])))
      }),
    )
  })

  test('of the full object is combined from those of its parts', () => {
    const algorithms = fc.constantFrom('CRC32', 'CRC32C', 'CRC64NVME' as const)
    fc.assert(
      fc.property(algorithms, fc.array(fc.uint8Array({ maxLength: 2_000 }), { minLength: 1 }), (algorithm, parts) => {
        const combined = combineChecksums(
          algorithm,
          'FULL_OBJECT',
          parts.map((part) => ({ size: part.length, value: checksumOf(algorithm, part) })),
        )
        expect(combined).toEqual({ algorithm, value: checksumOf(algorithm, Buffer.concat(parts)) })
      }),
    )
  })

  test('composite is the checksum of the checksums, and their number', () => {
    const parts = [Buffer.from('one'), Buffer.from('two')]
    const digests = parts.map((part) => createHash('sha256').update(part).digest())
    const expected = createHash('sha256').update(Buffer.concat(digests)).digest('base64')
    const values = parts.map((part) => ({ size: part.length, value: checksumOf('SHA256', part) }))
    expect(combineChecksums('SHA256', 'COMPOSITE', values).value).toBe(`${expected}-2`)
  })
})
