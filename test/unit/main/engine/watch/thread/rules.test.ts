import { describe, expect, test } from 'vitest'
import { rulesOf } from '../../../../../../src/main/engine/watch/thread/rules.ts'

/** What becomes of a path under a person's rules; one that ends with `/` is a folder. */
function reason(path: string, rules = '', { hidden = false, platform = 'linux' as NodeJS.Platform } = {}) {
  return rulesOf({ rules, hidden }, platform).reasonOf(path.replace(/\/$/, ''), path.endsWith('/'))
}

describe('the usual rules', () => {
  test.each([
    ['.DS_Store', '.DS_Store'],
    ['a/b/Thumbs.db', 'Thumbs.db'],
    ['desktop.ini', 'desktop.ini'],
    ['$RECYCLE.BIN/', '$RECYCLE.BIN/'],
    ['System Volume Information/', 'System Volume Information/'],
    ['lost+found/', 'lost+found/'],
    ['.Spotlight-V100/', '.Spotlight-V100'],
    ['Icon\r', 'Icon[\r]'],
    ['a/.longshoreignore', '.longshoreignore'],
    ['#recycle/', '\\#recycle/'],
  ])('leave out %j, which a system keeps', (path, rule) => {
    expect(reason(path)).toEqual({ kind: 'system', rule })
  })

  test.each([
    ['~$report.docx', '~$*'],
    ['film.mp4.crdownload', '*.crdownload'],
    ['film.mp4.part', '*.part'],
    ['copy.partial', '*.partial'],
    ['archive.zip.download/', '*.download'],
    ['.~lock.table.ods#', '.~lock.*'],
    ['.notes.txt.swp', '.*.sw?'],
    ['notes.txt~', '*~'],
    ['#notes.txt#', '\\#*#'],
  ])('leave out %j, which a program writes while it works', (path, rule) => {
    expect(reason(path)).toEqual({ kind: 'temporary', rule })
  })

  test.each(['photo.jpg', 'Icons', 'parts', 'a part', 'lost+found', '4913', '#1.jpg', 'a~b', 'film.partly'])(
    'let %j through',
    (path) => {
      expect(reason(path)).toBeNull()
    },
  )

  test('make no difference of case on any system', () => {
    expect(reason('THUMBS.DB')).toEqual({ kind: 'system', rule: 'Thumbs.db' })
  })
})

describe('hidden names', () => {
  test('are left out, folders too', () => {
    expect([reason('.bashrc'), reason('a/.git/')]).toEqual([{ kind: 'hidden' }, { kind: 'hidden' }])
  })

  test('go where the person wants them, but not what systems and programs hide', () => {
    expect(reason('.bashrc', '', { hidden: true })).toBeNull()
    expect(reason('.DS_Store', '', { hidden: true })?.kind).toBe('system')
    expect(reason('.a.swp', '', { hidden: true })?.kind).toBe('temporary')
  })

  test('are taken back by a rule that begins with their dot', () => {
    expect(reason('.env', '!.env')).toBeNull()
    expect(reason('a/.env', '!/a/.env')).toBeNull()
    expect(reason('.config/', '!.config/')).toBeNull()
    expect(reason('.other', '!.env')).toEqual({ kind: 'hidden' })
  })

  test('are not taken back by a rule of wildcards only, which takes back everything else', () => {
    const photosOnly = '*\n!*/\n!*.jpg'
    expect(reason('a/', photosOnly)).toBeNull()
    expect(reason('a/b.jpg', photosOnly)).toBeNull()
    expect(reason('.git/', photosOnly)).toEqual({ kind: 'hidden' })
    expect(reason('.b.jpg', photosOnly)).toEqual({ kind: 'hidden' })
  })
})

describe("a person's rules", () => {
  test('are named as they were written', () => {
    expect(reason('a.log', '# logs\n\n *.tmp\n*.log  ')).toEqual({ kind: 'yours', rule: '*.log  ' })
  })

  test('come after the usual ones, so that ! takes those back', () => {
    expect(reason('film.part', '!*.part')).toBeNull()
  })

  test('make a difference of case on Linux only, as git does', () => {
    expect(reason('A.LOG', '*.log')).toBeNull()
    expect(reason('A.LOG', '*.log', { platform: 'win32' })).toEqual({ kind: 'yours', rule: '*.log' })
    expect(reason('A.LOG', '*.log', { platform: 'darwin' })).toEqual({ kind: 'yours', rule: '*.log' })
  })

  test('that mean nothing leave everything as it is', () => {
    expect(reason('a', '/\n!\n\\\n[\n[z-a]\n   \n\uFEFF')).toBeNull()
  })

  test('may end their lines as Windows does, and begin with a byte order mark', () => {
    expect(reason('a.log', '\uFEFF*.log\r\n*.tmp\r\n')).toEqual({ kind: 'yours', rule: '*.log' })
    expect(reason('a.tmp', '\uFEFF*.log\r\n*.tmp\r\n')).toEqual({ kind: 'yours', rule: '*.tmp' })
  })
})

describe('the rules of a rules file', () => {
  const rules = rulesOf({ rules: '*.log', hidden: false }, 'linux')

  test('count from its folder down and nowhere else', () => {
    const below = rules.with('a/b', '*.txt\n/top\nin/side')
    const file = 'a/b/.longshoreignore'
    expect(below.reasonOf('a/b/c/d.txt', false)).toEqual({ kind: 'file', rule: '*.txt', file })
    expect(below.reasonOf('a/b/top', false)).toEqual({ kind: 'file', rule: '/top', file })
    expect(below.reasonOf('a/b/c/top', false)).toBeNull()
    expect(below.reasonOf('a/b/in/side', false)).toEqual({ kind: 'file', rule: 'in/side', file })
    expect(below.reasonOf('a/d.txt', false)).toBeNull()
  })

  test('win over those of the folders above', () => {
    const below = rules.with('', '*.txt').with('a', '!*.txt\n!*.log\n!.env')
    expect(below.reasonOf('a/b.txt', false)).toBeNull()
    expect(below.reasonOf('a/b.log', false)).toBeNull()
    expect(below.reasonOf('a/.env', false)).toBeNull()
    expect(below.reasonOf('b.txt', false)?.kind).toBe('file')
    expect(below.reasonOf('.env', false)).toEqual({ kind: 'hidden' })
  })

  test('count in a folder whose name looks like a pattern', () => {
    const below = rules.with('a*[b]?\\', '*.txt')
    expect(below.reasonOf('a*[b]?\\/c.txt', false)?.kind).toBe('file')
    expect(below.reasonOf('axbxx/c.txt', false)).toBeNull()
  })
})
