import { closeSync, openSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { VIEW_VERSION } from '../generations.ts'
import { ALL_INDEXED, ENTITY_BITS } from '../numbers.ts'
import { BUSY_TIMEOUT_MS, connect } from './database.ts'
import { isBusy } from './failures.ts'
import { createGrams } from './grams.ts'

/** Stands in the file's header, so that no other SQLite file is taken for views: "rolv" in ASCII. */
const APPLICATION_ID = 0x726f6c76

/**
 * Entities are addressed by integers: tenant * 2^30 + n, so that all rows of a tenant are one range of rowids (see numbers.ts).
 * Times are milliseconds since 1970, roles and statuses numbers (codes.ts), `_fold` columns are folded texts ('' for none).
 * `shown` is the status, or 0 until the entity has its name: only shown entities are found. A row is made by whichever event
 * of its streams comes first, or by one that refers to it.
 */
const ENTITY = `
    num    INTEGER PRIMARY KEY,
    tenant INTEGER AS (num >> ${ENTITY_BITS}) VIRTUAL,
    n      INTEGER AS (num & ${2 ** ENTITY_BITS - 1}) VIRTUAL,
    id     TEXT NOT NULL,
    status INTEGER NOT NULL`

/** By name: those that only readers need. A load makes them at its end. */
export const READERS_INDEXES: Readonly<Record<string, string>> = {
  users_by_username: 'CREATE INDEX users_by_username ON users (tenant, shown, username_fold, n)',
  users_by_email: 'CREATE INDEX users_by_email ON users (tenant, shown, email_fold, n)',
  users_by_name: 'CREATE INDEX users_by_name ON users (tenant, shown, name_fold, n)',
  users_by_created: 'CREATE INDEX users_by_created ON users (tenant, shown, created_at, n)',
  users_by_updated: 'CREATE INDEX users_by_updated ON users (tenant, shown, updated_at, n)',
}

/** What users are found by, besides their own table: a load builds it aside (aside/IndexBuilder.ts). */
export const USER_INDEXES = `
  ${createGrams('user_grams')}

  -- Top-level attributes with a text, a number or a boolean: what a filter can name. See attributes.ts.
  CREATE TABLE user_attributes (
    tenant INTEGER NOT NULL,
    name   TEXT NOT NULL,
    value  TEXT NOT NULL,
    user   INTEGER NOT NULL,
    PRIMARY KEY (tenant, name, value, user)
  ) STRICT, WITHOUT ROWID;
`

const SCHEMA = `
  -- position: of the log. batch: counts the transactions. tenants_seq: of the stream of tenants. indexed: the last user whose grams
  -- and attributes are kept, ALL_INDEXED but for a load (load.ts). incarnation: no other views have the same.
  CREATE TABLE progress (
    id          INTEGER PRIMARY KEY CHECK (id = 1),
    position    INTEGER NOT NULL,
    batch       INTEGER NOT NULL,
    tenants_seq INTEGER NOT NULL,
    indexed     INTEGER NOT NULL,
    incarnation TEXT NOT NULL
  ) STRICT;
  INSERT INTO progress VALUES (1, 0, 0, 0, ${ALL_INDEXED}, hex(randomblob(8)));

  -- What the newest batches changed: JSON, keys of row caches; null for more than is worth listing.
  CREATE TABLE recent (
    batch   INTEGER PRIMARY KEY,
    changed TEXT
  ) STRICT;

  CREATE TABLE quarantine (
    stream TEXT PRIMARY KEY,
    seq    INTEGER NOT NULL,
    reason TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;

  -- users, groups: how many numbers have been given out.
  CREATE TABLE tenants (
    num        INTEGER PRIMARY KEY,
    id         TEXT NOT NULL UNIQUE,
    name       TEXT,
    created_at INTEGER NOT NULL,
    users      INTEGER NOT NULL,
    groups     INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE users (${ENTITY},
    shown         INTEGER AS (iif(username IS NULL, 0, status)) VIRTUAL,
    username      TEXT,
    username_fold TEXT NOT NULL,
    email         TEXT,
    email_fold    TEXT NOT NULL,
    name          TEXT,
    name_fold     TEXT NOT NULL,
    attributes    TEXT NOT NULL,
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL,
    user_seq      INTEGER NOT NULL,
    profile_seq   INTEGER NOT NULL,
    keys_seq      INTEGER NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX users_by_id ON users (tenant, id);
  ${USER_INDEXES}

  CREATE TABLE groups (${ENTITY},
    shown        INTEGER AS (iif(name IS NULL, 0, status)) VIRTUAL,
    name         TEXT,
    name_fold    TEXT NOT NULL,
    description  TEXT NOT NULL,
    parent       INTEGER,
    member_count INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL,
    group_seq    INTEGER NOT NULL,
    members_seq  INTEGER NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX groups_by_id ON groups (tenant, id);
  CREATE INDEX groups_by_name ON groups (tenant, shown, name_fold, n);
  CREATE INDEX groups_by_parent ON groups (parent, shown, name_fold, n) WHERE parent IS NOT NULL;
  ${createGrams('group_grams')}

  -- In the order in which members are listed. user_id stands in the key so that a page is one range.
  CREATE TABLE memberships (
    grp     INTEGER NOT NULL,
    user_id TEXT NOT NULL,
    user    INTEGER NOT NULL,
    role    INTEGER NOT NULL,
    since   INTEGER NOT NULL,
    PRIMARY KEY (grp, user_id)
  ) STRICT, WITHOUT ROWID;
  -- The way back. An index of the table above would hold each user_id again.
  CREATE TABLE memberships_by_user (
    user INTEGER NOT NULL,
    grp  INTEGER NOT NULL,
    PRIMARY KEY (user, grp)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE api_keys (
    user       INTEGER NOT NULL,
    id         TEXT NOT NULL,
    hash       TEXT NOT NULL,
    label      TEXT NOT NULL,
    scopes     TEXT NOT NULL,
    last_four  TEXT NOT NULL,
    created_at TEXT NOT NULL,
    expires_at TEXT,
    revoked_at TEXT,
    PRIMARY KEY (user, id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX api_keys_by_hash ON api_keys (hash);

  ${Object.values(READERS_INDEXES).join(';\n  ')};

  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${VIEW_VERSION};
`

/**
 * Makes the views if there are none, empty. Any number of processes may do so at once: one makes them, the others find them
 * whole. Throws if the file is something else, or of another version.
 */
export async function createIfMissing(file: string): Promise<void> {
  createPrivate(file)
  const db = connect(file)
  try {
    // A file that is made already is left alone: no waiting for whoever writes it.
    if (isEmpty(db)) {
      await switchToWal(db)
      db.exec('BEGIN IMMEDIATE')
      if (isEmpty(db)) db.exec(SCHEMA)
      db.exec('COMMIT')
    }
    requireOwnVersion(db, file)
  } finally {
    db.close()
  }
}

/** Views are as private as the log. SQLite gives the same mode to the files beside it; what is wrong with the place, it says. */
function createPrivate(file: string): void {
  try {
    closeSync(openSync(file, 'wx', 0o600))
  } catch {
    // It is there, or cannot be made.
  }
}

const isEmpty = (db: Connection): boolean =>
  db.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined

function requireOwnVersion(db: Connection, file: string): void {
  const pragma = (name: string) => Number(db.prepare(`PRAGMA ${name}`).get()?.[name])
  if (pragma('application_id') !== APPLICATION_ID) throw new Error(`${file} holds no views of rollcall`)
  const version = pragma('user_version')
  if (version !== VIEW_VERSION) {
    throw new Error(`${file} holds views of version ${version}, this release keeps version ${VIEW_VERSION}`)
  }
}

/** The switch needs the file for itself and does not always wait for it, so the waiting is done here. */
async function switchToWal(db: Connection): Promise<void> {
  const deadline = Date.now() + BUSY_TIMEOUT_MS
  for (;;) {
    try {
      return db.exec('PRAGMA journal_mode = WAL')
    } catch (error) {
      if (!isBusy(error) || Date.now() > deadline) throw error
      await sleep(5 + Math.random() * 20)
    }
  }
}

type Connection = ReturnType<typeof connect>
