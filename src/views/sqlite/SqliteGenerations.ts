import { existsSync, statSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { DatabaseSync } from 'node:sqlite'
import { type Generation, type Generations, generationsFile, viewFile } from '../generations.ts'
import { BUSY_TIMEOUT_MS } from './database.ts'
import { asUnavailable } from './failures.ts'

/** The first generation is there before anybody counts them. No number is given twice: a server may still read what was dropped. */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS generation (
    number   INTEGER PRIMARY KEY AUTOINCREMENT,
    ready_at TEXT,
    serves   INTEGER NOT NULL
  ) STRICT;
  INSERT OR IGNORE INTO generation SELECT 1, strftime('%Y-%m-%dT%H:%M:%fZ'), 1 WHERE NOT EXISTS (SELECT 1 FROM generation);
`

/** A small file beside the views, opened for each question: they are few. Without it the first generation serves. */
export class SqliteGenerations implements Generations {
  readonly #folder: string
  readonly #epoch: string

  constructor(folder: string, epoch: string) {
    this.#folder = folder
    this.#epoch = epoch
  }

  /** The view file of a generation. */
  file(number: number): string {
    return viewFile(this.#folder, this.#epoch, number)
  }

  async servingFile(): Promise<string> {
    return this.file(await this.serving())
  }

  async serving(): Promise<number> {
    return this.#look(
      () => 1,
      (db) => (db.prepare('SELECT number FROM generation WHERE serves').get()?.number ?? 1) as number,
    )
  }

  /** To look makes nothing: before anybody counts them the first one is there as soon as its file is. */
  async list(): Promise<readonly Generation[]> {
    return this.#look(
      () => this.#uncounted(),
      (db) =>
        db
          .prepare('SELECT number, ready_at, serves FROM generation ORDER BY number')
          .all()
          .map(({ number, ready_at, serves }) => ({
            number: number as number,
            readyAt: ready_at as string | null,
            isServing: serves === 1,
          })),
    )
  }

  async begin(): Promise<number> {
    return this.#change((db) => {
      const unfinished = db
        .prepare('SELECT min(number) AS number FROM generation WHERE ready_at IS NULL')
        .get()
      if (typeof unfinished?.number === 'number') return unfinished.number
      const next = db.prepare('INSERT INTO generation (ready_at, serves) VALUES (NULL, 0) RETURNING number')
      return next.get()?.number as number
    })
  }

  async finish(number: number): Promise<void> {
    this.#change((db) =>
      db
        .prepare('UPDATE generation SET ready_at = coalesce(ready_at, ?) WHERE number = ?')
        .run(now(), number),
    )
  }

  async serve(number: number): Promise<boolean> {
    return this.#change((db) => {
      const isReady = db
        .prepare('SELECT 1 FROM generation WHERE number = ? AND ready_at IS NOT NULL')
        .get(number)
      if (isReady === undefined) return false
      db.prepare('UPDATE generation SET serves = number = ?').run(number)
      return true
    })
  }

  async drop(number: number): Promise<boolean> {
    const dropped = this.#change((db) => {
      const { changes } = db.prepare('DELETE FROM generation WHERE number = ? AND NOT serves').run(number)
      return changes === 1
    })
    if (dropped) {
      for (const suffix of ['', '-wal', '-shm']) await rm(this.file(number) + suffix, { force: true })
    }
    return dropped
  }

  get #list(): string {
    return generationsFile(this.#folder, this.#epoch)
  }

  #uncounted(): readonly Generation[] {
    const file = statSync(this.file(1), { throwIfNoEntry: false })
    return file === undefined ? [] : [{ number: 1, readyAt: file.birthtime.toISOString(), isServing: true }]
  }

  #look<A>(uncounted: () => A, counted: (db: DatabaseSync) => A): A {
    if (!existsSync(this.#list)) return uncounted()
    return this.#open((db) => {
      const table = db.prepare(`SELECT 1 FROM sqlite_schema WHERE name = 'generation'`).get()
      return table === undefined ? uncounted() : counted(db)
    })
  }

  #change<A>(work: (db: DatabaseSync) => A): A {
    return this.#open((db) => {
      db.exec('BEGIN IMMEDIATE')
      db.exec(SCHEMA)
      const result = work(db)
      db.exec('COMMIT')
      return result
    })
  }

  #open<A>(work: (db: DatabaseSync) => A): A {
    let db: DatabaseSync | null = null
    try {
      db = new DatabaseSync(this.#list, { timeout: BUSY_TIMEOUT_MS })
      return work(db)
    } catch (error) {
      throw asUnavailable(error)
    } finally {
      db?.close()
    }
  }
}

const now = (): string => new Date().toISOString()
