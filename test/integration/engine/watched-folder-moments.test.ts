import { open, rm, truncate, writeFile } from 'node:fs/promises'
import { describe, expect, it, vi } from 'vitest'
import { value } from '../../support/value.ts'
import { arrives, folderOf, lookedThrough, patience, puts, scene, watch } from '../../support/watched-scene.ts'

const hour = 3_600_000

describe('a file in a watched folder', () => {
  it('is not sent while another program has it open, also where it has long been as it is', async () => {
    const { lab, engine, folder, path } = await scene({ engine: { now: () => Date.now() + hour } })
    await using writer = await open(path('slow.txt'), 'w')
    await writer.write('half')
    await watch(engine, folder)
    await engine.until((rows) => rows.some(({ activity, size }) => activity === 'writing' && size === 4))
    await writer.write(' and half')
    await writer.close()
    await arrives({ lab, engine }, { 'slow.txt': 'half and half' })
    expect(puts(lab)).toBe(1)
  })

  it('is sent once more where it changed while it was on its way', async () => {
    const { lab, engine, folder, path } = await scene({ emulator: { bytesPerSecond: 200_000 } })
    await writeFile(path('report.txt'), 'a'.repeat(400_000))
    await watch(engine, folder)
    await vi.waitFor(async () => expect((await engine.status()).inFlight).toBeGreaterThan(0), patience)
    await writeFile(path('report.txt'), 'changed')
    await arrives({ lab, engine }, { 'report.txt': 'changed' })
    expect(puts(lab)).toBe(2)
  })

  it('is not sent again where it was written anew as it was, though it was seen half-way', async () => {
    const { lab, engine, folder, path } = await scene()
    await writeFile(path('saved.txt'), 'as it was')
    await watch(engine, folder)
    await arrives({ lab, engine }, { 'saved.txt': 'as it was' })
    await truncate(path('saved.txt'))
    await engine.until((rows) => rows.some(({ activity, size }) => activity === 'writing' && size === 0))
    await writeFile(path('saved.txt'), 'as it was')
    await engine.until((rows) => rows.every(({ state }) => state === 'completed'))
    await lookedThrough(engine)
    expect(puts(lab)).toBe(1)
  })

  it('leaves no row behind where it goes before its turn comes', async () => {
    const { engine, folder, path } = await scene()
    value(await engine.handlers.queue.pause())
    await writeFile(path('brief.txt'), 'brief')
    await watch(engine, folder)
    await vi.waitFor(async () => expect((await folderOf(engine)).counts).toMatchObject({ waiting: 1 }), patience)
    await rm(path('brief.txt'))
    value(await engine.handlers.queue.resume())
    expect(await engine.until((rows) => rows.length === 0)).toEqual([])
  })
})
