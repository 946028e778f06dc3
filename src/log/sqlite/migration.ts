import type { DatabaseSync } from 'node:sqlite'
import { setImmediate as turn } from 'node:timers/promises'
import { NO_HASH } from '../chain.ts'
import { openForWriting, type Query, query } from './database.ts'
import { isBusy } from './failures.ts'
import { StoredStreams } from './storedStreams.ts'

/** A name in `meta`, there while streams of schema 1 are being chained: the id of the last one that is. */
const CHAINING = 'chaining'
const STREAMS_AT_ONCE = 200

/**
 * Adds what schema 2 has, without touching a row. From then on a process of the older release that has the log open still reads it,
 * but its commits fail, since a commit's row has one column more: it could not chain what it writes, and is refused at its next start.
 */
export function upgradeFrom1(db: DatabaseSync): void {
  db.exec(`
    ALTER TABLE stream ADD COLUMN hash TEXT;
    ALTER TABLE commit_meta ADD COLUMN position INTEGER;
    CREATE TABLE mark (
      at       INTEGER PRIMARY KEY,
      position INTEGER NOT NULL
    ) STRICT;
    INSERT INTO mark SELECT CAST(unixepoch('subsec') * 1000 AS INTEGER), max(position) FROM event HAVING max(position) > 0;
    INSERT INTO meta VALUES ('${CHAINING}', '0');
    PRAGMA user_version = 2;
  `)
}

/**
 * Gives the streams of schema 1 their hashes, some hundreds a transaction: several processes may be at it, and one that is killed
 * is taken over from. Returns at once if there are none left.
 */
export async function chainOldStreams(file: string): Promise<void> {
  const db = openForWriting(file)
  try {
    const chaining = new Chaining(db)
    for (let seen = chaining.progress; seen !== null; ) {
      try {
        chaining.chainSome()
      } catch (error) {
        // Another process may be at it; give up only if nobody gets on.
        if (!isBusy(error) || chaining.progress === seen) throw error
      }
      seen = chaining.progress
      await turn()
    }
  } finally {
    db.close()
  }
}

class Chaining {
  readonly #db: DatabaseSync
  readonly #progress: Query<[string]>

  constructor(db: DatabaseSync) {
    this.#db = db
    this.#progress = query(db, 'SELECT value FROM meta WHERE name = ?')
  }

  /** The id of the last stream that is chained; null when all are. */
  get progress(): number | null {
    const row = this.#progress.get(CHAINING)
    return row === undefined ? null : Number(row[0])
  }

  chainSome(): void {
    this.#db.exec('BEGIN IMMEDIATE')
    try {
      const after = this.progress
      if (after !== null) this.#chainAfter(after)
      this.#db.exec('COMMIT')
    } catch (error) {
      this.#db.exec('ROLLBACK')
      throw error
    }
  }

  #chainAfter(after: number): void {
    const streams = new StoredStreams(this.#db)
    const page = streams
      .page(after, STREAMS_AT_ONCE)
      .flatMap(({ head, events }) => (head === null ? [] : [{ head, events }]))
    const setHash = this.#db.prepare('UPDATE stream SET hash = ? WHERE id = ? AND hash IS NULL')
    for (const { head, events } of page) {
      setHash.run(
        events.reduce((hash, event) => streams.hashAfter(hash, head.name, event), NO_HASH),
        head.id,
      )
    }
    const last = page.at(-1)?.head.id
    if (last === undefined) this.#db.prepare('DELETE FROM meta WHERE name = ?').run(CHAINING)
    else this.#db.prepare('UPDATE meta SET value = ? WHERE name = ?').run(String(last), CHAINING)
  }
}
