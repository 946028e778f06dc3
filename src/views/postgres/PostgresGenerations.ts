import { type Generation, type Generations, VIEW_VERSION } from '../generations.ts'
import { Connections } from './Connections.ts'
import { connectingToJournal, generationOf, type PostgresViews } from './options.ts'
import type { Statements } from './Statements.ts'
import { createIfMissing } from './schema.ts'

/** A server asks now and then, and nothing else. */
const CONNECTIONS = 1

const LIST = `SELECT number, to_char(ready_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), serves FROM generations
  WHERE version = $1 AND NOT dropped ORDER BY number`

/** Opens the generations of a version of the views, this release's where `options` names none. */
export async function openPostgresGenerations(
  options: Omit<PostgresViews, 'generation'>,
): Promise<PostgresGenerations> {
  await createIfMissing(connectingToJournal(options))
  return new PostgresGenerations(options)
}

/**
 * A table beside the journal. Each version of the views has its generations, one of which serves the gateways of its releases, so that
 * old ones and new ones go on beside each other.
 *
 * The views that served before are closed to writers by the very transaction that lets others serve: what they show is in the journal
 * by then, and nothing is added to it. So whoever reads them goes over to others that have the journal so far, whenever that is, and
 * sees no less than before.
 */
export class PostgresGenerations implements Generations {
  readonly #options: Omit<PostgresViews, 'generation'>
  readonly #version: number
  readonly #connections: Connections

  constructor(options: Omit<PostgresViews, 'generation'>) {
    this.#options = options
    this.#version = options.version ?? VIEW_VERSION
    this.#connections = new Connections(connectingToJournal(options), CONNECTIONS)
  }

  async serving(): Promise<number> {
    const serving = 'SELECT number FROM generations WHERE version = $1 AND serves'
    const row = await this.#connections.call((sql) => sql.get<[number]>(serving, this.#version))
    return row?.[0] ?? 1
  }

  list(): Promise<readonly Generation[]> {
    return this.#change(async (sql) => {
      const rows = await sql.all<[number, string | null, boolean]>(LIST, this.#version)
      return rows.map(([number, readyAt, isServing]) => ({ number, readyAt, isServing }))
    })
  }

  begin(): Promise<number> {
    return this.#change(async (sql) => {
      const unfinished = await sql.get<[number]>(
        'SELECT number FROM generations WHERE version = $1 AND ready_at IS NULL AND NOT dropped ORDER BY number LIMIT 1',
        this.#version,
      )
      if (unfinished !== undefined) return unfinished[0]
      const next = await sql.get<[number]>(
        `INSERT INTO generations (version, number, serves, dropped)
           SELECT $1, max(number) + 1, false, false FROM generations WHERE version = $1 RETURNING number`,
        this.#version,
      )
      return next?.[0] ?? 1
    })
  }

  async finish(number: number): Promise<void> {
    await this.#change((sql) =>
      sql.all(
        'UPDATE generations SET ready_at = coalesce(ready_at, now()) WHERE version = $1 AND number = $2',
        this.#version,
        number,
      ),
    )
  }

  /**
   * Lets views that served once be written again, so that they can be brought level before they serve. False as long as a server reads
   * them that has not gone over to the others yet: it must not be shown there less than here.
   */
  reopen(number: number): Promise<boolean> {
    return this.#change(async (sql) => {
      if (!(await this.#isMade(sql, number))) return true
      const [isClosed] = (
        await sql.once<[boolean]>(`SELECT last_batch IS NOT NULL FROM ${this.#schema(number)}.progress`, [])
      )[0] ?? [false]
      if (isClosed && !(await this.#isUnread(sql, number))) return false
      await this.#open(sql, number)
      return true
    })
  }

  serve(number: number): Promise<boolean> {
    return this.#change(async (sql) => {
      const ready = await sql.get(
        'SELECT 1 FROM generations WHERE version = $1 AND number = $2 AND ready_at IS NOT NULL AND NOT dropped',
        this.#version,
        number,
      )
      if (ready === undefined || !(await this.#isMade(sql, number))) return false
      const [before] = (await sql.get<[number]>(
        'SELECT number FROM generations WHERE version = $1 AND serves',
        this.#version,
      )) ?? [number]
      await this.#open(sql, number)
      if (before !== number && (await this.#isMade(sql, before))) await this.#supersede(sql, before, number)
      await sql.all('UPDATE generations SET serves = number = $2 WHERE version = $1', this.#version, number)
      return true
    })
  }

  drop(number: number): Promise<boolean> {
    return this.#change(async (sql) => {
      const schema = this.#schema(number)
      const there = await sql.get(
        'SELECT 1 FROM generations WHERE version = $1 AND number = $2 AND NOT serves AND NOT dropped',
        this.#version,
        number,
      )
      if (there === undefined) return false
      if (!(await this.#isUnread(sql, number))) return false
      await sql.once(`DROP SCHEMA IF EXISTS ${schema} CASCADE`, [])
      await sql.all(
        'UPDATE generations SET dropped = true WHERE version = $1 AND number = $2',
        this.#version,
        number,
      )
      return true
    })
  }

  close(): Promise<void> {
    return this.#connections.close()
  }

  async #open(sql: Statements, number: number): Promise<void> {
    await sql.once(
      `UPDATE ${this.#schema(number)}.progress SET last_batch = NULL WHERE last_batch IS NOT NULL`,
      [],
    )
  }

  /**
   * Waits for writers that are about to commit; later ones fail. What consumers have brought to these views the next ones have too, or
   * will have from the journal.
   */
  async #supersede(sql: Statements, before: number, next: number): Promise<void> {
    const [from, to] = [this.#schema(before), this.#schema(next)]
    await sql.once(`UPDATE ${from}.progress SET last_batch = batch`, [])
    await sql.once(
      `INSERT INTO ${to}.checkpoints SELECT * FROM ${from}.checkpoints ON CONFLICT (source, shard) DO UPDATE SET
         sequence_number = greatest(checkpoints.sequence_number, EXCLUDED.sequence_number),
         is_end = checkpoints.is_end OR EXCLUDED.is_end`,
      [],
    )
  }

  /** Until the transaction ends no server begins to read it, either: see PostgresViewWatch.ts. */
  async #isUnread(sql: Statements, number: number): Promise<boolean> {
    const lock = 'SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0))'
    const [isUnread] = (await sql.get<[boolean]>(lock, this.#schema(number))) ?? [false]
    return isUnread
  }

  async #isMade(sql: Statements, number: number): Promise<boolean> {
    const [name] = (await sql.get<[string | null]>(
      'SELECT to_regclass($1)::text',
      `${this.#schema(number)}.progress`,
    )) ?? [null]
    return name !== null
  }

  #schema(generation: number): string {
    return generationOf({ ...this.#options, generation })
  }

  /** One at a time. The first generation is there before anybody counts them. */
  #change<A>(work: (sql: Statements) => Promise<A>): Promise<A> {
    return this.#connections.callOnOne(async (sql) => {
      await sql.all('BEGIN')
      await sql.all('LOCK TABLE generations IN SHARE ROW EXCLUSIVE MODE')
      await sql.all(
        `INSERT INTO generations SELECT $1, 1, now(), true, false
           WHERE NOT EXISTS (SELECT 1 FROM generations WHERE version = $1)`,
        this.#version,
      )
      const result = await work(sql)
      await sql.all('COMMIT')
      return result
    })
  }
}
