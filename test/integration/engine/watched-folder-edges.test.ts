import { chmod, mkdir, open, readdir, rename, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { startLab } from '../../support/lab.ts'
import { value } from '../../support/value.ts'
import { arrives, lookedAt, lookedThrough, patience, puts, scene, stored, watch } from '../../support/watched-scene.ts'
import { withoutRights } from '../../support/without-rights.ts'

const hour = 3_600_000

describe('each file arrives', () => {
  it('where it was replaced by another one of its size whose time is ahead of our clock', async () => {
    const { lab, engine, folder, path } = await scene()
    await writeFile(path('a.txt'), 'same')
    await watch(engine, folder)
    await arrives({ lab, engine }, { 'a.txt': 'same' })
    await writeFile(path('a.txt'), 'emas')
    await utimes(path('a.txt'), new Date('2040-01-01'), new Date('2040-01-01'))
    await arrives({ lab, engine }, { 'a.txt': 'emas' })
  })

  it('where its time is ahead of our clock, and is not sent again where it was sent already', async () => {
    const { lab, engine, folder, path } = await scene()
    await writeFile(path('a.txt'), 'a')
    await watch(engine, folder, { whenMoved: 'note' })
    await arrives({ lab, engine }, { 'a.txt': 'a' })
    await utimes(path('a.txt'), new Date('2040-01-01'), new Date('2040-01-01'))
    await writeFile(path('b.txt'), 'b')
    await utimes(path('b.txt'), new Date('2040-01-01'), new Date('2040-01-01'))
    await arrives({ lab, engine }, { 'a.txt': 'a', 'b.txt': 'b' })
    await lookedThrough(engine)
    expect(puts(lab)).toBe(2)
  })

  it('where it was being written when the clock was set back', async () => {
    let offset = 0
    const { lab, engine, folder, path } = await scene({ engine: { now: () => Date.now() + offset } })
    await watch(engine, folder)
    await using writer = await open(path('a.txt'), 'w')
    await writer.write('a')
    await engine.until((rows) => rows.some(({ activity, size }) => activity === 'writing' && size === 1))
    await writer.write('b')
    await engine.until((rows) => rows.some(({ activity, size }) => activity === 'writing' && size === 2))
    offset = -hour
    await writer.close()
    await arrives({ lab, engine }, { 'a.txt': 'ab' })
  })

  it('where another program has it open to write on while it would be moved away', async () => {
    const { lab, engine, folder, path } = await scene()
    await writeFile(path('a.log'), 'one')
    const { id, options } = await watch(engine, folder)
    await arrives({ lab, engine }, { 'a.log': 'one' })
    await using writer = await open(path('a.log'), 'a')
    value(await engine.handlers.folders.change({ id, options: { ...options, whenUploaded: 'move' } }))
    await lookedAt(engine)
    await writer.write(' two')
    await writer.close()
    await arrives({ lab, engine }, { 'a.log': 'one two' })
  })

  it('and one whose name differs only by how letters are encoded does not replace it', async () => {
    const { lab, engine, folder, path } = await scene()
    await writeFile(path('\u00e9.txt'), 'first')
    await watch(engine, folder, { whenTaken: 'replace' })
    await arrives({ lab, engine }, { '\u00e9.txt': 'first' })
    await writeFile(path('e\u0301.txt'), 'second')
    const { problems } = await lookedThrough(engine)
    expect(problems).toEqual([expect.objectContaining({ why: 'name_taken', first: 'e\u0301.txt' })])
    expect(await stored(lab)).toEqual({ '\u00e9.txt': 'first' })
  })

  it('and one with the same name in composed letters lands beside it', async () => {
    const { lab, engine, folder, path } = await scene()
    await writeFile(path('e\u0301.txt'), 'first')
    await watch(engine, folder, { whenTaken: 'replace' })
    await arrives({ lab, engine }, { '\u00e9.txt': 'first' })
    await writeFile(path('\u00e9.txt'), 'second')
    await vi.waitFor(async () => expect(Object.values(await stored(lab))).toContain('second'), patience)
    expect(await stored(lab)).toMatchObject({ '\u00e9.txt': 'first' })
  })
})

describe('a file', () => {
  it('that lands again as it was uploaded is moved away like the first one', async () => {
    const { engine, folder, path } = await scene()
    const isEmptied = () => vi.waitFor(async () => expect(await readdir(folder)).toEqual([]), patience)
    await writeFile(path('a.txt'), 'a')
    await watch(engine, folder, { whenUploaded: 'move' })
    await isEmptied()
    await writeFile(path('a.txt'), 'a')
    await isEmptied()
  })

  it('that may not be read has a row that says so, also where one of its size was uploaded from its path', async () => {
    const lab = await startLab()
    onTestFinished(() => lab.close())
    const engine = await lab.engineProcess(undefined, { through: withoutRights })
    await engine.signIn()
    const folder = join(lab.folder, 'Dailies')
    const file = join(folder, 'a.txt')
    await mkdir(folder)
    await writeFile(file, 'same')
    await watch(engine, folder)
    await arrives({ lab, engine }, { 'a.txt': 'same' })
    await writeFile(file, 'emas')
    await chmod(file, 0)
    await vi.waitFor(async () => {
      expect((await engine.list()).map(({ failure }) => failure?.kind)).toContain('source_unreadable')
    }, patience)
  })
})

describe('nothing is sent', () => {
  it('again and again of a watched folder called Uploaded out of which files are moved', async () => {
    const { lab, engine } = await scene()
    const folder = join(lab.folder, 'Uploaded')
    await mkdir(folder)
    await writeFile(join(folder, 'a.txt'), 'a')
    await watch(engine, folder, { whenUploaded: 'move' })
    await vi.waitFor(() => expect(puts(lab)).toBe(1), patience)
    await expect(vi.waitFor(() => expect(puts(lab)).toBeGreaterThan(1), { timeout: 6_000 })).rejects.toThrow()
  })

  it('again of many files of one size whose folder was renamed, where that is only noted', async () => {
    const { lab, engine, folder, path } = await scene()
    await mkdir(path('x'))
    for (let frame = 100; frame < 130; frame += 1) await writeFile(path(`x/${frame}`), `frame ${frame}`)
    await watch(engine, folder, { whenMoved: 'note' })
    await vi.waitFor(() => expect(puts(lab)).toBe(30), patience)
    await lookedThrough(engine)
    await rename(path('x'), path('a'))
    await engine.until(
      (rows) => rows.filter(({ folder, state }) => folder === 'a' && state === 'completed').length === 30,
    )
    expect(puts(lab)).toBe(30)
  })
})
