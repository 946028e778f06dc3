import { DatabaseSync } from 'node:sqlite'

/** Milliseconds that a connection waits for another process's lock before it gives up. */
export const BUSY_TIMEOUT_MS = 5_000

/** Pages of WAL (4 KiB each) after which a commit copies it into the file: bounds the WAL near 32 MB. */
const CHECKPOINT_PAGES = 8_000
const WAL_LIMIT_BYTES = 64 * 1024 * 1024
const WRITER_CACHE_KIB = 64 * 1024
const READER_CACHE_KIB = 32 * 1024

export const connect = (file: string): DatabaseSync => new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS })

/**
 * For one thread that applies events. In WAL mode `synchronous = NORMAL` keeps the file whole over a loss of power, at most the
 * newest batches are gone: the position went with them, so they are applied again. OFF would be faster by little, and could
 * leave a damaged file that nobody notices.
 */
export function openForWriting(file: string): DatabaseSync {
  const db = connect(file)
  db.exec(`
    PRAGMA synchronous = NORMAL;
    PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES};
    PRAGMA journal_size_limit = ${WAL_LIMIT_BYTES};
    PRAGMA temp_store = MEMORY;
    PRAGMA cache_size = -${WRITER_CACHE_KIB}`)
  return db
}

/** In WAL mode a reader never waits for a writer; each statement sees everything committed before it began. */
export function openForReading(file: string): DatabaseSync {
  const db = connect(file)
  db.exec(`
    PRAGMA query_only = ON;
    PRAGMA temp_store = MEMORY;
    PRAGMA cache_size = -${READER_CACHE_KIB}`)
  return db
}
