import { chmodSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { crc32Of } from '../../../../../src/main/engine/transfers/crc32.ts'
import { complete } from '../../../../../src/main/engine/transfers/finish.ts'
import { Progress } from '../../../../../src/main/engine/transfers/progress.ts'
import type { GrantedTransfer } from '../../../../../src/main/engine/transfers/run.ts'
import { Slots } from '../../../../../src/main/engine/transfers/slots.ts'
import type { TransferEvent } from '../../../../../src/main/engine/transfers/state.ts'
import { upload } from '../../../../../src/main/engine/transfers/upload.ts'
import type { ConfirmedObject } from '../../../../../src/shared/broker-api.ts'
import { failed, ok, type Result } from '../../../../../src/shared/failure.ts'
import { granted } from '../../../../support/builders.ts'
import { memoryStore } from '../../../../support/memory-store.ts'
import { temporaryQueue } from '../../../../support/temporary-queue.ts'

const content = 'one, two, three, four'
const ever = new AbortController().signal
const key = 'drops/1/file'
const absent: Result<ConfirmedObject> = ok({ key, outcome: 'absent' })
const refusal = (kind: Parameters<typeof failed>[0], unclear = false) => {
  return { ok: false, failure: { kind, detail: null, unclear, retryAfter: null } } as const
}

/** A granted row of a real file in parts of 5 bytes, and a store in memory with two slots. */
async function harness({
  interfere,
  confirmed = absent,
  partSize = 5,
}: {
  interfere?: Parameters<typeof memoryStore>[0]
  confirmed?: Result<ConfirmedObject>
  partSize?: number
} = {}) {
  const queue = temporaryQueue()
  const memory = memoryStore(interfere)
  const { id, sourcePath: path } = await queue.addFile(content, granted(queue.grantId, key))
  queue.database.prepare('UPDATE transfers SET part_size = ? WHERE id = ?').run(partSize, id)
  const asked: unknown[] = []
  const tools = {
    transfers: queue.transfers,
    store: memory.store,
    slots: new Slots(2, partSize),
    progress: new Progress(() => 0),
    confirm: async (object: unknown) => {
      asked.push(object)
      return confirmed
    },
    onSaved: () => undefined,
  }
  const row = () => queue.row(id)
  const run = (signal = ever) => upload(row() as GrantedTransfer, tools, signal)
  const finish = () => complete(row() as GrantedTransfer & { uploadId: string }, tools)
  const begin = () => tools.progress.begin(id, row().uuid, row().size, 'preparing')
  const numbers = () => queue.transfers.parts(id).map(({ partNumber }) => partNumber)
  const apply = (event: TransferEvent) => queue.transfers.apply(id, event)
  return { ...queue, ...memory, path, asked, tools, row, run, finish, begin, numbers, apply }
}

describe('a file in parts', () => {
  it('arrives whole, and leaves nothing but its row', async () => {
    const { run, row, calls, objects, numbers } = await harness()
    expect(await run()).toEqual({ kind: 'done' })
    const each = ['part 1', 'part 2', 'part 3', 'part 4', 'part 5']
    expect([calls[0], calls.slice(1, -1).toSorted(), calls.at(-1)]).toEqual(['create', each, 'complete'])
    expect(objects.get(key)?.toString()).toBe(content)
    expect([row().state, row().verification, numbers()]).toEqual(['completed', 'checksum', []])
  })

  it('goes on from the parts on which row and store agree', async () => {
    let away = true
    const { run, row, calls, numbers, objects } = await harness({
      interfere: (call, partNumber) => (away && call === 'part' && partNumber === 3 ? refusal('server') : undefined),
    })
    expect(await run()).toMatchObject({ kind: 'failed', failure: { kind: 'server' } })
    const saved = numbers()
    expect(saved).toContain(1)
    expect(saved).not.toContain(3)
    away = false
    calls.length = 0
    expect(await run()).toEqual({ kind: 'done' })
    expect(calls[0]).toBe('list')
    expect(calls.filter((call) => saved.some((partNumber) => call === `part ${partNumber}`))).toEqual([])
    expect([row().state, objects.get(key)?.toString()]).toEqual(['completed', content])
  })

  it('knows from the list when the store’s rule will take what is not finished, and keeps it where none is told', async () => {
    const { run, row, lifecycle } = await harness({
      interfere: (call, partNumber) => (call === 'part' && partNumber === 5 ? refusal('throttled') : undefined),
    })
    const told = []
    for (const abortAt of [null, 7_000, 9_000, null]) {
      lifecycle.abortAt = abortAt
      await run()
      told.push(row().abortAt)
    }
    expect(told).toEqual([null, 7_000, 9_000, 9_000])
  })

  it('tells of each part that it is read before it is acknowledged, and of no more than there is', async () => {
    const seen: { read: number; acknowledged: number; inFlight: number }[] = []
    const { run, begin, tools } = await harness({
      interfere: (call) => {
        if (call === 'part' || call === 'complete') seen.push(...tools.progress.all())
        return undefined
      },
    })
    begin()
    await run()
    const last = seen.pop()
    expect(last).toMatchObject({ read: content.length, acknowledged: content.length, inFlight: 0 })
    expect(seen.length).toBe(5)
    for (const { read, acknowledged, inFlight } of seen) {
      expect(read).toBeGreaterThan(acknowledged)
      expect(read).toBeGreaterThanOrEqual(acknowledged + inFlight)
      expect(read).toBeLessThanOrEqual(content.length)
    }
  })

  it('has a part that does not arrive as it was sent read anew, and is not to be trusted after the third time', async () => {
    let readings = 0
    const { run, calls } = await harness({
      interfere: (call, partNumber) => {
        if (call !== 'part' || partNumber !== 3) return undefined
        readings += 1
        return readings <= 2 ? refusal('checksum_mismatch') : undefined
      },
    })
    expect(await run()).toEqual({ kind: 'done' })
    expect(calls.filter((call) => call === 'part 3').length).toBe(3)
    const stubborn = await harness({
      interfere: (call) => (call === 'part' ? refusal('checksum_mismatch') : undefined),
    })
    expect(await stubborn.run()).toMatchObject({ failure: { kind: 'source_unstable' } })
  })

  it('ends at the first part that cannot be saved, and says why', async () => {
    const { run, calls, database } = await harness()
    database.exec("CREATE TRIGGER full BEFORE INSERT ON parts BEGIN SELECT RAISE (ABORT, 'the disk is full'); END")
    await expect(run()).rejects.toThrow('the disk is full')
    expect(calls.length).toBeLessThan(5)
  })

  it('is stopped between its parts, and what was acknowledged stays', async () => {
    const controller = new AbortController()
    const { run, numbers, row } = await harness({
      interfere: (call, partNumber) => {
        if (call === 'part' && partNumber === 3) controller.abort()
        return undefined
      },
    })
    expect(await run(controller.signal)).toEqual({ kind: 'stopped' })
    expect(numbers()).toEqual(expect.arrayContaining([1, 2]))
    expect(row().state).toBe('queued')
  })

  it('is not begun, but its Create is saved, where the person pauses while that is on the wire', async () => {
    const controller = new AbortController()
    const { run, row, apply, calls } = await harness({
      interfere: (call) => {
        if (call === 'create') {
          apply({ type: 'pause' })
          controller.abort()
        }
        return undefined
      },
    })
    expect(await run(controller.signal)).toEqual({ kind: 'stopped' })
    expect([calls, row().state, row().uploadId]).toEqual([['create'], 'paused', 'upload-1'])
  })
})

describe('a source that is not what it was', () => {
  /** Lets something happen to the file when the third part is on the wire. */
  const during = (happen: (path: string) => void) => {
    let path = ''
    let happened = false
    return harness({
      interfere: (call, partNumber) => {
        if (call === 'part' && partNumber === 3 && !happened) {
          happened = true
          happen(path)
        }
        return undefined
      },
    }).then((tools) => {
      path = tools.path
      return tools
    })
  }

  it('by its rights only: nothing acknowledged is thrown away, and the next run goes on', async () => {
    const { run, row, numbers, uploads, calls, objects } = await during((path) => {
      chmodSync(path, 0o600)
      chmodSync(path, 0o640)
    })
    const before = row().sourceId
    expect(await run()).toEqual({ kind: 'failed', failure: { kind: 'source_changed', detail: null }, retryAfter: null })
    const saved = numbers()
    expect([saved.length > 0, row().state, uploads.size]).toEqual([true, 'queued', 1])
    calls.length = 0
    expect(await run()).toEqual({ kind: 'done' })
    expect(calls.filter((call) => saved.some((partNumber) => call === `part ${partNumber}`))).toEqual([])
    expect([objects.get(key)?.toString(), row().sourceId === before]).toEqual([content, false])
  })

  it('by its content, at the same size: the next run finds it out and nothing of it is completed', async () => {
    const { run, objects } = await during((path) => {
      writeFileSync(`${path}-other`, content.toUpperCase())
      renameSync(`${path}-other`, path)
    })
    expect(await run()).toMatchObject({ kind: 'failed', failure: { kind: 'source_changed' } })
    expect(await run()).toEqual({ kind: 'sourceChanged' })
    expect(objects.size).toBe(0)
  })

  it('by its size: at once another file', async () => {
    const { run, objects } = await during((path) => writeFileSync(path, `${content}!`))
    expect(await run()).toEqual({ kind: 'sourceChanged' })
    expect(objects.size).toBe(0)
  })

  it('as it is gone: missing, and it goes on when it is back', async () => {
    const { run, path, numbers, objects, calls } = await during((path) => renameSync(path, `${path}-away`))
    expect(await run()).toMatchObject({ kind: 'failed', failure: { kind: 'source_missing' } })
    const saved = numbers()
    expect(saved.length).toBeGreaterThan(0)
    renameSync(`${path}-away`, path)
    calls.length = 0
    expect(await run()).toEqual({ kind: 'done' })
    expect(calls).not.toContain('part 1')
    expect(objects.get(key)?.toString()).toBe(content)
  })

  it('before it was begun: missing', async () => {
    const { run, path, calls } = await harness()
    rmSync(path)
    expect([await run(), calls]).toMatchObject([{ kind: 'failed', failure: { kind: 'source_missing' } }, []])
  })
})

const same = (crc32: string | null = null) => ok({ key, outcome: 'same', etag: 'e', versionId: null, crc32 } as const)
const different: Result<ConfirmedObject> = ok({ key, outcome: 'different' })
const crc32 = crc32Of(Buffer.from(content))

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
    const { run, row, asked } = await harness({
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
    const { run, row } = await harness({
      interfere: (call) => (call === 'complete' ? refusal('server', true) : undefined),
      confirmed: same(stored),
    })
    await run()
    expect(row()).toMatchObject({ state: 'completed', etag: 'e', checksum: crc32, verification })
  })

  it('and where the key is taken by our own object, the upload that is left is thrown away', async () => {
    for (const abort of [undefined, refusal('server', true)]) {
      const { run, row, calls } = await harness({
        interfere: (call) => ({ complete: refusal('exists'), abort })[call],
        confirmed: same(),
      })
      expect([await run(), row().state, calls.at(-1)]).toEqual([{ kind: 'done' }, 'completed', 'abort'])
    }
  })

  it('but the upload stays where the object of another is in its place', async () => {
    const { run, uploads } = await harness({
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
    const { run, asked } = await harness({
      interfere: (call) => (call === 'complete' ? refusal(refused) : undefined),
    })
    expect([(await run()).kind, asked]).toEqual([ends, []])
  })

  it('for the checksum of the whole ends this upload, also where the Abort does not reach the store', async () => {
    const { run, asked, calls } = await harness({
      interfere: (call) => ({ complete: refusal('checksum_mismatch'), abort: refusal('server', true) })[call],
    })
    expect(await run()).toMatchObject({ kind: 'restart', failure: { kind: 'checksum_mismatch' } })
    expect([calls.at(-1), asked]).toEqual(['abort', []])
  })

  it('for its parts, again after a list that agreed with them, ends this upload', async () => {
    const { run, apply, calls } = await harness({
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
    const { apply, run, finish, row, transfers, calls } = await harness({
      interfere: (call) => (call === 'complete' ? refusal('throttled') : undefined),
    })
    await run()
    transfers.deleteParts(row().id, [2])
    calls.length = 0
    expect([(await finish()).kind, calls]).toEqual(['relist', []])
    expect(apply({ type: 'pause' })).toBeNull()
  })
})

describe('an upload that the store does not know any more', () => {
  /** Three of five parts are saved, then the upload is gone. */
  async function lost(confirmed: Result<ConfirmedObject>) {
    let refused = true
    const tools = await harness({
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
    const { run, asked } = await harness({
      interfere: (call) => (call === 'part' ? refusal('upload_lost') : undefined),
    })
    expect(await run()).toMatchObject({ kind: 'restart', failure: { kind: 'upload_lost' } })
    expect(asked).toEqual([])
  })

  it('with all its parts saved is put to the broker with the checksum of the whole', async () => {
    const { run, row, apply, uploads, asked } = await harness({
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

describe('a small file', () => {
  it('goes by one request', async () => {
    const { run, row, calls, objects } = await harness({ partSize: 100 })
    expect(await run()).toEqual({ kind: 'done' })
    expect([calls, objects.get(key)?.toString(), row().state]).toEqual([['put'], content, 'completed'])
  })

  it.each([
    { confirmed: same(crc32), ends: { kind: 'done' }, state: 'completed' },
    { confirmed: different, ends: { kind: 'failed', failure: { kind: 'exists' } }, state: 'queued' },
    { confirmed: absent, ends: { kind: 'failed', failure: { kind: 'server' } }, state: 'queued' },
  ])('whose key is taken may have taken it itself: the broker says $confirmed.value.outcome', async (given) => {
    const { run, row, asked } = await harness({
      partSize: 100,
      interfere: () => refusal('exists'),
      confirmed: given.confirmed,
    })
    expect([await run(), row().state]).toMatchObject([given.ends, given.state])
    expect(asked).toEqual([{ key, size: content.length, crc32 }])
  })

  it('is completed though the person canceled while it was on the wire: success wins', async () => {
    const controller = new AbortController()
    const { run, row, apply } = await harness({
      partSize: 100,
      interfere: () => {
        apply({ type: 'cancel' })
        controller.abort()
        return undefined
      },
    })
    expect([await run(controller.signal), row().state]).toEqual([{ kind: 'done' }, 'completed'])
  })

  it('whose answer is lost while the person cancels is left to be looked for', async () => {
    const person = new AbortController()
    const { run, row, apply, asked } = await harness({
      partSize: 100,
      interfere: () => {
        apply({ type: 'cancel' })
        person.abort()
        return refusal('server', true)
      },
    })
    expect(await run(person.signal)).toMatchObject({ kind: 'failed', failure: { kind: 'server' } })
    expect([row().state, asked]).toEqual(['canceling', []])
  })
})
