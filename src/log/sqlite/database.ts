import { DatabaseSync, type SQLInputValue, type SQLOutputValue } from 'node:sqlite'

/** Milliseconds that a connection waits for another process's lock before it gives up. */
export const BUSY_TIMEOUT_MS = 5_000

/**
 * Pages of WAL (4 KiB each) after which a commit copies it into the file. Rarer means that a page written often is copied once,
 * but a longer WAL: 16,000 pages bound it near 64 MB.
 */
const CHECKPOINT_PAGES = 16_000
const WAL_LIMIT_BYTES = 64 * 1024 * 1024
const CACHE_KIB = 32 * 1024

/** For one thread that writes. What it has committed survives the loss of power. */
export function openForWriting(file: string, timeout = BUSY_TIMEOUT_MS): DatabaseSync {
  const db = new DatabaseSync(file, { timeout })
  db.exec(`
    PRAGMA synchronous = FULL;
    PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES};
    PRAGMA journal_size_limit = ${WAL_LIMIT_BYTES};
    PRAGMA cache_size = -${CACHE_KIB};`)
  return db
}

/** In WAL mode a reader never waits for a writer; each statement sees everything committed before it began. */
export function openForReading(file: string): DatabaseSync {
  const db = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS, readOnly: true })
  db.exec(`PRAGMA cache_size = -${CACHE_KIB}`)
  return db
}

export interface Query<Row extends readonly SQLOutputValue[]> {
  get(...parameters: SQLInputValue[]): Row | undefined
  all(...parameters: SQLInputValue[]): Row[]
}

/** A bare `LIMIT ?` would have the statement compiled anew each time that it runs: SQLite looks at the value to plan with it. */
export const LIMIT = 'LIMIT ? + 0'

/** A statement kept prepared, with rows as arrays in the order of its columns: half the cost of objects. */
export function query<Row extends readonly SQLOutputValue[]>(db: DatabaseSync, sql: string): Query<Row> {
  const statement = db.prepare(sql)
  statement.setReturnArrays(true)
  return statement as unknown as Query<Row>
}
