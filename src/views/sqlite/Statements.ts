import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite'
import { TwoGenerations } from './TwoGenerations.ts'

/** Statements kept prepared; lists are composed from fragments, so there are more than fit on a page, but not without end. */
const KEPT = 400

export type Cells = readonly SQLOutputValue[]

/** Runs SQL on one connection, each text prepared once. Rows are arrays in the order of their columns: half the cost of objects. */
export class Statements {
  readonly #db: DatabaseSync
  readonly #onRun: (sql: string) => void
  readonly #prepared = new TwoGenerations<string, StatementSync>(KEPT)

  /** `onRun` hears each statement before it runs: for tests and measurements. */
  constructor(db: DatabaseSync, onRun: (sql: string) => void = () => {}) {
    this.#db = db
    this.#onRun = onRun
  }

  all<Row extends Cells>(sql: string, ...parameters: SQLInputValue[]): Row[] {
    return this.#use(sql).all(...parameters) as unknown as Row[]
  }

  get<Row extends Cells>(sql: string, ...parameters: SQLInputValue[]): Row | undefined {
    return this.#use(sql).get(...parameters) as unknown as Row | undefined
  }

  /** Rows as they are found: whoever stops early spares the rest. The statement must not be used again before that. */
  iterate<Row extends Cells>(sql: string, ...parameters: SQLInputValue[]): Iterable<Row> {
    return this.#use(sql).iterate(...parameters) as unknown as Iterable<Row>
  }

  run(sql: string, ...parameters: SQLInputValue[]): void {
    this.#use(sql).run(...parameters)
  }

  #use(sql: string): StatementSync {
    this.#onRun(sql)
    const kept = this.#prepared.get(sql)
    if (kept !== undefined) return kept
    const statement = this.#db.prepare(sql)
    statement.setReturnArrays(true)
    this.#prepared.set(sql, statement)
    return statement
  }
}
