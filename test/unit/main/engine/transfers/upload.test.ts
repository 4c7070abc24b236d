import { chmodSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { droppedRoot, enqueue } from '../../../../../src/main/engine/transfers/enqueue.ts'
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
import { temporaryFolder } from '../../../../support/temporary-folder.ts'
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
  const path = join(temporaryFolder(), 'file')
  writeFileSync(path, content)
  const queue = temporaryQueue()
  const memory = memoryStore(interfere)
  await enqueue(queue.enqueueTools, queue.accountId, 'inbox', [droppedRoot(path)])
  const id = queue.transfers.openBySource(queue.accountId, 'inbox', path)?.id ?? 0
  queue.transfers.apply(id, granted(queue.grantId, key))
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
    onAcknowledged: () => undefined,
  }
  const row = () => queue.row(id)
  const run = (signal = ever) => upload(row() as GrantedTransfer, tools, signal)
  const finish = () => complete(row() as GrantedTransfer & { uploadId: string }, tools)
  const numbers = () => queue.transfers.parts(id).map(({ partNumber }) => partNumber)
  const apply = (event: TransferEvent) => queue.transfers.apply(id, event)
  return { ...queue, ...memory, path, asked, tools, row, run, finish, numbers, apply }
}

describe('a file in parts', () => {
  it('arrives whole, and leaves nothing but its row', async () => {
    const { run, row, calls, objects, numbers } = await harness()
    expect(await run()).toEqual({ kind: 'done' })
    expect(calls).toEqual(['create', 'part 1', 'part 2', 'part 3', 'part 4', 'part 5', 'complete'])
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

describe('an answer that is not plain', () => {
  const same = ok({ key, outcome: 'same', etag: 'e', versionId: null, crc32: null } as const)

  it.each([
    {
      what: 'unclear',
      interfered: refusal('server', true),
      confirmed: same,
      ends: { kind: 'done' },
      state: 'completed',
    },
    {
      what: 'unclear',
      interfered: refusal('timeout', true),
      confirmed: absent,
      ends: { kind: 'failed', failure: { kind: 'server' } },
      state: 'completing',
    },
    {
      what: 'NoSuchUpload',
      interfered: refusal('upload_lost'),
      confirmed: same,
      ends: { kind: 'done' },
      state: 'completed',
    },
    {
      what: 'NoSuchUpload',
      interfered: refusal('upload_lost'),
      confirmed: absent,
      ends: { kind: 'restart' },
      state: 'completing',
    },
    { what: '412', interfered: refusal('exists'), confirmed: same, ends: { kind: 'done' }, state: 'completed' },
    {
      what: '412',
      interfered: refusal('exists'),
      confirmed: ok({ key, outcome: 'different' } as const),
      ends: { kind: 'failed', failure: { kind: 'exists' } },
      state: 'completing',
    },
    {
      what: 'unclear',
      interfered: refusal('server', true),
      confirmed: failed('broker_unreachable'),
      ends: { kind: 'failed', failure: { kind: 'broker_unreachable' } },
      state: 'completing',
    },
  ] as const)('to Complete, $what, is put to the broker: $confirmed.value.outcome', async (given) => {
    const { run, row, asked } = await harness({
      interfere: (call) => (call === 'complete' ? given.interfered : undefined),
      confirmed: given.confirmed,
    })
    expect(await run()).toMatchObject(given.ends)
    expect([row().state, asked]).toMatchObject([given.state, [{ key, size: content.length }]])
  })

  it.each([
    { refused: 'invalid_part', ends: 'relist' },
    { refused: 'conflict', ends: 'restart' },
    { refused: 'access_denied', ends: 'failed' },
    { refused: 'throttled', ends: 'failed' },
  ] as const)(
    'is none of the broker’s matter where Complete was plainly refused: $refused',
    async ({ refused, ends }) => {
      const { run, asked } = await harness({
        interfere: (call) => (call === 'complete' ? refusal(refused) : undefined),
      })
      expect([(await run()).kind, asked]).toEqual([ends, []])
    },
  )

  it('is not believed: where a part of the row is missing at Complete, the parts are listed again', async () => {
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

describe('a small file', () => {
  it('goes by one request', async () => {
    const { run, row, calls, objects } = await harness({ partSize: 100 })
    expect(await run()).toEqual({ kind: 'done' })
    expect([calls, objects.get(key)?.toString(), row().state]).toEqual([['put'], content, 'completed'])
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

  it('whose answer is lost while the person cancels is asked for: what arrived is not left behind unknown', async () => {
    const person = new AbortController()
    const { run, row, apply, asked } = await harness({
      partSize: 100,
      confirmed: ok({ key, outcome: 'same', etag: 'e', crc32: null, versionId: null }),
      interfere: () => {
        apply({ type: 'cancel' })
        person.abort()
        return refusal('server', true)
      },
    })
    expect(await run(person.signal)).toEqual({ kind: 'done' })
    expect([row().state, asked.length]).toEqual(['completed', 1])
  })
})
