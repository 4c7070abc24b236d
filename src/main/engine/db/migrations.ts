/**
 * The schema's history. `user_version` of a database is the number of migrations it has seen; each runs in one
 * transaction. A migration that has been released is never edited: the next one mends it.
 */
export const migrations: readonly { readonly name: string; readonly sql: string }[] = [
  {
    name: 'the queue',
    sql: `
      CREATE TABLE accounts (
        id INTEGER PRIMARY KEY,
        broker_url TEXT NOT NULL,
        subject TEXT NOT NULL,
        label TEXT NOT NULL,
        UNIQUE (broker_url, subject)
      ) STRICT;

      CREATE TABLE grants (
        id INTEGER PRIMARY KEY,
        account_id INTEGER NOT NULL REFERENCES accounts (id),
        purpose TEXT NOT NULL,
        kind TEXT NOT NULL,
        bucket TEXT NOT NULL,
        prefix TEXT NOT NULL,
        region TEXT NOT NULL,
        endpoint TEXT,
        options TEXT NOT NULL CHECK (json_valid(options)),
        token TEXT NOT NULL,
        renew_until INTEGER NOT NULL
      ) STRICT;

      CREATE TABLE folders (
        id INTEGER PRIMARY KEY,
        account_id INTEGER NOT NULL REFERENCES accounts (id),
        purpose TEXT NOT NULL,
        path TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        UNIQUE (account_id, path)
      ) STRICT;

      CREATE TABLE transfers (
        id INTEGER PRIMARY KEY,
        uuid TEXT NOT NULL UNIQUE,
        account_id INTEGER NOT NULL REFERENCES accounts (id),
        purpose TEXT NOT NULL,
        folder_id INTEGER REFERENCES folders (id),
        relative_path TEXT NOT NULL,
        source_path TEXT NOT NULL,
        source_id TEXT,
        size INTEGER NOT NULL CHECK (size >= 0),
        content_type TEXT NOT NULL,
        modified_at INTEGER NOT NULL,
        grant_id INTEGER REFERENCES grants (id),
        bucket TEXT,
        key TEXT,
        part_size INTEGER NOT NULL CHECK (part_size > 0),
        state TEXT NOT NULL CHECK
          (state IN ('queued', 'completing', 'canceling', 'paused', 'failed', 'completed', 'canceled')),
        upload_id TEXT,
        abort_at INTEGER,
        attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
        retry_at INTEGER NOT NULL DEFAULT 0,
        priority INTEGER NOT NULL DEFAULT 0,
        failure_kind TEXT,
        failure_detail TEXT,
        etag TEXT,
        checksum TEXT,
        checksum_kind TEXT CHECK (checksum_kind IN ('checksum', 'md5_of_parts', 'size')),
        version_id TEXT,
        receipt TEXT,
        reported_at INTEGER,
        created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL,
        list_rank INTEGER NOT NULL GENERATED ALWAYS AS (CASE state
          WHEN 'failed' THEN 0 WHEN 'completing' THEN 1 WHEN 'queued' THEN 2 WHEN 'canceling' THEN 2
          WHEN 'paused' THEN 3 WHEN 'completed' THEN 4 ELSE 5 END) VIRTUAL,
        CHECK (state NOT IN ('completing', 'canceling') OR upload_id IS NOT NULL),
        CHECK (upload_id IS NULL OR key IS NOT NULL),
        CHECK ((key IS NULL) = (grant_id IS NULL) AND (key IS NULL) = (bucket IS NULL)),
        CHECK ((state = 'completed') = (etag IS NOT NULL)),
        CHECK ((etag IS NULL) = (checksum_kind IS NULL)),
        CHECK (state <> 'failed' OR failure_kind IS NOT NULL),
        CHECK (source_id IS NOT NULL OR key IS NULL)
      ) STRICT;

      CREATE UNIQUE INDEX transfers_open_source ON transfers (account_id, purpose, source_path)
        WHERE state IN ('queued', 'completing', 'paused', 'failed');
      CREATE INDEX transfers_runnable ON transfers (priority DESC, id)
        WHERE state IN ('queued', 'completing', 'canceling');
      CREATE INDEX transfers_due ON transfers (account_id, retry_at)
        WHERE state IN ('queued', 'completing', 'canceling');
      CREATE INDEX transfers_unreported ON transfers (id)
        WHERE state = 'completed' AND reported_at IS NULL;
      CREATE INDEX transfers_totals ON transfers (account_id, state, size);
      CREATE INDEX transfers_listed ON transfers (account_id, list_rank, priority DESC, id);

      CREATE TRIGGER transfers_destination_is_written_once
        BEFORE UPDATE OF bucket, key, grant_id ON transfers
        WHEN OLD.key IS NOT NULL
          AND (NEW.key IS NOT OLD.key OR NEW.bucket IS NOT OLD.bucket OR NEW.grant_id IS NOT OLD.grant_id)
        BEGIN SELECT RAISE (ABORT, 'bucket, key and grant of a transfer are written once'); END;

      CREATE TABLE parts (
        transfer_id INTEGER NOT NULL REFERENCES transfers (id) ON DELETE CASCADE,
        part_number INTEGER NOT NULL CHECK (part_number BETWEEN 1 AND 10000),
        size INTEGER NOT NULL CHECK (size > 0),
        etag TEXT NOT NULL,
        checksum TEXT NOT NULL,
        PRIMARY KEY (transfer_id, part_number)
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE drops (
        id INTEGER PRIMARY KEY,
        account_id INTEGER NOT NULL REFERENCES accounts (id),
        purpose TEXT NOT NULL,
        path TEXT NOT NULL,
        relative_path TEXT NOT NULL
      ) STRICT;

      CREATE TABLE uploaded_files (
        folder_id INTEGER NOT NULL REFERENCES folders (id) ON DELETE CASCADE,
        relative_path TEXT NOT NULL,
        source_id TEXT NOT NULL,
        size INTEGER NOT NULL,
        checksum TEXT NOT NULL,
        key TEXT NOT NULL,
        etag TEXT NOT NULL,
        uploaded_at INTEGER NOT NULL,
        PRIMARY KEY (folder_id, relative_path)
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE settings (
        name TEXT PRIMARY KEY,
        value TEXT NOT NULL CHECK (json_valid(value))
      ) STRICT, WITHOUT ROWID;
    `,
  },
  {
    name: 'what stores can do',
    sql: `
      CREATE TABLE store_capabilities (
        address TEXT NOT NULL,
        capability TEXT NOT NULL,
        supported INTEGER NOT NULL CHECK (supported IN (0, 1)),
        learned_at INTEGER NOT NULL,
        PRIMARY KEY (address, capability)
      ) STRICT, WITHOUT ROWID;

      ALTER TABLE grants ADD COLUMN address TEXT GENERATED ALWAYS AS (coalesce(endpoint, region)) VIRTUAL;
    `,
  },
  {
    // SQLite changes a CHECK only by making the table anew; its parts stand aside meanwhile, for they would go with the old one.
    name: 'what a transfer remembers',
    sql: `
      CREATE TEMP TABLE standing_aside AS SELECT * FROM parts;
      DROP TABLE parts;
      ALTER TABLE transfers RENAME TO transfers_before;
      DROP INDEX transfers_open_source;
      DROP INDEX transfers_runnable;
      DROP INDEX transfers_due;
      DROP INDEX transfers_unreported;
      DROP INDEX transfers_totals;
      DROP INDEX transfers_listed;
      DROP TRIGGER transfers_destination_is_written_once;

      CREATE TABLE transfers (
        id INTEGER PRIMARY KEY,
        uuid TEXT NOT NULL UNIQUE,
        account_id INTEGER NOT NULL REFERENCES accounts (id),
        purpose TEXT NOT NULL,
        folder_id INTEGER REFERENCES folders (id),
        relative_path TEXT NOT NULL,
        source_path TEXT NOT NULL,
        source_id TEXT,
        size INTEGER NOT NULL CHECK (size >= 0),
        content_type TEXT NOT NULL,
        modified_at INTEGER NOT NULL,
        grant_id INTEGER REFERENCES grants (id),
        bucket TEXT,
        key TEXT,
        part_size INTEGER NOT NULL CHECK (part_size > 0),
        state TEXT NOT NULL CHECK
          (state IN ('queued', 'completing', 'canceling', 'paused', 'failed', 'completed', 'canceled')),
        upload_id TEXT,
        abort_at INTEGER,
        attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
        restarts INTEGER NOT NULL DEFAULT 0 CHECK (restarts >= 0),
        retry_at INTEGER NOT NULL DEFAULT 0,
        priority INTEGER NOT NULL DEFAULT 0,
        failure_kind TEXT,
        failure_detail TEXT,
        etag TEXT,
        checksum TEXT,
        checksum_kind TEXT CHECK (checksum_kind IN ('checksum', 'md5_of_parts', 'size')),
        version_id TEXT,
        receipt TEXT,
        reported_at INTEGER,
        created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL,
        list_rank INTEGER NOT NULL GENERATED ALWAYS AS (CASE state
          WHEN 'failed' THEN 0 WHEN 'completing' THEN 1 WHEN 'queued' THEN 2 WHEN 'canceling' THEN 2
          WHEN 'paused' THEN 3 WHEN 'completed' THEN 4 ELSE 5 END) VIRTUAL,
        CHECK (state <> 'completing' OR upload_id IS NOT NULL),
        CHECK (state <> 'canceling' OR key IS NOT NULL),
        CHECK (upload_id IS NULL OR key IS NOT NULL),
        CHECK ((key IS NULL) = (grant_id IS NULL) AND (key IS NULL) = (bucket IS NULL)),
        CHECK ((state = 'completed') = (etag IS NOT NULL)),
        CHECK ((etag IS NULL) = (checksum_kind IS NULL)),
        CHECK (state <> 'failed' OR failure_kind IS NOT NULL),
        CHECK (source_id IS NOT NULL OR key IS NULL)
      ) STRICT;

      CREATE UNIQUE INDEX transfers_open_source ON transfers (account_id, purpose, source_path)
        WHERE state IN ('queued', 'completing', 'paused', 'failed');
      CREATE INDEX transfers_runnable ON transfers (priority DESC, id)
        WHERE state IN ('queued', 'completing', 'canceling');
      CREATE INDEX transfers_due ON transfers (account_id, retry_at)
        WHERE state IN ('queued', 'completing', 'canceling');
      CREATE INDEX transfers_unreported ON transfers (id)
        WHERE state = 'completed' AND reported_at IS NULL;
      CREATE INDEX transfers_totals ON transfers (account_id, state, size);
      CREATE INDEX transfers_listed ON transfers (account_id, list_rank, priority DESC, id);

      CREATE TRIGGER transfers_destination_is_written_once
        BEFORE UPDATE OF bucket, key, grant_id ON transfers
        WHEN OLD.key IS NOT NULL
          AND (NEW.key IS NOT OLD.key OR NEW.bucket IS NOT OLD.bucket OR NEW.grant_id IS NOT OLD.grant_id)
        BEGIN SELECT RAISE (ABORT, 'bucket, key and grant of a transfer are written once'); END;

      INSERT INTO transfers
        (id, uuid, account_id, purpose, folder_id, relative_path, source_path, source_id, size, content_type, modified_at, grant_id,
        bucket, key, part_size, state, upload_id, abort_at, attempts, retry_at, priority, failure_kind, failure_detail, etag,
        checksum, checksum_kind, version_id, receipt, reported_at, created_at, updated_at)
      SELECT id, uuid, account_id, purpose, folder_id, relative_path, source_path, source_id, size, content_type, modified_at, grant_id,
        bucket, key, part_size, state, upload_id, abort_at, attempts, retry_at, priority, failure_kind, failure_detail, etag,
        checksum, checksum_kind, version_id, receipt, reported_at, created_at, updated_at
      FROM transfers_before;
      DROP TABLE transfers_before;
      CREATE INDEX transfers_away ON transfers (id) WHERE state = 'queued' AND failure_kind = 'source_missing';

      CREATE TABLE parts (
        transfer_id INTEGER NOT NULL REFERENCES transfers (id) ON DELETE CASCADE,
        part_number INTEGER NOT NULL CHECK (part_number BETWEEN 1 AND 10000),
        size INTEGER NOT NULL CHECK (size > 0),
        etag TEXT NOT NULL,
        checksum TEXT NOT NULL,
        proof TEXT NOT NULL CHECK (proof IN ('checksum', 'md5', 'none')),
        PRIMARY KEY (transfer_id, part_number)
      ) STRICT, WITHOUT ROWID;
      INSERT INTO parts (transfer_id, part_number, size, etag, checksum, proof)
      SELECT transfer_id, part_number, size, etag, checksum, 'none' FROM standing_aside;
      DROP TABLE standing_aside;
    `,
  },
  {
    name: 'watched folders',
    sql: `
      ALTER TABLE folders ADD COLUMN uuid TEXT NOT NULL DEFAULT '';
      UPDATE folders SET uuid = lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2)
        || '-a' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)));
      CREATE UNIQUE INDEX folders_uuid ON folders (uuid);
      ALTER TABLE folders ADD COLUMN options TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(options));
      ALTER TABLE folders ADD COLUMN paused_at INTEGER;
      ALTER TABLE folders ADD COLUMN removed_at INTEGER;
      ALTER TABLE folders ADD COLUMN forgotten INTEGER NOT NULL DEFAULT 0 CHECK (forgotten IN (0, 1));
      ALTER TABLE folders ADD COLUMN identity TEXT;
      ALTER TABLE folders ADD COLUMN uploaded INTEGER NOT NULL DEFAULT 0;
      UPDATE folders SET uploaded = (SELECT count(*) FROM uploaded_files WHERE folder_id = folders.id AND checksum <> '');

      CREATE TRIGGER uploaded_files_are_counted AFTER INSERT ON uploaded_files WHEN NEW.checksum <> ''
        BEGIN UPDATE folders SET uploaded = uploaded + 1 WHERE id = NEW.folder_id; END;
      CREATE TRIGGER forgotten_files_are_not_counted AFTER DELETE ON uploaded_files WHEN OLD.checksum <> ''
        BEGIN UPDATE folders SET uploaded = uploaded - 1 WHERE id = OLD.folder_id; END;
      CREATE TRIGGER left_files_are_not_counted AFTER UPDATE OF checksum ON uploaded_files
        WHEN (OLD.checksum = '') <> (NEW.checksum = '')
        BEGIN
          UPDATE folders SET uploaded = uploaded + (NEW.checksum <> '') - (OLD.checksum <> '') WHERE id = NEW.folder_id;
        END;
      CREATE INDEX uploaded_files_by_size ON uploaded_files (folder_id, size);

      ALTER TABLE transfers ADD COLUMN replaces INTEGER NOT NULL DEFAULT 0 CHECK (replaces IN (0, 1));
      ALTER TABLE transfers ADD COLUMN moved_from TEXT CHECK (moved_from IS NULL OR state = 'completed');
      CREATE INDEX transfers_of_folder ON transfers (folder_id, state, updated_at) WHERE folder_id IS NOT NULL;
      CREATE INDEX transfers_being_written ON transfers (folder_id, id)
        WHERE state = 'queued' AND failure_kind = 'being_written';
    `,
  },
]
