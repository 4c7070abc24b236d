import { randomBytes } from 'node:crypto'
import { chmod, mkdir, open, readdir, rename, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AbortMultipartUploadCommand } from '@aws-sdk/client-s3'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { type FolderOptions, usualFolderOptions } from '../../../src/shared/folder.ts'
import type { EngineControl } from '../../support/engine-control.ts'
import type { EngineProcessOptions } from '../../support/engine-process.ts'
import { startLab } from '../../support/lab.ts'
import { value } from '../../support/value.ts'
import {
  arrives,
  folderOf,
  lookedAt,
  lookedThrough,
  patience,
  puts,
  scene,
  stored,
  watch,
} from '../../support/watched-scene.ts'

const partSize = 64 * 1024
const hour = 3_600_000

/** An engine in a process of its own, which sends in small parts. */
async function processScene(options: EngineProcessOptions = {}) {
  const lab = await startLab({ faults: true, emulator: { minPartSize: partSize } })
  onTestFinished(() => lab.close())
  const engine = await lab.engineProcess(undefined, { ...options, partSize, slots: 2 })
  await engine.signIn()
  const folder = join(lab.folder, 'Dailies')
  await mkdir(folder)
  return { lab, engine, folder, path: (name: string) => join(folder, name) }
}

async function start({ handlers }: EngineControl, folder: string, existing: 'upload' | 'leave' = 'upload') {
  const { id: draft } = value(await handlers.folders.draft({ paths: [folder] }))
  const options: FolderOptions = { ...usualFolderOptions, stillSeconds: 1 }
  return value(await handlers.folders.start({ draft, purpose: 'folders', options, existing }))
}

/** Lets an engine's process die at its first statement of a kind; `done`: right after it, else right before. */
async function dieAtStatement(statement: RegExp, done: boolean): Promise<EngineProcessOptions> {
  const scratch = await startLab()
  onTestFinished(() => scratch.close())
  const preload = join(scratch.folder, 'die.mjs')
  await writeFile(
    preload,
    `import { createRequire } from 'node:module'
    const { prototype } = createRequire(${JSON.stringify(import.meta.filename)})('better-sqlite3')
    const { prepare } = prototype
    prototype.prepare = function (sql) {
      const statement = prepare.call(this, sql)
      if (!${statement}.test(sql)) return statement
      const run = statement.run.bind(statement)
      statement.run = (...given) => { ${done ? 'run(...given);' : ''} process.kill(process.pid, 'SIGKILL') }
      return statement
    }`,
  )
  return { nodeOptions: ['--import', preload] }
}

