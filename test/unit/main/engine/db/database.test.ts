import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { describe, expect, it, onTestFinished } from 'vitest'
import { databaseFailureOf, databaseProblemOf, openDatabase } from '../../../../../src/main/engine/db/database.ts'
import { migrations } from '../../../../../src/main/engine/db/migrations.ts'
import { temporaryFolder } from '../../../../support/temporary-folder.ts'
import { temporaryDatabase } from '../../../../support/temporary-queue.ts'

const databaseModule = join(import.meta.dirname, '../../../../../src/main/engine/db/database.ts')
const profile = () => join(temporaryFolder(), 'longshore.db')

describe('an open database', () => {
  it('still has its pragmas after a write: every commit is on the disk before it answers', () => {
    const database = temporaryDatabase()
    database.prepare("INSERT INTO settings VALUES ('queuePaused', 'true')").run()
    const pragma = (name: string) => database.pragma(name, { simple: true })
    expect({
      journalMode: pragma('journal_mode'),
      synchronous: pragma('synchronous'),
      foreignKeys: pragma('foreign_keys'),
      lockingMode: pragma('locking_mode'),
      userVersion: pragma('user_version'),
    }).toEqual({
      journalMode: 'wal',
      synchronous: 2,
      foreignKeys: 1,
      lockingMode: 'exclusive',
      userVersion: migrations.length,
    })
  })

  it('keeps what was written when it is closed and opened again', () => {
    const path = profile()
    const first = temporaryDatabase(path)
    first.prepare("INSERT INTO settings VALUES ('slots', '3')").run()
    first.close()
    expect(temporaryDatabase(path).prepare('SELECT * FROM settings').all()).toEqual([{ name: 'slots', value: '3' }])
  })

  it('lets nobody else of this process in until it is closed', () => {
    const path = profile()
    const first = temporaryDatabase(path)
    expect(openDatabase(path)).toEqual({ ok: false, failure: 'database_locked' })
    first.close()
    temporaryDatabase(path)
  })

  it('lets no other process in, and is free as soon as that one was killed', async () => {
    const path = profile()
    const script = `
      const { openDatabase } = await import(${JSON.stringify(databaseModule)})
      const opened = openDatabase(${JSON.stringify(path)})
      if (!opened.ok) throw new Error(opened.failure)
      opened.value.prepare("INSERT INTO settings VALUES ('slots', '3')").run()
      console.log('holds it')
      setInterval(() => opened.value, 60_000)`
    const holder = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const exited = once(holder, 'exit')
    onTestFinished(() => {
      holder.kill('SIGKILL')
    })
    await Promise.race([once(holder.stdout, 'data'), exited.then(() => expect.unreachable('the other process ended'))])

    expect(openDatabase(path)).toEqual({ ok: false, failure: 'database_locked' })
    holder.kill('SIGKILL')
    await exited
    expect(temporaryDatabase(path).prepare('SELECT value FROM settings').pluck().all()).toEqual(['3'])
  })
})

describe('a database that cannot be used', () => {
  it('is newer than the app, and left as it is', () => {
    const path = profile()
    const newer = temporaryDatabase(path)
    newer.pragma(`user_version = ${migrations.length + 1}`)
    newer.close()
    expect(openDatabase(path)).toEqual({ ok: false, failure: 'database_newer' })
    const untouched = new BetterSqlite3(path)
    expect(untouched.pragma('user_version', { simple: true })).toBe(migrations.length + 1)
    untouched.close()
  })

  it('is no database, and left as it is', () => {
    const path = profile()
    const garbage = Buffer.alloc(8_192, 'no database ')
    writeFileSync(path, garbage)
    expect(openDatabase(path)).toEqual({ ok: false, failure: 'database_corrupt' })
    expect(readFileSync(path).equals(garbage)).toBe(true)
  })

  it('is one whose pages were overwritten', () => {
    const path = profile()
    temporaryDatabase(path).close()
    const bytes = readFileSync(path)
    bytes.fill('x', 100, 4_096)
    writeFileSync(path, bytes)
    expect(openDatabase(path)).toEqual({ ok: false, failure: 'database_corrupt' })
  })

  it('is a folder', () => {
    const path = profile()
    mkdirSync(path)
    expect(openDatabase(path)).toEqual({ ok: false, failure: 'database_unusable' })
  })

  it('lies in a folder that is not there', () => {
    const path = join(temporaryFolder(), 'missing', 'longshore.db')
    expect(openDatabase(path)).toEqual({ ok: false, failure: 'database_unusable' })
    expect(existsSync(path)).toBe(false)
  })

  it.skipIf(process.getuid?.() === 0)('lies in a folder that may not be written', () => {
    const folder = temporaryFolder()
    chmodSync(folder, 0o500)
    onTestFinished(() => chmodSync(folder, 0o700))
    expect(openDatabase(join(folder, 'longshore.db'))).toEqual({ ok: false, failure: 'database_unusable' })
  })

  it('is free again for the next one who tries', () => {
    const path = profile()
    const newer = temporaryDatabase(path)
    newer.pragma('user_version = 99')
    newer.close()
    expect(openDatabase(path).ok).toBe(false)
    const mended = new BetterSqlite3(path, { timeout: 0 })
    mended.pragma(`user_version = ${migrations.length}`)
    mended.close()
    temporaryDatabase(path)
  })
})

describe('an error of SQLite', () => {
  it.each([
    { code: 'SQLITE_BUSY', problem: 'database_locked', kind: 'database_failed' },
    { code: 'SQLITE_CORRUPT_VTAB', problem: 'database_corrupt', kind: 'database_failed' },
    { code: 'SQLITE_NOTADB', problem: 'database_corrupt', kind: 'database_failed' },
    { code: 'SQLITE_CANTOPEN', problem: 'database_unusable', kind: 'database_failed' },
    { code: 'SQLITE_READONLY', problem: 'database_unusable', kind: 'database_failed' },
    { code: 'SQLITE_IOERR_WRITE', problem: 'database_unusable', kind: 'database_failed' },
    { code: 'SQLITE_FULL', problem: 'database_unusable', kind: 'disk_full' },
  ])('$code means $problem for the profile and $kind for the queue', ({ code, problem, kind }) => {
    const error = new BetterSqlite3.SqliteError('', code)
    expect([databaseProblemOf(error), databaseFailureOf(error)]).toEqual([problem, { kind, detail: code }])
  })

  it('is told from other errors', () => {
    expect([databaseFailureOf(new Error('no')), databaseFailureOf(null)]).toEqual([null, null])
  })

  it('comes from a real database that may not grow', () => {
    const database = temporaryDatabase()
    database.pragma(`max_page_count = ${database.pragma('page_count', { simple: true })}`)
    const fill = () => database.prepare("INSERT INTO settings VALUES ('big', json_quote(?))").run('x'.repeat(100_000))
    let error: unknown
    try {
      fill()
    } catch (thrown) {
      error = thrown
    }
    expect(databaseFailureOf(error)).toEqual({ kind: 'disk_full', detail: 'SQLITE_FULL' })
  })
})
