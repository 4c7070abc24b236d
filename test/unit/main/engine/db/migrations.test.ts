import BetterSqlite3 from 'better-sqlite3'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type Database, migrate } from '../../../../../src/main/engine/db/database.ts'
import { migrations } from '../../../../../src/main/engine/db/migrations.ts'

/**
 * What each migration is held to, by its name: `before` fills a database of the version before it, as that version would
 * have; `after` looks at what became of it. A migration without an entry here fails.
 */
const proofs: Readonly<Record<string, { before(database: Database): void; after(database: Database): void }>> = {
  'the queue': {
    before: () => {},
    after(database) {
      const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").pluck().all()
      expect(tables).toEqual([
        'accounts',
        'drops',
        'folders',
        'grants',
        'parts',
        'settings',
        'transfers',
        'uploaded_files',
      ])
      const loose = database.prepare("SELECT name FROM pragma_table_list WHERE schema = 'main' AND strict = 0").pluck()
      expect(loose.all()).toEqual(['sqlite_schema'])
    },
  },
}

/** A database that has seen the first `version` migrations. */
function databaseOf(version: number): Database {
  const database = new BetterSqlite3(':memory:')
  onTestFinished(() => {
    database.close()
  })
  database.pragma('foreign_keys = ON')
  migrate(database, 0, version)
  return database
}
const versionOf = (database: Database) => database.pragma('user_version', { simple: true })

it('each migration has its proof', () => {
  expect(Object.keys(proofs)).toEqual(migrations.map(({ name }) => name))
})

describe.each(migrations.map(({ name }, index) => ({ name, index })))('migration “$name”', ({ name, index }) => {
  it('keeps what the version before had stored', () => {
    const database = databaseOf(index)
    proofs[name]?.before(database)
    migrate(database, index, index + 1)
    proofs[name]?.after(database)
    expect(versionOf(database)).toBe(index + 1)
    expect(database.pragma('foreign_key_check')).toEqual([])
    expect(database.pragma('integrity_check', { simple: true })).toBe('ok')
  })
})

it('a database of any version ends up with the schema of a new one', () => {
  const schemaOf = (database: Database) =>
    database.prepare('SELECT type, name, sql FROM sqlite_schema ORDER BY name').all()
  const fresh = databaseOf(migrations.length)
  for (const version of migrations.keys()) {
    const database = databaseOf(version)
    migrate(database, version)
    expect(schemaOf(database)).toEqual(schemaOf(fresh))
  }
})

it('a migration that fails halfway leaves nothing of itself', () => {
  const database = databaseOf(0)
  database.exec('CREATE TABLE settings (x)')
  expect(() => migrate(database, 0)).toThrow('settings already exists')
  expect(database.prepare('SELECT name FROM sqlite_schema').pluck().all()).toEqual(['settings'])
  expect(versionOf(database)).toBe(0)
})
