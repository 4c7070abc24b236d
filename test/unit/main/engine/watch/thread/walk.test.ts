import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  linkSync,
  mkdirSync,
  renameSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { sourceIdOf } from '../../../../../../src/main/engine/transfers/source-file.ts'
import { group, ignoredFor, listed, place, plant, tree, walked } from './tree.ts'

describe('a walk', () => {
  test('finds each file with what tells whether it changed', () => {
    const root = tree({ 'a/b.txt': 'hello' })
    utimesSync(join(root, 'a/b.txt'), 1_000, 1_000)
    const stats = statSync(join(root, 'a/b.txt'), { bigint: true })
    expect(walked(place(root)).files).toEqual([
      {
        path: 'a/b.txt',
        size: 5,
        sourceId: sourceIdOf(stats),
        modifiedAt: 1_000_000,
        changedAt: Number(stats.ctimeMs),
      },
    ])
  })

  test('goes in the order of code units, the files of a folder before those below it', () => {
    const root = tree({ 'b/x': '', 'a/z/y': '', 'a/c': '', Z: '', ä: '', b2: '', 'a-b/q': '' })
    expect(walked(place(root)).paths).toEqual(['Z', 'b2', 'ä', 'a/c', 'a/z/y', 'a-b/q', 'b/x'])
  })

  test('says that nothing at all is in a folder, not even what is ignored', () => {
    expect(walked(place(tree())).entries).toBe(0)
    expect(walked(place(tree({ '.DS_Store': '', 'a/': '' }))).entries).toBe(2)
  })

  test('counts what is ignored by why, with the first of it and its bytes, and enters no ignored folder', () => {
    const root = tree({
      'a.log': '12',
      'b/c.log': '345',
      'b/keep.txt': '',
      'target/a': '1',
      'target/b.log': '2',
      'x/target/c': '3',
      '.git/config': '',
      '.DS_Store': '1234',
    })
    const { paths, ignored } = walked(place(root, { rules: '*.log\ntarget/' }))
    expect(paths).toEqual(['b/keep.txt'])
    expect(ignored).toEqual([
      group({ kind: 'system', rule: '.DS_Store' }, '.DS_Store', 1, 4),
      ignoredFor('hidden', '.git'),
      group({ kind: 'yours', rule: '*.log' }, 'a.log', 2, 5),
      group({ kind: 'yours', rule: 'target/' }, 'target', 2),
    ])
  })

  test('states empty folders, but not those with something in them that is ignored', () => {
    const root = tree({ 'a/b/': '', 'c/': '', 'd/.DS_Store': '' })
    expect(walked(place(root)).ignored).toContainEqual(ignoredFor('empty_folder', 'a/b', 2))
  })

  test('heeds each rules file from its folder down', () => {
    const root = tree({
      '.longshoreignore': '*.txt',
      'a.txt': '',
      'b/.longshoreignore': '!c.txt',
      'b/c.txt': '',
      'b/d.txt': '',
    })
    expect(walked(place(root)).paths).toEqual(['b/c.txt'])
  })

  test('enters a folder that macOS shows as one file', () => {
    const root = tree({ 'Notes.app/Contents/Info.plist': '', 'Film.fcpbundle/a/b': '' })
    expect(walked(place(root)).paths).toEqual(['Film.fcpbundle/a/b', 'Notes.app/Contents/Info.plist'])
  })

  test('finds a file under each name that it has by hard links', () => {
    const root = tree({ a: 'x' })
    linkSync(join(root, 'a'), join(root, 'b'))
    expect(walked(place(root)).paths).toEqual(['a', 'b'])
  })
})

describe('what is neither file nor folder', () => {
  test('is left out: a socket and a pipe', async () => {
    const root = tree({ 'a.txt': '' })
    execFileSync('mkfifo', [join(root, 'pipe')])
    const server = createServer()
    onTestFinished(() => void server.close())
    await new Promise<void>((resolve) => server.listen(join(root, 'socket'), resolve))
    const { paths, ignored } = walked(place(root))
    expect(paths).toEqual(['a.txt'])
    expect(ignored).toEqual([ignoredFor('special', 'pipe', 2)])
  })

  test('is no rules file, whatever its name is: a pipe would hold the walk for ever', () => {
    const root = tree({ 'a.txt': '' })
    execFileSync('mkfifo', [join(root, '.longshoreignore')])
    expect(walked(place(root)).paths).toEqual(['a.txt'])
  })
})

