import BetterSqlite3 from 'better-sqlite3'
import type { Failure, Result } from '../../../shared/failure.ts'
import type { DatabaseProblem } from '../../../shared/ipc.ts'
import { migrations } from './migrations.ts'

export type Database = BetterSqlite3.Database

/** How long (ms) a start waits for the lock of an engine that is just ending. */
const lockPatience = 2_000

/**
 * Opens or creates the database of a profile and brings it to this version's schema.
 *
 * `locking_mode=EXCLUSIVE`, set before WAL, is the one-engine-per-profile lock: it is held until close, and the system
 * frees it when the process dies. `synchronous=FULL`: in WAL mode NORMAL may lose the last commits in a power cut, and a
 * commit is what an acknowledged part rests on.
 */
export function openDatabase(path: string): Result<Database, DatabaseProblem> {
  let database: Database | null = null
  try {
    database = new BetterSqlite3(path, { timeout: lockPatience })
    database.pragma('locking_mode = EXCLUSIVE')
    database.pragma('journal_mode = WAL')
    database.pragma('synchronous = FULL')
    database.pragma('foreign_keys = ON')
    if (process.platform === 'darwin') database.pragma('fullfsync = ON')
    database.exec('BEGIN EXCLUSIVE; COMMIT')
    const version = database.pragma('user_version', { simple: true }) as number
    if (version > migrations.length) {
      database.close()
      return { ok: false, failure: 'database_newer' }
    }
    migrate(database, version)
    return { ok: true, value: database }
  } catch (error) {
    database?.close()
    return { ok: false, failure: databaseProblemOf(error) }
  }
}

/** Runs the migrations after the first `from`, each in one transaction with its `user_version`. */
export function migrate(database: Database, from: number, to: number = migrations.length): void {
  for (const [index, migration] of migrations.slice(from, to).entries()) {
    database.transaction(() => {
      database.exec(migration.sql)
      database.pragma(`user_version = ${from + index + 1}`)
    })()
  }
}

/** What an error of SQLite says about the database as a whole. */
export function databaseProblemOf(error: unknown): DatabaseProblem {
  const code = error instanceof BetterSqlite3.SqliteError ? error.code : ''
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) return 'database_locked'
  // SQLITE_ERROR: the tables are not ours
  const unreadable = ['SQLITE_CORRUPT', 'SQLITE_NOTADB', 'SQLITE_ERROR']
  if (unreadable.some((known) => code.startsWith(known))) return 'database_corrupt'
  return 'database_unusable'
}

/** What an error of SQLite means for the queue; null where the error is none of SQLite's. */
export function databaseFailureOf(error: unknown): Failure | null {
  if (!(error instanceof BetterSqlite3.SqliteError)) return null
  return { kind: error.code.startsWith('SQLITE_FULL') ? 'disk_full' : 'database_failed', detail: error.code }
}
