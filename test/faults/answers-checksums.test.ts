import { expect, test } from 'vitest'
import { showing } from '../support/reliability.ts'
import { sendFilm, startSmallLab } from '../support/sending.ts'

/** A multipart upload's second part, or the whole small file: both have 1,000 bytes. */
const requests = [
  { operation: 'PutObject', parts: 1, match: { operation: 'PutObject' } },
  { operation: 'UploadPart', parts: 2, match: { operation: 'UploadPart', partNumber: 2 } },
] as const

test.concurrent.for(requests)(
  'a bit that flips on the way at $operation is seen by the store: sent again',
  async (given, { task }) => {
    const { operation, parts, match } = given
    const shown = showing(task, { fault: 'bit flipped on the way', moment: operation, outcome: 'completed', least: 1 })
    await using lab = await startSmallLab()
    lab.faults.add({ match: { ...match, times: 1 }, fault: { kind: 'corrupt', atByte: 500 } })
    const sending = await sendFilm(lab, { parts })
    expect(await sending.settled()).toMatchObject({ state: 'completed', verification: 'checksum' })
    expect(lab.faults.served(match).map(({ code }) => code)).toEqual(['XAmzContentSHA256Mismatch', null])
    shown.happened()
    await shown.ends(lab, [sending.path])
  },
)

test.concurrent('BadDigest to each of three readings of a part: the source is called unstable', async ({ task }) => {
  const shown = showing(task, {
    fault: 'BadDigest',
    moment: 'UploadPart, for ever',
    outcome: 'failed: source_unstable',
    least: 1,
  })
  await using lab = await startSmallLab()
  const match = { operation: 'UploadPart', partNumber: 2 } as const
  lab.faults.add({ match, fault: { kind: 'error', code: 'BadDigest' } })
  const sending = await sendFilm(lab)
  expect(await sending.settled()).toMatchObject({ state: 'failed', failure: { kind: 'source_unstable', detail: '2' } })
  expect(lab.faults.served(match)).toHaveLength(3)
  expect(await lab.objects()).toEqual([])
  shown.happened()
})

const stores = [
  { store: 'S3', switches: {}, verification: 'checksum' },
  { store: 'ETags are no MD5s', switches: { opaqueEtags: true }, verification: 'checksum' },
  { store: 'checksums ignored', switches: { ignoreChecksums: true }, verification: 'md5_of_parts' },
  {
    store: 'checksums ignored, ETags are no MD5s',
    switches: { opaqueEtags: true, ignoreChecksums: true },
    verification: 'size',
  },
]

test.concurrent.for(requests.flatMap((request) => stores.map((store) => ({ ...request, ...store }))))(
  '$operation, $store: the row says $verification',
  async (given, { task }) => {
    const { operation, parts, store, switches, verification } = given
    const shown = showing(task, {
      fault: `store: ${store}`,
      moment: operation,
      outcome: `completed (${verification})`,
      least: 1,
    })
    await using lab = await startSmallLab()
    lab.faults.set(switches)
    const sending = await sendFilm(lab, { parts })
    expect(await sending.settled()).toMatchObject({ state: 'completed', verification })
    shown.happened()
    await shown.ends(lab, [sending.path])
  },
)