describe('each file arrives', () => {
  it('where it was replaced by another one of its size whose time is ahead of our clock', async () => {
    const { lab, engine, folder, path } = await scene()
    await writeFile(path('a.txt'), 'same')
    await watch(engine, folder)
    await arrives(lab, { 'a.txt': 'same' })
    await writeFile(path('a.txt'), 'emas')
    await utimes(path('a.txt'), new Date('2040-01-01'), new Date('2040-01-01'))
    await arrives(lab, { 'a.txt': 'emas' })
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
    await arrives(lab, { 'a.txt': 'ab' })
  })

  it('where the engine was killed before it knew that the store has it, and it changed before the next start', async () => {
    const { lab, engine, folder, path } = await processScene({ crashAt: { when: 'before', effect: 'completed' } })
    await writeFile(path('a.txt'), 'first')
    await start(engine, folder).catch(() => {})
    await engine.exited
    await writeFile(path('a.txt'), 'second, longer')
    const next = await lab.engineProcess(engine.profile)
    await next.begin()
    await arrives(lab, { 'a.txt': 'second, longer' })
  })

  it('where another program has it open to write on while it would be moved away', async () => {
    const { lab, engine, folder, path } = await scene()
    await writeFile(path('a.log'), 'one')
    const { id, options } = await watch(engine, folder)
    await arrives(lab, { 'a.log': 'one' })
    await using writer = await open(path('a.log'), 'a')
    value(await engine.handlers.folders.change({ id, options: { ...options, whenUploaded: 'move' } }))
    await lookedAt(engine)
    await writer.write(' two')
    await writer.close()
    await arrives(lab, { 'a.log': 'one two' })
  })

  it('and what took its old name since it was noted as moved does not replace it', async () => {
    const { lab, engine, folder, path } = await scene()
    await writeFile(path('a.txt'), 'precious')
    await watch(engine, folder, { whenMoved: 'note', whenTaken: 'replace' })
    await arrives(lab, { 'a.txt': 'precious' })
    await rename(path('a.txt'), path('b.txt'))
    await engine.until((rows) => rows.some(({ movedFrom }) => movedFrom === 'a.txt'))
    await writeFile(path('a.txt'), 'another one')
    await vi.waitFor(async () => expect(Object.values(await stored(lab))).toContain('another one'), patience)
    expect(Object.values(await stored(lab))).toContain('precious')
  })

  it('and one whose name differs only by how letters are encoded does not replace it', async () => {
    const { lab, engine, folder, path } = await scene()
    await writeFile(path('\u00e9.txt'), 'first')
    await watch(engine, folder, { whenTaken: 'replace' })
    await arrives(lab, { '\u00e9.txt': 'first' })
    await writeFile(path('e\u0301.txt'), 'second')
    await engine.until((rows) => rows.some(({ name }) => name === 'e\u0301.txt')).catch(() => {})
    await lookedThrough(engine)
    expect(await stored(lab)).toEqual({ '\u00e9.txt': 'first' })
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
    const rights = '-dac_override,-dac_read_search'
    const { lab, engine, folder, path } = await processScene({
      through: ['setpriv', `--bounding-set=${rights}`, `--inh-caps=${rights}`],
    })
    await writeFile(path('a.txt'), 'same')
    await start(engine, folder)
    await arrives(lab, { 'a.txt': 'same' })
    await writeFile(path('a.txt'), 'emas')
    await chmod(path('a.txt'), 0)
    await vi.waitFor(async () => {
      expect((await engine.list()).map(({ failure }) => failure?.kind)).toContain('source_unreadable')
    }, patience)
  })
})

