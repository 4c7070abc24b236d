import BetterSqlite3 from 'better-sqlite3'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type Database, migrate } from '../../../../../src/main/engine/db/database.ts'
import { migrations } from '../../../../../src/main/engine/db/migrations.ts'

/** Rows as version 1 has them: of one file a part is stored, one is completed, one is being canceled. */
const ofVersion1 = {
  accounts: [{ id: 1, broker_url: 'https://broker.example', subject: 'ada', label: 'Ada' }],
  grants: [
    { ...grantOf(1), endpoint: 'https://store.example' },
    { ...grantOf(2), endpoint: null },
  ],
  folders: [{ id: 1, account_id: 1, purpose: 'inbox', path: '/home/ada', created_at: 1 }],
  transfers: [
    { ...transferOf(1), folder_id: 1, state: 'queued', upload_id: 'upload', abort_at: 9 },
    {
      ...transferOf(2),
      state: 'completed',
      etag: 'e',
      checksum: 'AAAAAA==',
      checksum_kind: 'checksum',
      version_id: 'v',
    },
    { ...transferOf(5), state: 'canceling', upload_id: 'upload', priority: 3 },
  ],
  parts: [
    { transfer_id: 1, part_number: 1, size: 16, etag: 'one', checksum: 'AAAAAA==' },
    { transfer_id: 1, part_number: 3, size: 16, etag: 'three', checksum: 'AAAAAA==' },
    { transfer_id: 5, part_number: 1, size: 16, etag: 'one', checksum: 'AAAAAA==' },
  ],
  drops: [{ id: 1, account_id: 1, purpose: 'inbox', path: '/home/ada/b', relative_path: 'b' }],
  uploaded_files: [{ ...fileOf(1), relative_path: 'a' }],
  settings: [{ name: 'slots', value: '4' }],
}

function grantOf(id: number) {
  const place = { kind: 'federation_token', bucket: 'inbox', prefix: `drops/${id}/`, region: 'eu-central-1' }
  return { id, account_id: 1, purpose: 'inbox', ...place, options: '{}', token: 'signed', renew_until: 7 }
}

function transferOf(id: number) {
  const source = { relative_path: 'a', source_path: `/home/ada/${id}`, source_id: '48:1:1:1:1', size: 48 }
  const place = { grant_id: 1, bucket: 'inbox', key: `drops/${id}/a`, part_size: 16 }
  const progress = { attempts: 2, retry_at: 5, failure_kind: 'server', failure_detail: '500' }
  const facts = { content_type: 'text/plain', modified_at: 3, created_at: 1, updated_at: 2 }
  return { id, uuid: `uuid-${id}`, account_id: 1, purpose: 'inbox', ...source, ...place, ...progress, ...facts }
}

function fileOf(folder: number) {
  const object = { key: 'drops/1/a', etag: 'e', checksum: 'AAAAAA==', uploaded_at: 1 }
  return { folder_id: folder, source_id: '48:1:1:1:1', size: 48, ...object }
}

const rowsOf = (database: Database, table: string) => database.prepare(`SELECT * FROM ${table}`).all()
/** What every table still holds, but for columns that came since. */
function expectKept(database: Database): void {
  for (const [table, rows] of Object.entries(ofVersion1)) {
    expect([table, rowsOf(database, table)]).toMatchObject([table, rows])
  }
}

function fill(
  database: Database,
  tables: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>,
): void {
  for (const [table, rows] of Object.entries(tables)) {
    for (const row of rows) {
      const columns = Object.keys(row)
      const values = columns.map((column) => `@${column}`)
      database.prepare(`INSERT INTO ${table} (${columns.join(', ')}) VALUES (${values.join(', ')})`).run(row)
    }
  }
}

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
  'what stores can do': {
    before: (database) => fill(database, ofVersion1),
    after(database) {
      expectKept(database)
      const addresses = database.prepare('SELECT address FROM grants ORDER BY id').pluck().all()
      expect([addresses, rowsOf(database, 'store_capabilities')]).toEqual([
        ['https://store.example', 'eu-central-1'],
        [],
      ])
    },
  },
  'what a transfer remembers': {
    before: (database) => fill(database, ofVersion1),
    after(database) {
      expectKept(database)
      expect(database.prepare('SELECT DISTINCT restarts FROM transfers').pluck().all()).toEqual([0])
      expect(database.prepare('SELECT DISTINCT proof FROM parts').pluck().all()).toEqual(['none'])
      database.prepare("UPDATE transfers SET state = 'canceling', upload_id = NULL WHERE id = 1").run()
    },
  },
  'watched folders': {
    before: (database) =>
      fill(database, { ...ofVersion1, parts: ofVersion1.parts.map((part) => ({ ...part, proof: 'none' })) }),
    after(database) {
      expectKept(database)
      const uploaded = () => database.prepare('SELECT uploaded FROM folders').pluck().all()
      expect([uploaded(), database.prepare('SELECT options, paused_at, removed_at FROM folders').all()]).toEqual([
        [1],
        [{ options: '{}', paused_at: null, removed_at: null }],
      ])
      expect(database.prepare('SELECT uuid FROM folders').pluck().get()).toMatch(
        /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/,
      )
      fill(database, { uploaded_files: [{ ...fileOf(1), relative_path: 'b' }] })
      expect(uploaded()).toEqual([2])
      database.prepare('DELETE FROM uploaded_files').run()
      expect(uploaded()).toEqual([0])
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
