import { describe, expect, test } from 'vitest'
import { dataRangesOf, parseRange } from '../../../../src/emulator/operations/ranges.ts'
import type { ObjectRecord } from '../../../../src/emulator/store/records.ts'

const objectOf = (...data: { file: string | null; size: number }[]): ObjectRecord => ({
  key: 'key',
  size: data.reduce((sum, { size }) => sum + size, 0),
  etag: 'etag',
  lastModified: 0,
  properties: { headers: {}, metadata: {}, storageClass: 'STANDARD', tags: [] },
  checksum: null,
  checksumType: null,
  data,
  uploadId: null,
})

describe('A range', () => {
  test.each([
    ['bytes=0-0', { first: 0, last: 0 }],
    ['bytes=2-', { first: 2, last: 9 }],
    ['bytes=-3', { first: 7, last: 9 }],
    ['bytes=-30', { first: 0, last: 9 }],
    ['bytes=5-500', { first: 5, last: 9 }],
    ['bytes=5-4', null],
    ['bytes=-', null],
    ['bytes=0-1,3-4', null],
    ['lines=0-1', null],
  ])('%s of ten bytes is read as S3 reads it', (header, range) => {
    expect(parseRange(header, 10)).toEqual(range)
  })

  test.each(['bytes=10-', 'bytes=10-20', 'bytes=-0'])('%s of ten bytes cannot be satisfied', (header) => {
    expect(() => parseRange(header, 10)).toThrow(expect.objectContaining({ code: 'InvalidRange' }))
  })

  test('goes across the parts that it touches, and no others', () => {
    const parts = [
      { file: 'one', size: 5 },
      { file: 'none', size: 0 },
      { file: 'two', size: 5 },
      { file: 'three', size: 5 },
    ]
    expect(dataRangesOf(objectOf(...parts), { first: 3, last: 9 })).toEqual([
      { file: 'one', start: 3, length: 2 },
      { file: 'two', start: 0, length: 5 },
    ])
  })
})
