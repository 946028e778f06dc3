import type { Statements, Value } from '../Statements.ts'

/** A column to be written: its name, its type for `unnest`, how it becomes what is stored, and what it holds of a row. */
export interface Column<Row> {
  readonly name: string
  readonly type: 'text' | 'bigint' | 'integer' | 'smallint'
  /** SQL over the value `w.name`, where that is not stored as it is. */
  readonly as?: string
  readonly of: (row: Row) => string | number | null
}

/** Writes rows at once, each of which comes once: those that are there already, by their key, are overwritten. */
export function upserting<Row>(table: string, key: readonly string[], columns: readonly Column<Row>[]) {
  const names = columns.map(({ name }) => name)
  const arrays = columns.map(({ type }, i) => `$${i + 1}::${type}[]`)
  const values = columns.map(({ name, as = `w.${name}` }) => as)
  const changed = names.filter((name) => !key.includes(name))
  const statement = `INSERT INTO ${table} (${names})
    SELECT ${values} FROM unnest(${arrays}) w (${names})
    ON CONFLICT (${key}) DO UPDATE SET ${changed.map((name) => `${name} = EXCLUDED.${name}`)}`
  return async (sql: Statements, rows: readonly Row[]): Promise<void> => {
    if (rows.length === 0) return
    await sql.all(statement, ...columns.map(({ of }): Value => rows.map(of)))
  }
}
