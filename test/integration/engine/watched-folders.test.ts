import { appendFile, mkdir, open, readdir, readFile, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { usualFolderOptions } from '../../../src/shared/folder.ts'
import { value } from '../../support/value.ts'
import {
  arrives,
  folderOf,
  lookedThrough,
  patience,
  puts,
  scene,
  stored,
  watch,
  withoutRecords,
} from '../../support/watched-scene.ts'

describe('what lands in a watched folder', () => {
  it('arrives under its path, and so does what comes later, in folders that are new too', async () => {
    const { lab, engine, folder, path } = await scene()
    await writeFile(path('one.txt'), 'one')
    await watch(engine, folder)
    await arrives({ lab, engine }, { 'one.txt': 'one' })
    await mkdir(path('day 2'))
    await writeFile(path('day 2/two.txt'), 'two')
    await arrives({ lab, engine }, { 'one.txt': 'one', 'day 2/two.txt': 'two' })
    expect((await folderOf(engine)).counts).toMatchObject({ uploaded: 2, uploadedToday: 2, failed: 0 })
  })

  it('is found when the app was closed meanwhile, and what is there already is not sent again', async () => {
    const { lab, engine, folder, path } = await scene()
    await writeFile(path('kept.txt'), 'kept')
    await writeFile(path('changed.txt'), 'first')
    await watch(engine, folder)
    await arrives({ lab, engine }, { 'kept.txt': 'kept', 'changed.txt': 'first' })
    await engine.stop()
    await writeFile(path('changed.txt'), 'and more')
    await writeFile(path('new.txt'), 'new')
    const next = lab.engine(engine.profile)
    await next.begin()
    await arrives({ lab, engine: next }, { 'kept.txt': 'kept', 'changed.txt': 'and more', 'new.txt': 'new' })
    expect(puts(lab)).toBe(4)
  })

  it('is not sent while another program has it open, and its row shows it grow', async () => {
    const { lab, engine, folder, path } = await scene()
    await watch(engine, folder)
    const writer = await open(path('slow.txt'), 'w')
    await writer.write('half')
    const [row] = await engine.until((rows) => rows.some(({ activity, size }) => activity === 'writing' && size === 4))
    expect(row).toMatchObject({ name: 'slow.txt', watchedFolder: 'Dailies', failure: { kind: 'being_written' } })
    await writer.write(' and half')
    await engine.until(([row]) => row?.activity === 'writing' && row.size === 13)
    // what comes after it and is still as long as it has to be arrives
    await writeFile(path('later.txt'), 'later')
    await arrives({ lab, engine }, { 'later.txt': 'later' })
    await writer.close()
    await arrives({ lab, engine }, { 'later.txt': 'later', 'slow.txt': 'half and half' })
    expect(puts(lab)).toBe(2)
  })

  it('is not sent half-written where its whole size was taken at the beginning', async () => {
    const { lab, engine, folder, path } = await scene()
    await watch(engine, folder)
    const writer = await open(path('film.mov'), 'w')
    await writer.truncate(6)
    await engine.until((rows) => rows.some(({ activity, size }) => activity === 'writing' && size === 6))
    await writer.write('one', 0)
    // what comes after it and is still as long as it has to be arrives
    await writeFile(path('later.txt'), 'later')
    await arrives({ lab, engine }, { 'later.txt': 'later' })
    await writer.write('two', 3)
    await writer.close()
    await arrives({ lab, engine }, { 'later.txt': 'later', 'film.mov': 'onetwo' })
    expect(puts(lab)).toBe(2)
  })

  it('is not sent again after it was only touched, also where the time of the change was set back', async () => {
    const { lab, engine, folder, path } = await scene()
    await writeFile(path('a.txt'), 'same')
    await watch(engine, folder)
    await arrives({ lab, engine }, { 'a.txt': 'same' })
    await utimes(path('a.txt'), 1, 1)
    await lookedThrough(engine)
    await writeFile(path('a.txt'), 'emas')
    await utimes(path('a.txt'), 1, 1)
    await arrives({ lab, engine }, { 'a.txt': 'emas' })
    expect(puts(lab)).toBe(2)
  })

  it('leaves nothing behind when it goes again before it was still, as editors do', async () => {
    const { lab, engine, folder, path } = await scene()
    await watch(engine, folder)
    await writeFile(path('report.txt.new'), 'whole')
    await engine.until((rows) => rows.length === 1)
    await rename(path('report.txt.new'), path('report.txt'))
    await arrives({ lab, engine }, { 'report.txt': 'whole' })
    expect((await engine.list()).map(({ name }) => name)).toEqual(['report.txt'])
  })

  it('is left out by rules and links, and said to be', async () => {
    const { lab, engine, folder, path } = await scene()
    await writeFile(path('a.mov'), 'a')
    await writeFile(path('b.tmp'), 'b')
    await writeFile(path('.hidden'), 'c')
    await symlink('/etc', path('link'))
    await watch(engine, folder, { rules: '*.tmp' })
    await arrives({ lab, engine }, { 'a.mov': 'a' })
    expect((await lookedThrough(engine)).counts.ignored).toBe(3)
  })
})

describe('a watched folder that is not there', () => {
  it('is unavailable, never emptied, and goes on by itself when it is back', async () => {
    const { lab, engine, folder, path } = await scene()
    await writeFile(path('a.txt'), 'a')
    const { id } = await watch(engine, folder)
    await arrives({ lab, engine }, { 'a.txt': 'a' })
    await writeFile(path('b.txt'), 'b')
    await engine.until((rows) => rows.some(({ activity }) => activity === 'writing'))
    await rename(folder, `${folder} away`)
    value(await engine.handlers.folders.lookAgain({ id }))
    await vi.waitFor(async () => {
      expect((await folderOf(engine)).activity).toMatchObject({
        state: 'unavailable',
        failure: { kind: 'source_missing' },
      })
    }, patience)
    await mkdir(folder)
    value(await engine.handlers.folders.lookAgain({ id }))
    await vi.waitFor(async () => {
      expect((await folderOf(engine)).activity).toMatchObject({ failure: { detail: 'empty' } })
    }, patience)
    expect((await engine.list()).map(({ name }) => name).sort()).toEqual(['a.txt', 'b.txt'])
    await rm(folder, { recursive: true })
    await rename(`${folder} away`, folder)
    await arrives({ lab, engine }, { 'a.txt': 'a', 'b.txt': 'b' })
    expect(puts(lab)).toBe(2)
  })
})

describe('a person', () => {
  it('pauses a folder and lets it go on', async () => {
    const { lab, engine, folder, path } = await scene()
    const { id } = await watch(engine, folder)
    value(await engine.handlers.folders.pause({ id }))
    await writeFile(path('a.txt'), 'a')
    await vi.waitFor(async () => {
      value(await engine.handlers.folders.lookAgain({ id }))
      expect(await folderOf(engine)).toMatchObject({ activity: { state: 'paused' }, counts: { held: 1 } })
    }, patience)
    expect(await engine.list()).toEqual([])
    value(await engine.handlers.folders.resume({ id }))
    await arrives({ lab, engine }, { 'a.txt': 'a' })
  })

  it('pauses what waits in a folder, too, while other files are sent', async () => {
    const { lab, engine, folder, path } = await scene()
    value(await engine.handlers.queue.pause())
    await writeFile(path('a.txt'), 'a')
    const { id } = await watch(engine, folder)
    await engine.until(([row]) => row?.activity === 'waiting')
    value(await engine.handlers.folders.pause({ id }))
    await writeFile(join(lab.folder, 'other.txt'), 'other')
    await engine.add(join(lab.folder, 'other.txt'))
    value(await engine.handlers.queue.resume())
    const rows = await engine.settled()
    expect(rows.map(({ name, state }) => [name, state]).toSorted()).toEqual([
      ['a.txt', 'paused'],
      ['other.txt', 'completed'],
    ])
    value(await engine.handlers.folders.resume({ id }))
    await engine.until((rows) => rows.every(({ state }) => state === 'completed'))
  })

  it('removes a folder, and what was uploaded is known where its history was kept', async () => {
    const { lab, engine, folder, path } = await scene()
    await writeFile(path('a.txt'), 'a')
    const { id } = await watch(engine, folder)
    await arrives({ lab, engine }, { 'a.txt': 'a' })
    value(await engine.handlers.folders.remove({ id, history: 'keep' }))
    expect(value(await engine.handlers.folders.list())).toEqual([])
    await writeFile(path('b.txt'), 'b')
    expect(value(await engine.handlers.folders.draft({ paths: [folder] }))).toMatchObject({ isKnown: true })
    const again = await watch(engine, folder)
    await arrives({ lab, engine }, { 'a.txt': 'a', 'b.txt': 'b' })
    expect([again.id, puts(lab)]).toEqual([id, 2])

    value(await engine.handlers.folders.remove({ id, history: 'forget' }))
    expect(await engine.list()).toEqual([])
    await watch(engine, folder)
    await vi.waitFor(() => expect(puts(lab)).toBe(4), patience)
  })

  it('cancels a file, which is not found anew until it changes', async () => {
    const { lab, engine, folder, path } = await scene()
    value(await engine.handlers.queue.pause())
    await writeFile(path('a.txt'), 'a')
    await watch(engine, folder)
    const [row] = await engine.until(([first]) => first?.activity === 'waiting')
    value(await engine.handlers.transfers.cancel({ ids: [row?.id ?? ''] }))
    value(await engine.handlers.queue.resume())
    await lookedThrough(engine)
    expect(await stored(lab)).toEqual({})
    await appendFile(path('a.txt'), ' and more')
    await arrives({ lab, engine }, { 'a.txt': 'a and more' })
  })

  it('cannot drop files where only watched folders send', async () => {
    const { engine, path } = await scene()
    await writeFile(path('a.txt'), 'a')
    const added = await engine.handlers.transfers.add({ purpose: 'folders', paths: [path('a.txt')] })
    expect(added).toEqual({ ok: false, failure: { kind: 'unknown_purpose', detail: null } })
  })

  it('is told why a folder cannot be watched', async () => {
    const { lab, engine, folder, path } = await scene()
    await watch(engine, folder)
    await mkdir(path('inner'))
    await symlink(folder, join(lab.folder, 'link'))
    await writeFile(join(lab.folder, 'file'), '')
    const refusalOf = async (chosen: string) =>
      value(await engine.handlers.folders.draft({ paths: [chosen] })).refusal?.kind ?? null
    expect([
      await refusalOf(folder),
      await refusalOf(join(lab.folder, 'link')),
      await refusalOf(path('inner')),
      await refusalOf(lab.folder),
      await refusalOf('/'),
      await refusalOf(join(lab.folder, 'file')),
      await refusalOf(join(lab.folder, 'nowhere')),
    ]).toEqual(['same', 'same', 'inside', 'around', 'root', 'not_a_folder', 'not_a_folder'])
  })

  it('cannot watch a folder in another one, however the two are begun', async () => {
    const { engine, folder, path } = await scene()
    await mkdir(path('inner'))
    const draftOf = async (chosen: string) => value(await engine.handlers.folders.draft({ paths: [chosen] })).id
    const drafts = [await draftOf(folder), await draftOf(path('inner'))]
    const options = usualFolderOptions
    const start = (draft: string) =>
      engine.handlers.folders.start({ draft, purpose: 'folders', options, existing: 'leave' })
    const refused = { ok: false, failure: { kind: 'not_possible', detail: 'folder' } }
    const both = await Promise.all(drafts.map(start))
    expect([both.filter(({ ok }) => ok).length, both.find(({ ok }) => !ok)]).toEqual([1, refused])
    const left = drafts[both.findIndex(({ ok }) => !ok)] ?? ''
    expect(await start(left)).toEqual(refused)
    expect(value(await engine.handlers.folders.list())).toHaveLength(1)
  })

  it('sees what would be uploaded before a folder is watched, and what not and why', async () => {
    const { engine, folder, path } = await scene()
    await writeFile(path('a.mov'), 'abc')
    await writeFile(path('b.tmp'), 'b')
    const { id } = value(await engine.handlers.folders.draft({ paths: [folder] }))
    const options = { ...usualFolderOptions, rules: '*.tmp' }
    expect(value(await engine.handlers.folders.preview({ id, options }))).toMatchObject({
      files: 1,
      bytes: 3,
      first: [{ path: 'a.mov', size: 3 }],
      ignored: [{ why: { kind: 'yours', rule: '*.tmp' }, count: 1, bytes: 1, first: 'b.tmp' }],
    })
    const explained = await engine.handlers.folders.explain({ id, options, path: 'b.tmp' })
    expect(value(explained)).toEqual({ reason: { kind: 'yours', rule: '*.tmp' } })
  })

  it('sees only what was asked for last where rules are typed faster than a folder is counted', async () => {
    const { engine, folder, path } = await scene()
    for (const name of ['a.mov', 'b.tmp']) await writeFile(path(name), 'abc')
    const { id } = value(await engine.handlers.folders.draft({ paths: [folder] }))
    const preview = (rules: string) =>
      engine.handlers.folders.preview({ id, options: { ...usualFolderOptions, rules } })
    const [first, second] = await Promise.all([preview(''), preview('*.tmp')])
    expect(first).toEqual({ ok: false, failure: { kind: 'not_possible', detail: 'superseded' } })
    expect(value(second).files).toBe(1)
  })

  it('lets what is in a folder already stay where it is', async () => {
    const { lab, engine, folder, path } = await scene()
    await writeFile(path('old.txt'), 'old')
    await watch(engine, folder, {}, 'leave')
    await writeFile(path('new.txt'), 'new')
    await arrives({ lab, engine }, { 'new.txt': 'new' })
    await lookedThrough(engine)
    expect(Object.keys(await stored(lab))).toEqual(['new.txt'])
    expect((await folderOf(engine)).counts).toMatchObject({ uploaded: 1, waiting: 0 })
  })

  it('uploads what was left in a folder where it is watched again for that', async () => {
    const { lab, engine, folder, path } = await scene()
    await writeFile(path('left.txt'), 'left')
    const { id } = await watch(engine, folder, {}, 'leave')
    await writeFile(path('sent.txt'), 'sent')
    await arrives({ lab, engine }, { 'sent.txt': 'sent' })
    value(await engine.handlers.folders.remove({ id, history: 'keep' }))
    await watch(engine, folder, {}, 'upload')
    await arrives({ lab, engine }, { 'left.txt': 'left', 'sent.txt': 'sent' })
    expect(puts(lab)).toBe(2)
  })
})

describe('by the choices for a folder', () => {
  it('a changed file goes beside what it was, with the date in its name', async () => {
    const { lab, engine, folder, path } = await scene()
    await writeFile(path('a.txt'), 'one')
    await watch(engine, folder, { whenChanged: 'dated_key' })
    await arrives({ lab, engine }, { 'a.txt': 'one' })
    await appendFile(path('a.txt'), ' two')
    await vi.waitFor(async () => expect(Object.keys(await stored(lab))).toHaveLength(2), patience)
    const [first, second] = Object.keys(await stored(lab)).sort()
    expect([first, second]).toEqual([
      expect.stringMatching(/^a \d{4}-\d\d-\d\d \d\d\.\d\d\.\d\d\.\d{3}\.txt$/),
      'a.txt',
    ])
    await lookedThrough(engine)
    expect(puts(lab)).toBe(2)
  })

  it.each([
    { whenTaken: 'replace', keys: ['a.txt'] },
    { whenTaken: 'keep_both', keys: [expect.stringMatching(/^a .*\.txt$/), 'a.txt'] },
  ] as const)('another object under a file’s key: $whenTaken', async ({ whenTaken, keys }) => {
    const { lab, engine, folder, path } = await scene()
    await writeFile(path('a.txt'), 'theirs')
    const { id } = await watch(engine, folder)
    await arrives({ lab, engine }, { 'a.txt': 'theirs' })
    value(await engine.handlers.folders.remove({ id, history: 'keep' }))
    // as if another computer had sent it
    const next = await withoutRecords(lab, engine)
    await writeFile(path('a.txt'), 'ours, longer')
    await watch(next, folder, { whenTaken })
    await vi.waitFor(async () => {
      const contents = await stored(lab)
      expect(Object.keys(contents).sort()).toEqual(keys)
      expect(Object.values(contents)).toContain('ours, longer')
    }, patience)
    expect(await next.list()).not.toContainEqual(expect.objectContaining({ state: 'failed' }))
  })

  it.each([
    { whenMoved: 'note', sent: 1, keys: ['a.txt'] },
    { whenMoved: 'send', sent: 2, keys: ['a.txt', 'b/c.txt'] },
  ] as const)('a file that was moved within the folder: $whenMoved', async ({ whenMoved, sent, keys }) => {
    const { lab, engine, folder, path } = await scene()
    await writeFile(path('a.txt'), 'content')
    await watch(engine, folder, { whenMoved })
    await arrives({ lab, engine }, { 'a.txt': 'content' })
    await mkdir(path('b'))
    await rename(path('a.txt'), path('b/c.txt'))
    const [row] = await engine.until((rows) =>
      rows.some(({ name, activity }) => name === 'c.txt' && activity === 'completed'),
    )
    expect(row).toMatchObject({ name: 'a.txt', movedFrom: null })
    const moved = (await engine.list()).find(({ name }) => name === 'c.txt')
    expect(moved).toMatchObject({ folder: 'b', movedFrom: sent === 1 ? 'a.txt' : null })
    await lookedThrough(engine)
    expect([puts(lab), Object.keys(await stored(lab)).sort()]).toEqual([sent, keys])
  })

  it('what cannot be moved away is said to be so, and stays', async () => {
    const { lab, engine, folder, path } = await scene()
    await writeFile(join(lab.folder, 'Uploaded'), 'a file is in the way')
    await writeFile(path('a.txt'), 'a')
    await watch(engine, folder, { whenUploaded: 'move' })
    await vi.waitFor(async () => {
      const { problems, counts } = await folderOf(engine)
      expect(problems).toEqual([{ why: 'not_moved', count: 1, bytes: 0, first: 'a.txt' }])
      expect(counts.uploaded).toBe(1)
    }, patience)
    expect(await readFile(path('a.txt'), 'utf8')).toBe('a')
  })

  it('what is uploaded moves into the folder beside, and never over what is there', async () => {
    const { lab, engine, folder, path } = await scene()
    const uploaded = join(lab.folder, 'Uploaded', 'Dailies', 'reel')
    await mkdir(uploaded, { recursive: true })
    await writeFile(join(uploaded, 'a.txt'), 'there before')
    await mkdir(path('reel'))
    await writeFile(path('reel/a.txt'), 'a')
    await watch(engine, folder, { whenUploaded: 'move' })
    await vi.waitFor(async () => expect((await readdir(uploaded)).sort()).toEqual(['a (2).txt', 'a.txt']), patience)
    expect([await stored(lab), await readFile(join(uploaded, 'a (2).txt'), 'utf8')]).toEqual([
      { 'reel/a.txt': 'a' },
      'a',
    ])
    expect(await readFile(join(uploaded, 'a.txt'), 'utf8')).toBe('there before')
    expect(await readdir(path('reel'))).toEqual([])
  })
})
