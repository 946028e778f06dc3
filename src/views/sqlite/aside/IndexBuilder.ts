import { DatabaseSync } from 'node:sqlite'
import { ALL_INDEXED, entityNum, tenantOf } from '../../numbers.ts'
import { BUSY_TIMEOUT_MS } from '../database.ts'
import { Statements } from '../Statements.ts'
import { USER_INDEXES } from '../schema.ts'
import { forget, type IndexedUser, saveAttributesOf, saveGramsOf } from './userIndexes.ts'

const CACHE_KIB = 32 * 1024

/** Seen: users as they were when they were read. */
const SCHEMA = `${USER_INDEXES}
  CREATE TABLE seen (user INTEGER PRIMARY KEY, seqs INTEGER NOT NULL) STRICT;`

/**
 * Builds the grams and attributes of users while others load them, in a temporary database of its own, and hands them over to the
 * views at the load's end. Whoever changes a user meanwhile need not tell: its seqs do.
 */
export class IndexBuilder {
  readonly #db: DatabaseSync
  readonly #sql: Statements
  readonly #step: number
  /** The last user that was read. */
  #last = 0

  /** `views`: their file. `step`: users that are taken at a time. */
  constructor(views: string, step: number) {
    // A defensive connection would not let the tables behind FTS5's be written.
    this.#db = new DatabaseSync('', { timeout: BUSY_TIMEOUT_MS, defensive: false })
    this.#db.exec(`PRAGMA journal_mode = OFF; PRAGMA cache_size = -${CACHE_KIB}; ${SCHEMA}`)
    this.#sql = new Statements(this.#db)
    this.#sql.run('ATTACH ? AS views', views)
    this.#step = step
  }

  /** Takes all users that have come since it last looked. */
  look(): void {
    while (this.#within('BEGIN', () => this.#take()) === this.#step);
  }

  /** Takes a step to the end of the load, and says which share of all is done, 0 to 1. */
  finish(): number {
    if (this.#within('BEGIN', () => this.#take()) === this.#step) return this.#share()
    // So that little is left to do while others must not write.
    this.#within('BEGIN', () => this.#catchUp())
    this.#within('BEGIN IMMEDIATE', () => {
      if (!this.#isLoading()) return
      this.#catchUp()
      this.#handOver()
    })
    return 1
  }

  /** Returns how many there were. */
  #take(): number {
    const users = this.#sql.all<IndexedUser>(NEXT, this.#last, this.#step)
    const [first, last] = [users[0], users.at(-1)]
    if (first === undefined || last === undefined) return 0
    const again = users.filter(([, , , , , , , seen]) => seen !== null)
    if (again.length > 0) forget(this.#sql, again)
    saveGramsOf(this.#sql, users)
    saveAttributesOf(this.#sql, users)
    this.#sql.run(SEE, first[0], last[0])
    this.#last = last[0]
    return users.length
  }

  /** Takes what has come or changed, and makes one piece of the index: a search would look into each. */
  #catchUp(): void {
    this.#last = 0
    while (this.#take() === this.#step);
    this.#sql.run(`INSERT INTO main.user_grams (user_grams) VALUES ('optimize')`)
  }

  /** An index of FTS5 is what its tables hold, in whichever file: SQLite's own dumps write them, too. */
  #handOver(): void {
    for (const table of TABLES) {
      this.#sql.run(`DELETE FROM views.${table}`)
      this.#sql.run(`INSERT INTO views.${table} SELECT * FROM main.${table}`)
    }
    this.#sql.run(`INSERT INTO views.group_grams (group_grams) VALUES ('optimize')`)
    this.#sql.run('UPDATE views.progress SET indexed = ?', ALL_INDEXED)
  }

  #isLoading(): boolean {
    return this.#sql.get('SELECT 1 FROM views.progress WHERE indexed < ?', ALL_INDEXED) !== undefined
  }

  #share(): number {
    const tenant = tenantOf(this.#last)
    const [before, all] = this.#sql.get<[number | null, number]>(
      'SELECT sum(users) FILTER (WHERE num < ?), sum(users) FROM views.tenants',
      tenant,
    ) ?? [0, 1]
    return ((before ?? 0) + this.#last - entityNum(tenant, 0)) / all
  }

  #within<A>(begin: 'BEGIN' | 'BEGIN IMMEDIATE', work: () => A): A {
    this.#db.exec(begin)
    const result = work()
    this.#db.exec('COMMIT')
    return result
  }
}

/** Those past a number that are new, or not as they were seen. */
const NEXT = `SELECT u.num, u.status, u.username, u.username_fold, u.name_fold, u.email_fold, u.attributes, s.seqs
  FROM views.users u LEFT JOIN seen s ON s.user = u.num
  WHERE u.num > ? AND u.user_seq + u.profile_seq IS NOT s.seqs ORDER BY u.num LIMIT ?`

const SEE = `INSERT OR REPLACE INTO seen SELECT num, user_seq + profile_seq FROM views.users WHERE num BETWEEN ? AND ?`

const TABLES = ['user_grams_data', 'user_grams_idx', 'user_grams_docsize', 'user_attributes']
