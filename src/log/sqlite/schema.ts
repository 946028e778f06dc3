import { randomBytes } from 'node:crypto'
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { LogUnavailable, UnusableLog } from '../EventLog.ts'
import { unfinishedCopy } from '../StoredLog.ts'
import { BUSY_TIMEOUT_MS } from './database.ts'
import { isBusy } from './failures.ts'
import { upgradeFrom1 } from './migration.ts'

/** Stands in the file's header, so that no other SQLite file is taken for a log: "roll" in ASCII. */
const APPLICATION_ID = 0x726f6c6c
/** Of a log that is being made as a copy, so that no release takes it for one: "copy" in ASCII. */
const COPYING_ID = 0x636f7079
export const SCHEMA_VERSION = 2

/**
 * Made for millions of small streams: whatever repeats (tenants, event types, kinds of claims, actors) is written once, in
 * `symbol`, and meant by its number.
 *
 * `event.position` is given under the write lock that BEGIN IMMEDIATE takes and COMMIT releases, so positions follow commit
 * order (rule 2); events are never deleted, so it has no holes and is never used twice.
 */
const SCHEMA = `
  CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE symbol (
    id   INTEGER PRIMARY KEY,
    text TEXT NOT NULL UNIQUE
  ) STRICT;

  -- latest: JSON, the position of the newest event by type, so that a head costs the same however long the stream is.
  -- hash: of the chain of all its events (see chain.ts); null only until an older release's streams are chained.
  CREATE TABLE stream (
    id      INTEGER PRIMARY KEY,
    name    TEXT NOT NULL UNIQUE,
    seq     INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    latest  TEXT NOT NULL,
    hash    TEXT
  ) STRICT;

  -- What the events of one commit share. Times are milliseconds since 1970; actor is a symbol; position is its last event's, null
  -- in commits of schema 1.
  CREATE TABLE commit_meta (
    id              INTEGER PRIMARY KEY,
    at              INTEGER NOT NULL,
    actor           INTEGER NOT NULL,
    cause           TEXT,
    idempotency_key TEXT,
    ip              TEXT,
    position        INTEGER
  ) STRICT;

  -- tenant and type are symbols; tenant 0 is for events of no tenant. delay: how far, in ms, the event's time had to be raised
  -- over its commit's so as not to run backwards in the stream.
  CREATE TABLE event (
    position  INTEGER PRIMARY KEY,
    stream    INTEGER NOT NULL,
    seq       INTEGER NOT NULL,
    tenant    INTEGER NOT NULL,
    type      INTEGER NOT NULL,
    version   INTEGER NOT NULL,
    commit_id INTEGER NOT NULL,
    delay     INTEGER NOT NULL,
    data      TEXT NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX event_by_stream ON event (stream, seq);
  CREATE INDEX event_by_tenant ON event (tenant, position);

  -- At this time of the writer's clock, in milliseconds since 1970, the events up to the position had been committed.
  CREATE TABLE mark (
    at       INTEGER PRIMARY KEY,
    position INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE claim (
    tenant INTEGER NOT NULL,
    kind   INTEGER NOT NULL,
    value  TEXT NOT NULL,
    owner  TEXT NOT NULL,
    PRIMARY KEY (tenant, kind, value)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE idempotency (
    tenant      INTEGER NOT NULL,
    key         TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    result      TEXT NOT NULL,
    PRIMARY KEY (tenant, key)
  ) STRICT, WITHOUT ROWID;

  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${SCHEMA_VERSION};
`

/** Events of a copy that have no position yet, in their stored form. `at` in ms since 1970; `position` as in the other log. */
const STAGED = `
  CREATE TABLE staged (
    stream          TEXT NOT NULL,
    seq             INTEGER NOT NULL,
    type            TEXT NOT NULL,
    version         INTEGER NOT NULL,
    data            TEXT NOT NULL,
    at              INTEGER NOT NULL,
    actor           TEXT NOT NULL,
    cause           TEXT,
    idempotency_key TEXT,
    ip              TEXT,
    commit_name     TEXT NOT NULL,
    position        INTEGER NOT NULL,
    PRIMARY KEY (stream, seq)
  ) STRICT, WITHOUT ROWID;
`

/**
 * Makes the log if there is none, and gives one of an older release the tables and columns of this one. Any number of processes may
 * do so at once: one does it, the others find it whole.
 */
