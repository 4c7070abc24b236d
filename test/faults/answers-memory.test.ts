import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import zlib from 'node:zlib'
import { afterEach, expect, test, vi } from 'vitest'
import { showing } from '../support/reliability.ts'
import { sendFilm, startSmallLab } from '../support/sending.ts'

/** Bytes of the film's only, or last, part. */
const lastPart = 1_000

afterEach(() => {
  vi.restoreAllMocks()
  syncBuiltinESMExports()
})

/** Flips a bit of the first last part whose CRC32 was taken: bad memory, right after it. */
function flipAfterCrc32(): void {
  const { crc32 } = zlib
  let flipped = false
  vi.spyOn(zlib, 'crc32').mockImplementation((bytes, value) => {
    const sum = crc32(bytes, value)
    if (!flipped && flip(bytes)) flipped = true
    return sum
  })
  syncBuiltinESMExports()
}

/** The same of its MD5. */
function flipAfterMd5(): void {
  const { createHash } = crypto
  let flipped = false
  vi.spyOn(crypto, 'createHash').mockImplementation((algorithm, options) => {
    const hash = createHash(algorithm, options)
    if (algorithm !== 'md5') return hash
    const update = hash.update.bind(hash)
    return Object.assign(hash, {
      update(bytes: Buffer) {
        update(bytes)
        if (!flipped && flip(bytes)) flipped = true
        return hash
      },
    })
  })
  syncBuiltinESMExports()
}

function flip(bytes: unknown): boolean {
  if (!(bytes instanceof Uint8Array) || bytes.length !== lastPart) return false
  bytes[500] = (bytes[500] ?? 0) ^ 1
  return true
}

test.for([
  { parts: 1, operation: 'PutObject', moment: 'after its CRC32', switches: {}, badMemory: flipAfterCrc32 },
  { parts: 2, operation: 'UploadPart', moment: 'after its CRC32', switches: {}, badMemory: flipAfterCrc32 },
  {
    parts: 1,
    operation: 'PutObject',
    moment: 'after its MD5, to a store that ignores checksums',
    switches: { ignoreChecksums: true },
    badMemory: flipAfterMd5,
  },
  {
    parts: 2,
    operation: 'UploadPart',
    moment: 'after its MD5, to a store that ignores checksums',
    switches: { ignoreChecksums: true },
    badMemory: flipAfterMd5,
  },
] as const)(
  'a bit of a part flips in memory $moment ($operation): the store refuses it, and it is read again',
  async (given, { task }) => {
    const { parts, operation, moment, switches, badMemory } = given
    const shown = showing(task, {
      fault: 'bit flipped in memory',
      moment: `${operation}, ${moment}`,
      outcome: 'completed',
      least: 1,
    })
    await using lab = await startSmallLab()
    lab.faults.set(switches)
    badMemory()
    const sending = await sendFilm(lab, { parts })
    expect(await sending.settled()).toMatchObject({ state: 'completed' })
    expect(lab.faults.served({ operation }).filter(({ bytes }) => bytes === lastPart)).toMatchObject([
      { code: 'BadDigest' },
      { code: null },
    ])
    shown.happened()
    await shown.ends(lab, [sending.path])
  },
)
