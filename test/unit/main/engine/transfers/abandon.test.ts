import { rmSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { etagOfParts } from '../../../../../src/main/engine/s3/proof.ts'
import { abandon } from '../../../../../src/main/engine/transfers/abandon.ts'
import { combineCrc32, crc32Of } from '../../../../../src/main/engine/transfers/crc32.ts'
import { Progress } from '../../../../../src/main/engine/transfers/progress.ts'
import { failed as failedRun, type GrantedTransfer } from '../../../../../src/main/engine/transfers/run.ts'
import { Slots } from '../../../../../src/main/engine/transfers/slots.ts'
import type { ConfirmedObject } from '../../../../../src/shared/broker-api.ts'
import { failed, ok, type Result } from '../../../../../src/shared/failure.ts'
import { granted, savedPart, uploadCreated } from '../../../../support/builders.ts'
import { memoryStore } from '../../../../support/memory-store.ts'
import { type TemporaryQueue, temporaryQueue } from '../../../../support/temporary-queue.ts'

const key = 'drops/1/file'
const ever = new AbortController().signal
const absent: Result<ConfirmedObject> = ok({ key, outcome: 'absent' })
const same = (known: { etag?: string; crc32: string | null }): Result<ConfirmedObject> =>
  ok({ key, outcome: 'same', etag: 'e', versionId: 'v', ...known })

/** The end of a canceled row, for which the broker says what is `confirmed`. */
function ending(
  queue: TemporaryQueue,
  id: number,
  confirmed: Result<ConfirmedObject>,
  interfere?: Parameters<typeof memoryStore>[0],
) {
  queue.transfers.apply(id, { type: 'cancel' })
  const { store, calls } = memoryStore(interfere)
  const asked: unknown[] = []
  const row = () => queue.row(id)
  const tools = {
    ...{ transfers: queue.transfers, store, slots: new Slots(1, 16), progress: new Progress(() => 0) },
    confirm: async (object: unknown) => {
      asked.push(object)
      return confirmed
    },
    onSaved: () => {},
  }
  const run = (signal = ever) => abandon(row() as GrantedTransfer, tools, signal)
  return { run, row, calls, asked }
}

describe('a canceled upload', () => {
  /** Of each part, as the store makes it of what it received. */
  const etag = 'f97c5d29941bfb1b2fdab0874906ab82'
  const crc32 = combineCrc32([1, 2, 3].map(() => ({ checksum: savedPart().checksum, size: 16 })))

  /** A row of three parts that the person canceled when `saved` of them were stored. */
  function canceled(saved: number, confirmed = absent, interfere?: Parameters<typeof memoryStore>[0]) {
    const queue = temporaryQueue()
    const { id } = queue.add({ size: 48, partSize: 16 }, granted(queue.grantId, key), uploadCreated())
    for (const partNumber of [1, 2, 3].slice(0, saved)) {
      queue.transfers.savePart(id, 'upload-1', savedPart({ partNumber, size: 16, etag, proof: 'md5' }))
    }
    return ending(queue, id, confirmed, interfere)
  }

  it('is thrown away at the store while parts are missing, where the broker knows of no object', async () => {
    const { run, row, calls, asked } = canceled(2)
    expect(await run()).toEqual({ kind: 'done' })
    expect([row().state, calls, asked]).toEqual(['canceled', ['abort'], [{ key, size: 48, crc32: null }]])
  })

  it('with all its parts stored is thrown away where it was not completed', async () => {
    const { run, row, calls, asked } = canceled(3)
    expect(await run()).toEqual({ kind: 'done' })
    expect([row().state, calls, asked]).toEqual(['canceled', ['abort'], [{ key, size: 48, crc32 }]])
  })

  it.each([
    { known: { etag: 'e', crc32 }, verification: 'checksum' },
    { known: { etag: etagOfParts([{ etag }, { etag }, { etag }]), crc32: null }, verification: 'md5_of_parts' },
    { known: { etag: 'e', crc32: null }, verification: 'size' },
  ])('that was completed stays, as success wins, and claims what is known: $verification', async (given) => {
    const { run, row, calls } = canceled(3, same(given.known))
    expect(await run()).toEqual({ kind: 'done' })
    expect(row()).toMatchObject({
      ...{ state: 'completed', etag: given.known.etag, versionId: 'v' },
      ...{ checksum: crc32, verification: given.verification },
    })
    expect(calls).toEqual([])
  })

  it('waits for a broker that must say whether it was completed', async () => {
    const { run, row, calls } = canceled(3, failed('broker_unreachable'))
    expect(await run()).toMatchObject({ kind: 'failed', failure: { kind: 'broker_unreachable' } })
    expect([row().state, calls]).toEqual(['canceling', []])
  })

  it('is tried again where the Abort had no clear answer', async () => {
    const failure = { kind: 'server', detail: '500', unclear: true, retryAfter: 7_000 } as const
    const { run, row } = canceled(0, absent, () => ({ ok: false, failure }))
    expect(await run()).toEqual(failedRun({ kind: 'server', detail: '500', retryAfter: 7_000 }))
    expect(row().state).toBe('canceling')
  })
})

describe('a canceled small file, whose one request may have been carried out', () => {
  const content = 'one, two, three'
  const crc32 = crc32Of(Buffer.from(content))

  async function canceled(confirmed: Result<ConfirmedObject>) {
    const queue = temporaryQueue()
    const { id, sourcePath } = await queue.addFile(content, granted(queue.grantId, key))
    return { ...ending(queue, id, confirmed), sourcePath }
  }

  it('is over where nothing is stored', async () => {
    const { run, row, asked, calls } = await canceled(absent)
    expect(await run()).toEqual({ kind: 'done' })
    expect([row().state, asked, calls]).toEqual(['canceled', [{ key, size: content.length, crc32: null }], []])
  })

  it.each([
    { stored: crc32, verification: 'checksum' },
    { stored: null, verification: 'size' },
  ])('stays where it is stored, as success wins, and claims what is known: $verification', async (given) => {
    const { run, row } = await canceled(same({ crc32: given.stored }))
    expect(await run()).toEqual({ kind: 'done' })
    expect(row()).toMatchObject({ state: 'completed', etag: 'e', checksum: crc32, verification: given.verification })
  })

  it.each([
    { what: 'another size', confirmed: ok({ key, outcome: 'different' } as const) },
    { what: 'another content', confirmed: same({ crc32: 'AAAAAA==' }) },
  ])('is over where an object of $what has its key', async ({ confirmed }) => {
    const { run, row } = await canceled(confirmed)
    expect([await run(), row().state]).toEqual([{ kind: 'done' }, 'canceled'])
  })

  it.each([
    { what: 'gone', happen: rmSync },
    { what: 'another one', happen: (path: string) => writeFileSync(path, 'something else') },
  ])('is over where the file that could tell is $what', async ({ happen }) => {
    const { run, row, sourcePath } = await canceled(same({ crc32 }))
    happen(sourcePath)
    expect([await run(), row().state]).toEqual([{ kind: 'done' }, 'canceled'])
  })

  it('waits for a broker that must say whether it is stored', async () => {
    const { run, row } = await canceled(failed('broker_unreachable'))
    expect(await run()).toMatchObject({ kind: 'failed', failure: { kind: 'broker_unreachable' } })
    expect(row().state).toBe('canceling')
  })

  it('is left for later where the engine ends while the file is read', async () => {
    const { run, row } = await canceled(same({ crc32 }))
    const end = AbortSignal.abort()
    await expect(run(end)).rejects.toBe(end.reason)
    expect(row().state).toBe('canceling')
  })
})
