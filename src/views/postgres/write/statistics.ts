import type { Statements } from '../Statements.ts'

/** Events after which statistics are gathered for the first time, and by what they multiply for the next. */
const FIRST = 1_000
const FACTOR = 4

/**
 * Of those tables that are larger than what PostgreSQL takes one for of which it knows nothing, ten pages. Of one that it knows to be
 * tiny it reads all, and goes on to when it has grown: plans are kept.
 */
const GROWN = `SELECT relname::text FROM pg_class
  WHERE oid IN ('users'::regclass, 'groups'::regclass, 'memberships'::regclass, 'api_keys'::regclass)
    AND pg_relation_size(oid) > 10 * current_setting('block_size')::integer`

/**
 * While views are built they outgrow PostgreSQL's statistics of them sooner than its autovacuum looks again, and lists would be
 * read by the wrong index. So a writer has them gathered itself, whenever it has applied several times as many events.
 */
export class Statistics {
  #applied = 0
  #due = FIRST

  /** Whether it is time, after so many more events. */
  add(applied: number): boolean {
    this.#applied += applied
    if (this.#applied < this.#due) return false
    while (this.#due <= this.#applied) this.#due *= FACTOR
    return true
  }

  async gather(sql: Statements): Promise<void> {
    const grown = await sql.all<[string]>(GROWN)
    if (grown.length > 0) await sql.once(`ANALYZE (SKIP_LOCKED) ${grown.flat()}`, [])
  }
}
