import type pg from 'pg'
import { asUnavailable } from './database.ts'
import { writeText } from './texts.ts'

export type Value = string | number | boolean | null | readonly (string | number | boolean | null)[]
export type Cells = readonly unknown[]

interface Prepared {
  /** For all connections: each prepares a statement once. */
  readonly name: string
  readonly text: string
}

const prepared = new Map<string, Prepared>()

/** What runs statements: a pool, each on whatever connection is free, or one connection. */
type Runner = Pick<pg.Pool, 'query'> | Pick<pg.PoolClient, 'query'>

/**
 * Runs SQL, rows as arrays in the order of their columns. Rejects as `asUnavailable` says. On one connection, statements run in
 * the order in which they were given, and none waits for the answer of the one before.
 */
export class Statements {
  readonly #runner: Runner
  readonly #onRun: (sql: string) => void

  /** `onRun` hears each statement before it runs: for tests and measurements. */
  constructor(runner: Runner, onRun: (sql: string) => void = () => {}) {
    this.#runner = runner
    this.#onRun = onRun
  }

  /** For statements of which there are few: they are kept prepared. */
  all<Row extends Cells>(sql: string, ...values: Value[]): Promise<Row[]> {
    return this.#run(sql, values, preparedFrom(sql))
  }

  async get<Row extends Cells>(sql: string, ...values: Value[]): Promise<Row | undefined> {
    return (await this.all<Row>(sql, ...values))[0]
  }

  /** For those that are put together from fragments: they are planned for their very values. */
  once<Row extends Cells>(sql: string, values: readonly Value[]): Promise<Row[]> {
    return this.#run(sql, values)
  }

  async #run<Row extends Cells>(
    sql: string,
    values: readonly Value[],
    statement: Partial<Prepared> = {},
  ): Promise<Row[]> {
    this.#onRun(sql)
    const query = { text: sql, ...statement, values: values.map(written), rowMode: 'array' as const }
    try {
      const { rows } = await this.#runner.query<unknown[]>(query)
      return rows as unknown as Row[]
    } catch (error) {
      throw asUnavailable(error)
    }
  }
}

function preparedFrom(sql: string): Prepared {
  let found = prepared.get(sql)
  if (found === undefined) {
    found = { name: `rollcall_${prepared.size}`, text: withOnePlan(sql) }
    prepared.set(sql, found)
  }
  return found
}

/**
 * PostgreSQL plans a prepared statement anew for its values as long as that promises less work than the plan that it would keep; and
 * an array of fewer than ten promises less. But to plan takes longer than to find the rows. It does not look behind a SELECT for how
 * many there are.
 */
const withOnePlan = (sql: string): string =>
  sql.replace(/\bunnest\([^)]*\)/g, (call) => call.replace(/\$\d+::\w+\[\]/g, '(SELECT $&)'))

function written(value: Value): unknown {
  if (typeof value === 'string') return writeText(value)
  return Array.isArray(value)
    ? value.map((item) => (typeof item === 'string' ? writeText(item) : item))
    : value
}
