import { randomBytes } from 'node:crypto'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { type FolderOptions, usualFolderOptions } from '../../../src/shared/folder.ts'
import type { EngineProcessOptions } from '../../support/engine-process.ts'
import { startLab } from '../../support/lab.ts'
import { value } from '../../support/value.ts'
import {
  arrives,
  folderOf,
  lookedThrough,
  partSize,
  patience,
  processScene,
  puts,
  scene,
  stored,
  watch,
} from '../../support/watched-scene.ts'

const hour = 3_600_000

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
  it('and what took its old name since it was noted as moved does not replace it', async () => {
    const { lab, engine, folder, path } = await scene()
    await writeFile(path('a.txt'), 'precious')
    await watch(engine, folder, { whenMoved: 'note', whenTaken: 'replace' })
    await arrives({ lab, engine }, { 'a.txt': 'precious' })
    await rename(path('a.txt'), path('b.txt'))
    await engine.until((rows) => rows.some(({ movedFrom }) => movedFrom === 'a.txt'))
    await writeFile(path('a.txt'), 'another one')
    await vi.waitFor(async () => expect(Object.values(await stored(lab))).toContain('another one'), patience)
    expect(Object.values(await stored(lab))).toContain('precious')
  })
})

describe('nothing is sent', () => {
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
    await watch(engine, folder, {}, 'leave').catch(() => {})
    await engine.exited
    const next = await lab.engineProcess(engine.profile)
    await next.begin()
    if (value(await next.handlers.folders.list()).length === 0) await watch(next, folder, {}, 'leave')
    await writeFile(path('public.txt'), 'public')
    await vi.waitFor(async () => expect(Object.keys(await stored(lab))).toContain('public.txt'), patience)
    expect(Object.keys(await stored(lab))).not.toContain('private.txt')
  })

  it('of a paused folder, also where the engine is killed while it is paused', async () => {
    const { lab, engine, folder, path } = await processScene(await dieAtStatement(/UPDATE folders SET paused_at/, true))
    value(await engine.handlers.queue.pause())
    await writeFile(path('a.txt'), 'a')
    const { id } = await watch(engine, folder)
    await engine.until(([row]) => row?.activity === 'waiting')
    await engine.handlers.folders.pause({ id }).catch(() => {})
    await engine.exited
    const next = await lab.engineProcess(engine.profile)
    await next.begin()
    const isPaused = value(await next.handlers.folders.list()).some(({ activity }) => activity.state === 'paused')
    expect((await next.list()).every(({ state }) => state === (isPaused ? 'paused' : 'queued'))).toBe(true)
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
    await watch(engine, folder)
    await second.reachedTimes(1)
    await rename(folder, `${folder} away`)
    await mkdir(folder)
    second.remove()
    second.release()
    const dropped = vi.waitFor(async () => expect(await engine.list()).toEqual([]), { timeout: 6_000, interval: 100 })
    await expect(dropped).rejects.toThrow()
    expect(await lab.uploads()).toHaveLength(1)
  })
})

describe('the history of a removed folder', () => {
  it('is forgotten as the person asked, also where the engine is killed meanwhile, and its rows leave the list', async () => {
    const { lab, engine, folder, path } = await processScene(await dieAtStatement(/DELETE FROM uploaded_files/, false))
    await writeFile(path('a.txt'), 'a')
    const { id } = await watch(engine, folder)
    await arrives({ lab, engine }, { 'a.txt': 'a' })
    await lookedThrough(engine)
    await engine.handlers.folders.remove({ id, history: 'forget' }).catch(() => {})
    await engine.exited
    const next = await lab.engineProcess(engine.profile)
    await next.begin()
    await next.until((rows) => rows.length === 0)
    await watch(next, folder)
    await vi.waitFor(() => expect(puts(lab)).toBe(2), patience)
  })

  it('leaves the window’s list at once', async () => {
    const { lab, engine, folder, path } = await scene()
    await writeFile(path('a.txt'), 'a')
    const { id } = await watch(engine, folder)
    await arrives({ lab, engine }, { 'a.txt': 'a' })
    await lookedThrough(engine)
    await engine.stop()
    const heard: unknown[] = []
    const onEvent = (channel: string, payload: unknown) => {
      if (channel === 'transfers.changed') heard.push(payload)
    }
    // of the rows of an engine before nothing else is to be told
    const next = lab.engine(engine.profile, { onEvent })
    await next.begin()
    await lookedThrough(next)
    heard.length = 0
    value(await next.handlers.folders.remove({ id, history: 'forget' }))
    await vi.waitFor(() => expect(heard).toContainEqual({ rows: [], stale: true }), patience)
  })
})

describe('the engine', () => {
  it('knows a folder again that somebody emptied while it was closed, and takes none at its place for it', async () => {
    const { lab, engine, folder, path } = await scene()
    await writeFile(path('a.txt'), 'a')
    await watch(engine, folder)
    await arrives({ lab, engine }, { 'a.txt': 'a' })
    await lookedThrough(engine)
    await engine.stop()
    await rm(path('a.txt'))
    const second = lab.engine(engine.profile)
    await second.begin()
    await lookedThrough(second)
    await second.stop()
    await rename(folder, `${folder} away`)
    await mkdir(folder)
    const third = lab.engine(engine.profile)
    await third.begin()
    await vi.waitFor(
      async () => expect((await folderOf(third)).activity).toMatchObject({ failure: { detail: 'empty' } }),
      patience,
    )
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
