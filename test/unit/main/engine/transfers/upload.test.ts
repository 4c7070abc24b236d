import { chmodSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { failed as failedRun } from '../../../../../src/main/engine/transfers/run.ts'
import type { ConfirmedObject } from '../../../../../src/shared/broker-api.ts'
import { failed, type Result } from '../../../../../src/shared/failure.ts'
import { absent, content, crc32, different, key, refusal, same, uploadHarness } from './upload-harness.ts'

/** Lets something happen when a third part is on the wire, whichever that is: parts are read side by side. */
const third = (happen: () => void) => {
  let parts = 0
  return (call: string) => {
    if (call === 'part') parts += 1
    if (call === 'part' && parts === 3) happen()
    return undefined
  }
}

describe('a file in parts', () => {
  it('arrives whole, and leaves nothing but its row', async () => {
    const { run, row, calls, objects, numbers } = await uploadHarness()
    expect(await run()).toEqual({ kind: 'done' })
    const each = ['part 1', 'part 2', 'part 3', 'part 4', 'part 5']
    expect([calls[0], calls.slice(1, -1).toSorted(), calls.at(-1)]).toEqual(['create', each, 'complete'])
    expect(objects.get(key)?.toString()).toBe(content)
    expect([row().state, row().verification, numbers()]).toEqual(['completed', 'checksum', []])
  })

  it('goes on from the parts on which row and store agree', async () => {
    let away = true
    const { run, row, calls, numbers, objects } = await uploadHarness({
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
    const { run, row, lifecycle } = await uploadHarness({
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
    const { run, begin, tools } = await uploadHarness({
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
    const { run, calls } = await uploadHarness({
      interfere: (call, partNumber) => {
        if (call !== 'part' || partNumber !== 3) return undefined
        readings += 1
        return readings <= 2 ? refusal('checksum_mismatch') : undefined
      },
    })
    expect(await run()).toEqual({ kind: 'done' })
    expect(calls.filter((call) => call === 'part 3').length).toBe(3)
    const stubborn = await uploadHarness({
      interfere: (call) => (call === 'part' ? refusal('checksum_mismatch') : undefined),
    })
    expect(await stubborn.run()).toMatchObject({ failure: { kind: 'source_unstable' } })
  })

  it('ends at the first part that cannot be saved, and says why', async () => {
    const { run, calls, database } = await uploadHarness()
    database.exec("CREATE TRIGGER full BEFORE INSERT ON parts BEGIN SELECT RAISE (ABORT, 'the disk is full'); END")
    await expect(run()).rejects.toThrow('the disk is full')
    expect(calls.length).toBeLessThan(5)
  })

  it('is stopped between its parts, and what was acknowledged stays', async () => {
    const controller = new AbortController()
    const { run, numbers, row } = await uploadHarness({
      interfere: third(() => controller.abort()),
    })
    await expect(run(controller.signal)).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }))
    expect(numbers()).toHaveLength(3)
    expect(row().state).toBe('queued')
  })

  it('is not begun, but its Create is saved, where the person pauses while that is on the wire', async () => {
    const controller = new AbortController()
    const { run, row, apply, calls } = await uploadHarness({
      interfere: (call) => {
        if (call === 'create') {
          apply({ type: 'pause' })
          controller.abort()
        }
        return undefined
      },
    })
    await expect(run(controller.signal)).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }))
    expect([calls, row().state, row().uploadId]).toEqual([['create'], 'paused', 'upload-1'])
  })
})

describe('a source that is not what it was', () => {
  /** Lets something happen to the file when a third part is on the wire. */
  const during = (happen: (path: string) => void) => {
    let path = ''
    return uploadHarness({ interfere: third(() => happen(path)) }).then((tools) => {
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
    expect(await run()).toEqual(failedRun({ kind: 'source_changed', detail: null }))
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
    expect(calls.filter((call) => saved.some((partNumber) => call === `part ${partNumber}`))).toEqual([])
    expect(objects.get(key)?.toString()).toBe(content)
  })

  it('before it was begun: missing', async () => {
    const { run, path, calls } = await uploadHarness()
    rmSync(path)
    expect([await run(), calls]).toMatchObject([{ kind: 'failed', failure: { kind: 'source_missing' } }, []])
  })
})

describe('a small file that is perhaps not what it was', () => {
  /** Its PutObject may have been carried out before the file was touched. */
  async function touched(confirmed: Result<ConfirmedObject>) {
    const tools = await uploadHarness({ partSize: 100, confirmed })
    chmodSync(tools.path, 0o600)
    chmodSync(tools.path, 0o640)
    return tools
  }
  const asksOnce = [{ key, size: content.length, crc32 }]

  it('is completed where the same is stored already', async () => {
    const { run, row, calls, asked } = await touched(same(crc32))
    expect(await run()).toEqual({ kind: 'done' })
    expect(row()).toMatchObject({ state: 'completed', checksum: crc32, verification: 'checksum' })
    expect([calls, asked]).toEqual([[], asksOnce])
  })

  it('is another file where something else is stored: the key is not tried again', async () => {
    const { run, row, calls, asked } = await touched(different)
    expect([await run(), row().state, calls, asked]).toEqual([{ kind: 'sourceChanged' }, 'queued', [], asksOnce])
  })

  it('is sent as it is now where nothing is stored', async () => {
    const { run, row, calls, asked, objects } = await touched(absent)
    expect(await run()).toEqual({ kind: 'done' })
    expect([row().state, calls, asked]).toEqual(['completed', ['put'], asksOnce])
    expect(objects.get(key)?.toString()).toBe(content)
  })

  it('waits for a broker that does not answer', async () => {
    const { run, row, calls } = await touched(failed('broker_unreachable'))
    const before = row()
    expect(await run()).toMatchObject({ kind: 'failed', failure: { kind: 'broker_unreachable' } })
    expect([row(), calls]).toEqual([before, []])
  })

  it('is not completed by an object of which only the size is known', async () => {
    const { run, row, calls } = await touched(same(null))
    expect([await run(), row().state, calls]).toEqual([{ kind: 'sourceChanged' }, 'queued', []])
  })
})

describe('a small file', () => {
  it('goes by one request', async () => {
    const { run, row, calls, objects } = await uploadHarness({ partSize: 100 })
    expect(await run()).toEqual({ kind: 'done' })
    expect([calls, objects.get(key)?.toString(), row().state]).toEqual([['put'], content, 'completed'])
  })

  it.each([
    { confirmed: same(crc32), ends: { kind: 'done' }, state: 'completed' },
    { confirmed: different, ends: { kind: 'failed', failure: { kind: 'exists' } }, state: 'queued' },
    { confirmed: absent, ends: { kind: 'failed', failure: { kind: 'server' } }, state: 'queued' },
  ])('whose key is taken may have taken it itself: the broker says $confirmed.value.outcome', async (given) => {
    const { run, row, asked } = await uploadHarness({
      partSize: 100,
      interfere: () => refusal('exists'),
      confirmed: given.confirmed,
    })
    expect([await run(), row().state]).toMatchObject([given.ends, given.state])
    expect(asked).toEqual([{ key, size: content.length, crc32 }])
  })

  it('whose key is taken is not sent again while the broker cannot say by what', async () => {
    const tools = await uploadHarness({ partSize: 100, interfere: () => refusal('exists') })
    const answers = [failed('broker_unreachable'), failed('broker_unreachable'), same(crc32)]
    tools.tools.confirm = async () => answers.shift() ?? absent
    for (const kind of ['broker_unreachable', 'broker_unreachable'])
      expect(await tools.run()).toMatchObject({ kind: 'failed', failure: { kind } })
    expect(tools.row()).toMatchObject({ state: 'queued', failure: { kind: 'exists' }, attempts: 0 })
    expect([await tools.run(), tools.row().state, tools.calls]).toEqual([{ kind: 'done' }, 'completed', ['put']])
  })

  it('is completed though the person canceled while it was on the wire: success wins', async () => {
    const controller = new AbortController()
    const { run, row, apply } = await uploadHarness({
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
    const { run, row, apply, asked } = await uploadHarness({
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