describe('nothing is sent', () => {
  it('half-written where a file that has its key already is rewritten in its place', async () => {
    const { lab, engine, folder, path } = await scene()
    const held = lab.faults.add({ match: { operation: 'PutObject' }, fault: { kind: 'hold', when: 'before' } })
    for (const name of ['a', 'b', 'c']) await writeFile(path(name), 'aaaa')
    await watch(engine, folder)
    await held.reachedTimes(2)
    await using writer = await open(path('c'), 'r+')
    await writer.write('bb', 0)
    held.remove()
    held.release()
    await vi.waitFor(() => expect(puts(lab)).toBeGreaterThanOrEqual(2), patience)
    await vi.waitFor(async () => {
      const rows = (await engine.list()).filter(({ state }) => state === 'queued')
      expect(rows.every(({ activity }) => activity === 'writing')).toBe(true)
    }, patience)
    expect(Object.values(await stored(lab))).not.toContain('bbaa')
  })

  it('of what a rule leaves out that was added while it waited', async () => {
    const { lab, engine, folder, path } = await scene()
    value(await engine.handlers.queue.pause())
    await writeFile(path('secret.txt'), 'secret')
    const { id, options } = await watch(engine, folder)
    await engine.until(([row]) => row?.activity === 'waiting')
    value(await engine.handlers.folders.change({ id, options: { ...options, rules: 'secret*' } }))
    await vi.waitFor(async () => expect((await folderOf(engine)).counts.ignored).toBe(1), patience)
    value(await engine.handlers.queue.resume())
    await lookedThrough(engine)
    expect(await stored(lab)).toEqual({})
  })

  it('of what is left where it is, also where the engine is killed while the folder is added', async () => {
    const { lab, engine, folder, path } = await processScene(await dieAtStatement(/INSERT INTO uploaded_files/, false))
    await writeFile(path('private.txt'), 'private')
    await start(engine, folder, 'leave').catch(() => {})
    await engine.exited
    const next = await lab.engineProcess(engine.profile)
    await next.begin()
    if (value(await next.handlers.folders.list()).length === 0) await start(next, folder, 'leave')
    await writeFile(path('public.txt'), 'public')
    await vi.waitFor(async () => expect(Object.keys(await stored(lab))).toContain('public.txt'), patience)
    expect(Object.keys(await stored(lab))).not.toContain('private.txt')
  })

  it('of a paused folder, also where the engine is killed while it is paused', async () => {
    const { lab, engine, folder, path } = await processScene(await dieAtStatement(/UPDATE folders SET paused_at/, true))
    value(await engine.handlers.queue.pause())
    await writeFile(path('a.txt'), 'a')
    const { id } = await start(engine, folder)
    await engine.until(([row]) => row?.activity === 'waiting')
    await engine.handlers.folders.pause({ id }).catch(() => {})
    await engine.exited
    const next = await lab.engineProcess(engine.profile)
    await next.begin()
    const isPaused = value(await next.handlers.folders.list()).some(({ activity }) => activity.state === 'paused')
    expect((await next.list()).every(({ state }) => state === (isPaused ? 'paused' : 'queued'))).toBe(true)
  })

  it('again and again of a watched folder called Uploaded out of which files are moved', async () => {
    const { lab, engine } = await scene()
    const folder = join(lab.folder, 'Uploaded')
    await mkdir(folder)
    await writeFile(join(folder, 'a.txt'), 'a')
    await watch(engine, folder, { whenUploaded: 'move' })
    await vi.waitFor(() => expect(puts(lab)).toBe(1), patience)
    await expect(vi.waitFor(() => expect(puts(lab)).toBeGreaterThan(1), { timeout: 6_000 })).rejects.toThrow()
  })

  it('again after a person cancels a row that was completed a moment before', async () => {
    const { lab, engine, folder, path } = await scene()
    await writeFile(path('a.txt'), 'same')
    await watch(engine, folder)
    const [row] = await engine.until(([first]) => first?.state === 'completed')
    value(await engine.handlers.transfers.cancel({ ids: [row?.id ?? ''] }))
    await utimes(path('a.txt'), 1, 1)
    await engine.until((rows) => rows.length > 1).catch(() => {})
    await lookedThrough(engine)
    expect(puts(lab)).toBe(1)
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

describe('rows and uploads', () => {
  it('stay where a half-sent file’s drive leaves an empty folder at its place', async () => {
    const { lab, engine, folder, path } = await processScene()
    const second = lab.faults.add({
      match: { operation: 'UploadPart', nth: 2, times: 1_000 },
      fault: { kind: 'hold', when: 'before' },
    })
    await writeFile(path('a.mov'), randomBytes(5 * partSize))
    await start(engine, folder)
    await second.reachedTimes(1)
    await rename(folder, `${folder} away`)
    await mkdir(folder)
    second.remove()
    second.release()
    const dropped = vi.waitFor(async () => expect(await engine.list()).toEqual([]), { timeout: 6_000, interval: 100 })
    await expect(dropped).rejects.toThrow()
    expect(await lab.uploads()).toHaveLength(1)
  })

  it('of a folder that was removed do not wait for ever for it', async () => {
    const { lab, engine, folder, path } = await processScene()
    const held = lab.faults.add({
      match: { operation: 'CompleteMultipartUpload', times: 1 },
      fault: { kind: 'hold', when: 'before' },
    })
    await writeFile(path('a.mov'), randomBytes(3 * partSize))
    const { id } = await start(engine, folder)
    await held.reachedTimes(1)
    const [upload] = await lab.uploads()
    await lab.s3.send(
      new AbortMultipartUploadCommand({ Bucket: lab.bucket, Key: upload?.key, UploadId: upload?.uploadId }),
    )
    value(await engine.handlers.folders.remove({ id, history: 'keep' }))
    await writeFile(path('a.mov'), randomBytes(3 * partSize + 1))
    held.release()
    await vi.waitFor(
      async () => expect((await engine.list()).filter(({ state }) => state !== 'completed')).toEqual([]),
      {
        ...patience,
        timeout: 20_000,
      },
    )
  })

  it('leave nothing at the store where the folder is forgotten while an upload is created', async () => {
    const { lab, engine, folder, path } = await processScene()
    const held = lab.faults.add({
      match: { operation: 'CreateMultipartUpload' },
      fault: { kind: 'hold', when: 'after' },
    })
    await writeFile(path('a.mov'), randomBytes(3 * partSize))
    const { id } = await start(engine, folder)
    await held.reachedTimes(1)
    value(await engine.handlers.folders.remove({ id, history: 'forget' }))
    held.release()
    await vi.waitFor(async () => expect(await lab.uploads()).toEqual([]), patience)
  })

  it('are counted as none waiting while the only one is canceled', async () => {
    const { lab, engine, folder, path } = await scene()
    lab.faults.add({ match: { operation: 'PutObject' }, fault: { kind: 'hold', when: 'before' } })
    await writeFile(path('a.txt'), 'a')
    await watch(engine, folder)
    const [row] = await engine.until(([first]) => first?.activity === 'uploading')
    value(await engine.handlers.transfers.cancel({ ids: [row?.id ?? ''] }))
    expect((await folderOf(engine)).counts.waiting).toBe(0)
  })
})

describe('the engine', () => {
  it('goes on where a folder is forgotten while keys for its files are asked for', async () => {
    const { engine, folder, path } = await scene({ engine: { now: () => Date.now() + hour } })
    for (let file = 0; file < 1_200; file += 1) await writeFile(path(`${file}.txt`), `${file}`)
    value(await engine.handlers.queue.pause())
    const { id } = await watch(engine, folder)
    await vi.waitFor(async () => expect((await folderOf(engine)).counts.waiting).toBe(1_200), patience)
    value(await engine.handlers.queue.resume())
    value(await engine.handlers.folders.remove({ id, history: 'forget' }))
    await writeFile(`${folder}.txt`, 'another file')
    await engine.add(`${folder}.txt`)
    // rejects with what was fatal
    await engine.until((rows) => rows.some(({ name, state }) => name === 'Dailies.txt' && state === 'completed'))
  })

  it('watches no folder any more that was removed just before it was closed', async () => {
    const { lab, engine, folder } = await scene()
    const { id } = await watch(engine, folder)
    await lookedThrough(engine)
    const removing = engine.handlers.folders.remove({ id, history: 'keep' }).catch(() => {})
    await engine.stop()
    await removing
    const next = lab.engine(engine.profile)
    await next.begin()
    expect(value(await next.handlers.folders.list())).toEqual([])
  })

  it('watches nothing for a person who signed out while a folder was added', async () => {
    const { engine, folder, path } = await scene()
    for (let file = 0; file < 2_000; file += 1) await writeFile(path(`${file}.txt`), '')
    const { id: draft } = value(await engine.handlers.folders.draft({ paths: [folder] }))
    const options: FolderOptions = { ...usualFolderOptions, stillSeconds: 1 }
    const starting = engine.handlers.folders.start({ draft, purpose: 'folders', options, existing: 'leave' })
    value(await engine.handlers.session.signOut())
    expect(await starting).toMatchObject({ ok: false })
  })

  it('does not look without a rest where the clock was set back by weeks', async () => {
    let offset = 0
    let rests = 0
    const random = () => {
      rests += 1
      return 0.5
    }
    const { engine, folder, path } = await scene({ engine: { now: () => Date.now() + offset, random } })
    await watch(engine, folder)
    await lookedThrough(engine)
    offset = -40 * 24 * hour
    await writeFile(path('a.txt'), 'a')
    await engine.until((rows) => rows.length > 0)
    const before = rests
    const spun = vi.waitFor(() => expect(rests - before).toBeGreaterThan(100), { timeout: 3_000 })
    await expect(spun).rejects.toThrow()
  })
})
