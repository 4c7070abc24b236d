import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  isSingleRequest,
  mostParts,
  partSizeFor,
  planParts,
  smallestPart,
  usualPart,
} from '../../../../../src/main/engine/transfers/part-plan.ts'
import { largestObject } from '../../../../../src/shared/broker-api.ts'

/** S3's largest part, 5 GiB (Amazon S3 user guide, "multipart upload limits"). */
const largestPart = 5 * 1024 ** 3
const sizes = fc.oneof(
  fc.nat({ max: 200_000_000 }),
  fc.integer({ min: 0, max: largestObject }),
  // around the sizes at which one more part, or a larger one, is needed
  fc
    .record({ parts: fc.integer({ min: 1, max: 300_000 }), more: fc.integer({ min: -1, max: 1 }) })
    .map(({ parts, more }) => parts * usualPart + more),
)

describe('the parts of a file of any size up to 50 TB', () => {
  it('are at most 10,000, of the same size, which S3 takes; the last has what is left', () => {
    fc.assert(
      fc.property(sizes, (size) => {
        const partSize = partSizeFor(size)
        const parts = planParts(size, partSize)
        const last = parts.at(-1)
        return (
          parts.length <= mostParts &&
          partSize >= smallestPart &&
          partSize <= largestPart &&
          parts.every(
            (part) => part.length === partSize || (part === last && part.length > 0 && part.length < partSize),
          )
        )
      }),
      { numRuns: 300 },
    )
  })

  it('cover it from the first byte to the last without a gap, numbered from 1', () => {
    fc.assert(
      fc.property(sizes, (size) => {
        let end = 0
        const parts = planParts(size, partSizeFor(size))
        const gapless = parts.every((part, index) => {
          const follows = part.offset === end && part.partNumber === index + 1
          end += part.length
          return follows
        })
        return gapless && end === size
      }),
      { numRuns: 300 },
    )
  })

  it('do not depend on the limit being met by chance: the largest object has exactly 10,000 at most', () => {
    expect(planParts(largestObject, partSizeFor(largestObject)).length).toBeLessThanOrEqual(mostParts)
    expect(partSizeFor(usualPart * mostParts)).toBe(usualPart)
    expect(partSizeFor(usualPart * mostParts + 1)).toBe(usualPart + 1024 * 1024)
  })
})

it.each([
  { size: 0, single: true, parts: 0 },
  { size: 1, single: true, parts: 1 },
  { size: usualPart - 1, single: true, parts: 1 },
  { size: usualPart, single: true, parts: 1 },
  { size: usualPart + 1, single: false, parts: 2 },
])('a file of $size bytes: one request $single, parts $parts', ({ size, single, parts }) => {
  expect(isSingleRequest(size, partSizeFor(size))).toBe(single)
  expect(planParts(size, partSizeFor(size))).toHaveLength(parts)
})