export async function createIfMissing(file: string): Promise<void> {
  createFile(file)
  const db = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS })
  try {
    await untilFree(() => {
      if (!isEmpty(db)) requireKnownSchema(db, file)
      db.exec('PRAGMA journal_mode = WAL')
    })
    if (!isEmpty(db) && pragma(db, 'user_version') === SCHEMA_VERSION) return
    db.exec('BEGIN IMMEDIATE')
    if (isEmpty(db)) {
      makeLog(db, randomBytes(32).toString('base64url'))
    } else if (pragma(db, 'user_version') < SCHEMA_VERSION) upgradeFrom1(db)
    db.exec('COMMIT')
  } finally {
    db.close()
  }
}

/** An empty one, with a new epoch. */
function makeLog(db: DatabaseSync, secret: string): void {
  db.exec(SCHEMA)
  const insert = db.prepare('INSERT INTO meta VALUES (?, ?)')
  insert.run('epoch', newEpoch())
  insert.run('secret', secret)
}

/** What is kept in `meta` of the log that this one was copied from: its epoch. */
const COPY_OF = 'copy_of'

/** When the last pass over that log began that came to its end, as long as the copy is under way. */
export const LAST_PASS = 'last_pass'

/** Begins a copy of the log with this epoch where the file is new. Tells whose copy stands there now, null for none. */
export function beginCopy(file: string, of: { readonly epoch: string; readonly secret: string }): CopyState {
  createFile(file)
  const db = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS })
  try {
    db.exec('BEGIN IMMEDIATE')
    if (isEmpty(db)) {
      makeLog(db, of.secret)
      db.prepare('INSERT INTO meta VALUES (?, ?)').run(COPY_OF, of.epoch)
      db.exec(`PRAGMA application_id = ${COPYING_ID}; ${STAGED}`)
    }
    db.exec('COMMIT')
    return copyState(db)
  } finally {
    db.close()
  }
}

export interface CopyState {
  readonly of: string | null
  readonly isFinished: boolean
}

export const copyState = (db: DatabaseSync): CopyState => ({
  of: String(db.prepare('SELECT value FROM meta WHERE name = ?').get(COPY_OF)?.value ?? '') || null,
  isFinished: pragma(db, 'application_id') !== COPYING_ID,
})

/** Within the caller's transaction. */
export const finishCopy = (db: DatabaseSync): void =>
  db.exec(
    `DROP TABLE staged; DELETE FROM meta WHERE name = '${LAST_PASS}'; PRAGMA application_id = ${APPLICATION_ID}`,
  )

/** Never used before. */
export const newEpoch = (): string => randomBytes(9).toString('base64url')

/** Throws `UnusableLog` if the file is no log, or one of a newer release; `LogUnavailable` if it is a copy under way. */
export function requireKnownSchema(db: DatabaseSync, file: string): void {
  if (pragma(db, 'application_id') === COPYING_ID) throw new LogUnavailable(unfinishedCopy(file))
  if (pragma(db, 'application_id') !== APPLICATION_ID) throw new UnusableLog(`${file} is no rollcall log`)
  const version = pragma(db, 'user_version')
  if (version > SCHEMA_VERSION) {
    throw new UnusableLog(
      `${file} has schema ${version}, this release of rollcall knows ${SCHEMA_VERSION}: run the newer release`,
    )
  }
}

/** As `requireKnownSchema`; throws for a log of an older release, too: only one that writes can bring it up to date. */
export function requireCurrentSchema(db: DatabaseSync, file: string): void {
  requireKnownSchema(db, file)
  const version = pragma(db, 'user_version')
  if (version < SCHEMA_VERSION) {
    throw new UnusableLog(
      `${file} has schema ${version} of an older release: let this one open it for writing first, as "rollcall serve" does`,
    )
  }
}

/**
 * The log holds the secret: it is its owner's alone. SQLite gives the same mode to the files beside it. A file that exists is not
 * opened here, because closing it would drop the locks that this process holds on it through SQLite.
 */
function createFile(file: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  try {
    closeSync(openSync(file, 'wx', 0o600))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

/** The switch to WAL needs the file for itself, and SQLite does not always wait for that. */
async function untilFree(attempt: () => void): Promise<void> {
  const deadline = Date.now() + BUSY_TIMEOUT_MS
  for (;;) {
    try {
      return attempt()
    } catch (error) {
      if (!isBusy(error) || Date.now() > deadline) throw error
      await sleep(5 + Math.random() * 20)
    }
  }
}

const isEmpty = (db: DatabaseSync): boolean =>
  db.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined

const pragma = (db: DatabaseSync, name: 'application_id' | 'user_version'): number =>
  Number(db.prepare(`PRAGMA ${name}`).get()?.[name])
