import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { CompletedPart } from '../../../../../src/main/engine/s3/object-store.ts'
import { etagOfParts, md5Of, verificationOfParts } from '../../../../../src/main/engine/s3/proof.ts'
import type { Proof } from '../../../../../src/shared/transfer.ts'

/** Two parts, “one” and “two”, and what `md5sum` says of their MD5s joined. */
const partsProvenBy = (...proofs: readonly Proof[]): readonly CompletedPart[] =>
  proofs.map((proof, index) => ({
    partNumber: index + 1,
    etag: index === 0 ? 'f97c5d29941bfb1b2fdab0874906ab82' : 'b8a9f715dbb64fd5c56e7783c6820a61',
    checksum: 'AAAAAA==',
    proof,
  }))
const etag = '1397b7ee3222e3980d0d20f23a871b02-2'
const ours = 'AQAAAA=='

it.each([0, 1, 1024 * 1024, 1024 * 1024 + 1, 3_000_000])('the MD5 of %i bytes is that of all of them', async (size) => {
  const bytes = Buffer.alloc(size, 'part ')
  expect(await md5Of(bytes)).toEqual(createHash('md5').update(bytes).digest())
})

it('hashing many bytes leaves everything else its turns', async () => {
  let hashed = false
  const hashing = md5Of(Buffer.alloc(4 * 1024 * 1024)).then(() => {
    hashed = true
  })
  let turns = 0
  for (; !hashed; turns += 1) await setImmediate()
  await hashing
  expect(turns).toBeGreaterThanOrEqual(4)
})

it('the ETag of parts is the MD5 of their MD5s, and how many they are', () => {
  expect(etagOfParts(partsProvenBy('md5', 'md5'))).toBe(etag)
})

describe('what the answer to Complete shows', () => {
  it.each([
    { answer: { etag: 'e', crc32: ours }, proofs: ['none', 'none'], shown: 'checksum' },
    { answer: { etag, crc32: 'AAAAAA==' }, proofs: ['md5', 'md5'], shown: null },
    { answer: { etag, crc32: null }, proofs: ['md5', 'md5'], shown: 'md5_of_parts' },
    { answer: { etag, crc32: null }, proofs: ['md5', 'checksum'], shown: 'md5_of_parts' },
    { answer: { etag, crc32: null }, proofs: ['md5', 'none'], shown: 'size' },
    { answer: { etag: 'e', crc32: null }, proofs: ['md5', 'md5'], shown: 'size' },
    { answer: { etag: '', crc32: null }, proofs: ['md5', 'md5'], shown: 'size' },
  ] as const)('$answer after parts proven by $proofs: $shown', ({ answer, proofs, shown }) => {
    expect(verificationOfParts(answer, partsProvenBy(...proofs), ours, true)).toBe(shown)
  })

  it.each([
    { answer: { etag, crc32: null }, proofs: ['checksum', 'checksum'], shown: 'size' },
    { answer: { etag: 'e', crc32: ours }, proofs: ['checksum', 'checksum'], shown: 'checksum' },
  ] as const)('$answer where ETags are no MD5: $shown', ({ answer, proofs, shown }) => {
    expect(verificationOfParts(answer, partsProvenBy(...proofs), ours, false)).toBe(shown)
  })
})
