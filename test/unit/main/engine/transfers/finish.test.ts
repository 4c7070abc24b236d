import { describe, expect, it } from 'vitest'
import { failed } from '../../../../../src/shared/failure.ts'
import { absent, content, crc32, different, key, refusal, same, uploadHarness } from './upload-harness.ts'

describe('an answer to Complete that is not plain is put to the broker', () => {
  const server = { kind: 'failed', failure: { kind: 'server' } }
  const exists = { kind: 'failed', failure: { kind: 'exists' } }
  const [done, restart] = [{ kind: 'done' }, { kind: 'restart' }]

  it.each([
    { what: 'no answer', given: refusal('server', true), confirmed: same(), ends: done, state: 'completed' },
    { what: 'no answer', given: refusal('timeout', true), confirmed: absent, ends: server, state: 'completing' },
    { what: 'NoSuchUpload', given: refusal('upload_lost'), confirmed: same(), ends: done, state: 'completed' },
    { what: 'NoSuchUpload', given: refusal('upload_lost'), confirmed: absent, ends: restart, state: 'completing' },
    { what: 'NoSuchUpload', given: refusal('upload_lost'), confirmed: different, ends: exists, state: 'completing' },
    { what: '409', given: refusal('conflict'), confirmed: same(), ends: done, state: 'completed' },
    { what: '409', given: refusal('conflict'), confirmed: absent, ends: restart, state: 'completing' },
    { what: '409', given: refusal('conflict'), confirmed: different, ends: exists, state: 'completing' },
    { what: '412', given: refusal('exists'), confirmed: same(), ends: done, state: 'completed' },
    { what: '412', given: refusal('exists'), confirmed: absent, ends: server, state: 'completing' },
    { what: '412', given: refusal('exists'), confirmed: different, ends: exists, state: 'completing' },
    {
      ...{ what: 'no answer', given: refusal('server', true), confirmed: failed('broker_unreachable') },
      ...{ ends: { kind: 'failed', failure: { kind: 'broker_unreachable' } }, state: 'completing' },
    },
  ] as const)('$what, and the broker says $confirmed.value.outcome', async ({ given, confirmed, ends, state }) => {
    const { run, row, asked } = await uploadHarness({
      interfere: (call) => (call === 'complete' ? given : undefined),
      confirmed,
    })
    expect(await run()).toMatchObject(ends)
    expect([row().state, asked]).toEqual([state, [{ key, size: content.length, crc32 }]])
  })

  it.each([
    { stored: crc32, verification: 'checksum' },
    { stored: null, verification: 'size' },
  ])('whose word on the checksum is in the row: $verification', async ({ stored, verification }) => {
    const { run, row } = await uploadHarness({
      interfere: (call) => (call === 'complete' ? refusal('server', true) : undefined),
      confirmed: same(stored),
    })
    await run()
    expect(row()).toMatchObject({ state: 'completed', etag: 'e', checksum: crc32, verification })
  })

  it('and where the key is taken by our own object, the upload that is left is thrown away', async () => {
    for (const abort of [undefined, refusal('server', true)]) {
      const { run, row, calls } = await uploadHarness({
        interfere: (call) => ({ complete: refusal('exists'), abort })[call],
        confirmed: same(),
      })
      expect([await run(), row().state, calls.at(-1)]).toEqual([{ kind: 'done' }, 'completed', 'abort'])
    }
  })

  it('but the upload stays where the object of another is in its place', async () => {
    const { run, uploads } = await uploadHarness({
      interfere: (call) => (call === 'complete' ? refusal('exists') : undefined),
      confirmed: different,
    })
    await run()
    expect(uploads.size).toBe(1)
  })
})

describe('a plain refusal of Complete', () => {
  it.each([
    { refused: 'invalid_part', ends: 'relist' },
    { refused: 'access_denied', ends: 'failed' },
    { refused: 'store_refused', ends: 'failed' },
    { refused: 'throttled', ends: 'failed' },
  ] as const)('is none of the broker’s matter: $refused', async ({ refused, ends }) => {
    const { run, asked } = await uploadHarness({
      interfere: (call) => (call === 'complete' ? refusal(refused) : undefined),
    })
    expect([(await run()).kind, asked]).toEqual([ends, []])
  })

  it('for the checksum of the whole ends this upload, also where the Abort does not reach the store', async () => {
    const { run, asked, calls } = await uploadHarness({
      interfere: (call) => ({ complete: refusal('checksum_mismatch'), abort: refusal('server', true) })[call],
    })
    expect(await run()).toMatchObject({ kind: 'restart', failure: { kind: 'checksum_mismatch' } })
    expect([calls.at(-1), asked]).toEqual(['abort', []])
  })

  it('for its parts, again after a list that agreed with them, ends this upload', async () => {
    const { run, apply, calls } = await uploadHarness({
      interfere: (call) => (call === 'complete' ? refusal('invalid_part') : undefined),
    })
    const refused = await run()
    expect(refused).toMatchObject({ kind: 'relist', failure: { kind: 'invalid_part' } })
    apply({ type: 'partsRefused', failure: { kind: 'invalid_part', detail: null }, retryAt: 0 })
    calls.length = 0
    expect(await run()).toMatchObject({ kind: 'restart', failure: { kind: 'invalid_part' } })
    expect(calls).toEqual(['list', 'complete', 'abort'])
  })

  it('is not waited for where a part of the row is missing: the parts are listed again', async () => {
    const { apply, run, finish, row, transfers, calls } = await uploadHarness({
      interfere: (call) => (call === 'complete' ? refusal('throttled') : undefined),
    })
    await run()
    transfers.deleteParts(row().id, [2])
    calls.length = 0
    expect([(await finish()).kind, calls]).toEqual(['relist', []])
    expect(apply({ type: 'pause' })).toBeNull()
  })
})
