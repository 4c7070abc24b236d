import { writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { ConfirmedObject } from '../../../../../src/shared/broker-api.ts'
import { failed, type Result } from '../../../../../src/shared/failure.ts'
import { absent, content, crc32, different, key, refusal, same, uploadHarness } from './upload-harness.ts'

describe('an upload that the store does not know any more', () => {
  /** Three of five parts are saved, then the upload is gone. */
  async function lost(confirmed: Result<ConfirmedObject>) {
    let refused = true
    const tools = await uploadHarness({
      interfere: (call, partNumber) =>
        refused && call === 'part' && (partNumber ?? 0) > 3 ? refusal('throttled') : undefined,
      confirmed,
    })
    await tools.run()
    refused = false
    tools.uploads.clear()
    tools.calls.length = 0
    return tools
  }

  it('is begun anew where nothing is stored', async () => {
    const { run, asked, calls, numbers } = await lost(absent)
    expect(numbers().length).toBeGreaterThan(0)
    expect(await run()).toMatchObject({ kind: 'restart', failure: { kind: 'upload_lost' } })
    expect([asked, calls]).toEqual([[{ key, size: content.length, crc32: null }], ['list']])
  })

  it('was finished, where the object is the file: as after a backup of the database was restored', async () => {
    const { run, row, calls } = await lost(same(crc32))
    expect(await run()).toEqual({ kind: 'done' })
    expect(row()).toMatchObject({ state: 'completed', etag: 'e', checksum: crc32, verification: 'checksum' })
    expect(calls).toEqual(['list'])
  })

  it.each([
    { stored: 'of another size', confirmed: different },
    { stored: 'of another content', confirmed: same('AAAAAA==') },
  ])('is not touched where an object $stored has its key', async ({ confirmed }) => {
    const { run, row } = await lost(confirmed)
    expect(await run()).toMatchObject({ kind: 'failed', failure: { kind: 'exists' } })
    expect(row().state).toBe('queued')
  })

  it('is begun anew where the object’s checksum cannot be told: its Complete will find out', async () => {
    const { run } = await lost(same(null))
    expect(await run()).toMatchObject({ kind: 'restart', failure: { kind: 'upload_lost' } })
  })

  it('waits for a broker that does not answer', async () => {
    const { run, row } = await lost(failed('broker_unreachable'))
    expect(await run()).toMatchObject({ kind: 'failed', failure: { kind: 'broker_unreachable' } })
    expect(row().uploadId).toBe('upload-1')
  })

  it('is not compared with another file that came to the path', async () => {
    const { run, row, path, tools } = await lost(same(crc32))
    const { confirm } = tools
    tools.confirm = async (object) => {
      writeFileSync(path, `${content}!`)
      return confirm(object)
    }
    expect([await run(), row().state]).toEqual([{ kind: 'sourceChanged' }, 'queued'])
  })

  it('while a part is on the wire is begun anew at once', async () => {
    const { run, asked } = await uploadHarness({
      interfere: (call) => (call === 'part' ? refusal('upload_lost') : undefined),
    })
    expect(await run()).toMatchObject({ kind: 'restart', failure: { kind: 'upload_lost' } })
    expect(asked).toEqual([])
  })

  it('with all its parts saved is put to the broker with the checksum of the whole', async () => {
    const { run, row, apply, uploads, asked } = await uploadHarness({
      interfere: (call) => (call === 'complete' ? refusal('invalid_part') : undefined),
      confirmed: same(crc32),
    })
    await run()
    apply({ type: 'partsRefused', failure: { kind: 'invalid_part', detail: null }, retryAt: 0 })
    uploads.clear()
    expect([await run(), row().state]).toEqual([{ kind: 'done' }, 'completed'])
    expect(asked).toEqual([{ key, size: content.length, crc32 }])
  })
})