describe('links', () => {
  const linked = (links: Readonly<Record<string, string>>, files: Readonly<Record<string, string>> = {}): string => {
    const root = tree(files)
    for (const [path, target] of Object.entries(links)) symlinkSync(target, join(root, path))
    return root
  }

  test('are counted and left out', () => {
    const root = linked({ b: 'a', c: '/', d: 'nowhere' }, { a: 'x' })
    const { paths, ignored } = walked(place(root))
    expect(paths).toEqual(['a'])
    expect(ignored).toEqual([ignoredFor('link', 'b', 3)])
  })

  test('to a file in the folder are that file under their own name, where they are followed', () => {
    const root = linked({ 'latest.txt': 'a/b.txt' }, { 'a/b.txt': 'hello' })
    const { files } = walked(place(root, { links: 'follow' }))
    expect(files.map(({ path, size }) => [path, size])).toEqual([
      ['latest.txt', 5],
      ['a/b.txt', 5],
    ])
    expect(files[0]?.sourceId).toBe(files[1]?.sourceId)
  })

  test('that lead out of the folder are never followed, also not by way of another link', () => {
    const outside = tree({ 'secret.txt': '' })
    const root = linked({ out: outside, file: join(outside, 'secret.txt'), up: '..', chain: 'out' })
    const { paths, ignored } = walked(place(root, { links: 'follow' }))
    expect(paths).toEqual([])
    expect(ignored).toEqual([ignoredFor('link_outside', 'chain', 4)])
  })

  test('that lead nowhere are told', () => {
    const root = linked({ gone: 'nowhere', itself: 'itself' })
    expect(walked(place(root, { links: 'follow' })).ignored).toEqual([ignoredFor('link_broken', 'gone', 2)])
  })

  test('that lead in a circle end nothing and are entered by nobody', () => {
    const root = linked({ 'a/up': '..', 'a/self': '.', 'a/b/up': '../..' }, { 'a/b/c.txt': '' })
    const { paths, ignored } = walked(place(root, { links: 'follow' }))
    expect(paths).toEqual(['a/b/c.txt'])
    expect(ignored).toEqual([ignoredFor('link_loop', 'a/self', 3)])
  })

  test('to a folder are not entered where its files are found in their own place', () => {
    const root = linked({ alias: 'real' }, { 'real/a.txt': '' })
    const { paths, ignored } = walked(place(root, { links: 'follow' }))
    expect(paths).toEqual(['real/a.txt'])
    expect(ignored).toEqual([ignoredFor('link', 'alias')])
  })

  test('to a folder are entered where it is ignored in its own place, and links in there are not', () => {
    const root = linked(
      { current: '.releases/2', '.releases/2/other': '../1' },
      { '.releases/1/a.txt': '', '.releases/2/b.txt': '' },
    )
    const { paths, ignored } = walked(place(root, { links: 'follow' }))
    expect(paths).toEqual(['current/b.txt'])
    expect(ignored).toContainEqual(ignoredFor('link', 'current/other'))
    expect(listed(place(root, { links: 'follow' }), ['current']).paths).toEqual(['current/b.txt'])
  })

  test('do not change what the folder is when the folder itself was named by one', () => {
    const real = tree({ 'a.txt': '' })
    const root = join(tree(), 'link')
    symlinkSync(real, root)
    expect(walked(place(root)).paths).toEqual(['a.txt'])
  })
})

describe('names', () => {
  test('with line ends, emoji, and dots and blanks at their end are found as they are', () => {
    const names = [
      'a\nb',
      'trailing.',
      'trailing ',
      '  ',
      'quote"\'',
      'back\\slash',
      '🎬.mp4',
      '\u202Egpj.exe',
      '-rf',
      'a..b',
    ]
    const root = tree(Object.fromEntries(names.map((name) => [`x/${name}`, ''])))
    expect(walked(place(root)).paths.toSorted()).toEqual(names.map((name) => `x/${name}`).toSorted())
  })

  test('that differ by case only are two files', () => {
    const root = tree({ 'a.txt': '', 'A.txt': '', 'b/x': '', 'B/x': '' })
    expect(walked(place(root)).paths).toEqual(['A.txt', 'a.txt', 'B/x', 'b/x'])
  })

  test('that differ by how letters are encoded only: the composed one is found, the others are told', () => {
    const [composed, decomposed] = ['\u00e9', 'e\u0301']
    const root = tree({ [composed]: '', [decomposed]: '', [`x/${composed}/a`]: '', [`x/${decomposed}/b`]: '' })
    const { paths, problems } = walked(place(root))
    expect(paths).toEqual([composed, `x/${composed}/a`])
    expect(problems).toEqual([group('name_taken', decomposed, 2)])
    expect(listed(place(root), [`x/${composed}`, `x/${decomposed}`]).paths).toEqual([`x/${composed}/a`])
  })

  test('that are ignored take no name from others', () => {
    const root = tree({ 'e\u0301.log': '', '\u00e9.log': '' })
    const { paths, problems } = walked(place(root, { rules: 'e\u0301.log' }))
    expect([paths, problems]).toEqual([['\u00e9.log'], []])
  })

  test('that are no text are told, for files and folders, and what looks alike but is text is found', () => {
    const root = tree({ '\uFFFD.txt': '' })
    writeFileSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xff, 0x2e, 0x74])]), 'x')
    mkdirSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xc3])]))
    const { paths, problems } = walked(place(root))
    expect(paths).toEqual(['\uFFFD.txt'])
    expect(problems).toEqual([group('name_not_text', '\uFFFD', 2)])
  })

  test('that together are too long for the system are told, and the rest is found', () => {
    const root = tree({ 'a.txt': '' })
    const name = 'n'.repeat(200)
    // a path of 4,096 bytes cannot be given: the deep part is made elsewhere and moved in
    const deep = tree()
    for (const part of [root, deep]) mkdirSync(join(part, ...Array(12).fill(name)), { recursive: true })
    writeFileSync(join(deep, ...Array(12).fill(name), 'bottom.txt'), '')
    renameSync(join(deep, name), join(root, ...Array(12).fill(name), 'm'))
    const { paths, problems } = walked(place(root))
    expect(paths).toEqual(['a.txt'])
    expect(problems).toMatchObject([{ why: 'path_too_long', count: 1 }])
  })
})

/** As somebody whom files' permissions concern. */
function withoutRights<Value>(run: () => Value): Value {
  if (process.getuid?.() !== 0) return run()
  process.seteuid?.(65_534)
  try {
    return run()
  } finally {
    process.seteuid?.(0)
  }
}

describe('what cannot be read', () => {
  test('is told, folders and rules files, and the rest is found', () => {
    const root = tree({ 'a/b.txt': '', 'c.txt': '', 'd/.longshoreignore': '*.key', 'd/e.key': '', 'f/g.txt': '' })
    chmodSync(root, 0o755)
    chmodSync(join(root, 'a'), 0o000)
    chmodSync(join(root, 'd/.longshoreignore'), 0o000)
    chmodSync(join(root, 'f'), 0o444)
    onTestFinished(() => ['a', 'f'].forEach((path) => void chmodSync(join(root, path), 0o755)))
    const { paths, problems } = withoutRights(() => walked(place(root)))
    expect(paths).toEqual(['c.txt'])
    expect(problems).toEqual([group('unreadable', 'a', 3)])
    const single = withoutRights(() => listed(place(root), ['', 'a', 'a/below', 'd', 'f']))
    expect(single.paths).toEqual(['c.txt'])
  })

  test('a rules file that is too large keeps its folder from being sent', () => {
    const root = tree({ 'a/.longshoreignore': '', 'a/b.txt': '', 'c.txt': '' })
    truncateSync(join(root, 'a/.longshoreignore'), 65_537)
    const { paths, problems } = walked(place(root))
    expect(paths).toEqual(['c.txt'])
    expect(problems).toEqual([group('unreadable', 'a/.longshoreignore')])
    expect(listed(place(root), ['', 'a', 'a/below']).paths).toEqual(['c.txt'])
  })
})

describe('placeholders of clouds', () => {
  const withHole = (): string => {
    const root = tree({ 'film.mp4': '', 'small.txt': '' })
    truncateSync(join(root, 'film.mp4'), 1_000_000)
    truncateSync(join(root, 'small.txt'), 1_000)
    return root
  }

  test.each(['darwin', 'win32'] as const)('are left out on %s, where a file without a block is one', (platform) => {
    const { paths, ignored } = walked(place(withHole(), {}, platform))
    expect(paths).toEqual(['small.txt'])
    expect(ignored).toEqual([ignoredFor('placeholder', 'film.mp4', 1, 1_000_000)])
  })

  test('cannot be told from sparse files on Linux, which are found', () => {
    expect(walked(place(withHole())).paths).toEqual(['film.mp4', 'small.txt'])
  })
})

describe('a list', () => {
  test('has the files of single folders and none of those below them', () => {
    const root = tree({ a: '', 'b/c': '', 'b/d/e': '', 'f/g': '' })
    expect(listed(place(root), ['b', '']).paths).toEqual(['b/c', 'a'])
  })

  test('heeds the rules of all folders above', () => {
    const root = tree({ 'a/.longshoreignore': 'c/d.txt', 'a/b/c/d.txt': '', 'a/b/c/e.log': '', 'a/c/d.txt': '' })
    expect(listed(place(root, { rules: '*.log' }), ['a/b/c', 'a/c']).paths).toEqual(['a/b/c/d.txt'])
  })

  test('has nothing of folders that are not there, ignored, or no folders', () => {
    const root = tree({ 'a.txt': '', 'target/b': '', '.git/c': '', 'gone/x': '' })
    renameSync(join(root, 'gone'), join(root, 'moved'))
    const folders = ['gone', 'target', 'target/deeper', '.git', 'a.txt']
    expect(listed(place(root, { rules: 'target/' }), folders).paths).toEqual([])
  })

  test('sees what the walk sees, folder by folder', () => {
    const root = tree()
    plant(root, {
      'a/.longshoreignore': '*.tmp\n!/keep.tmp',
      'a/keep.tmp': '',
      'a/b/drop.tmp': '',
      'a/b/c.txt': '',
      'd/e/f': '',
    })
    const folders = ['', 'a', 'a/b', 'd', 'd/e']
    expect(listed(place(root), folders).paths.toSorted()).toEqual(walked(place(root)).paths.toSorted())
  })
})
