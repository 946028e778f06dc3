import type { Statements } from '../Statements.ts'
import { READERS_INDEXES } from '../schema.ts'
import type { ProgressTable } from '../write/ProgressTable.ts'

/**
 * A load leaves out at first what only readers need, because it is written several times as fast afterwards, in order: the grams and
 * attributes of users, which are built aside (IndexBuilder.ts), and READERS_INDEXES. It is a state of the file, so that whoever
 * applies events, in whatever process, keeps to it, and another can finish what one has begun.
 */
export function beginLoad(sql: Statements, progress: ProgressTable): void {
  if (sql.get('SELECT 1 FROM tenants LIMIT 1') !== undefined) return
  for (const name of Object.keys(READERS_INDEXES)) sql.run(`DROP INDEX IF EXISTS ${name}`)
  progress.isIndexedTo(0)
}

/** Makes one of the indexes that are missing. False if none is. */
export function makeIndex(sql: Statements): boolean {
  const there = sql.all<[string]>(`SELECT name FROM sqlite_schema WHERE type = 'index'`).map(([name]) => name)
  const missing = Object.entries(READERS_INDEXES).find(([name]) => !there.includes(name))
  if (missing === undefined) return false
  sql.run(missing[1])
  return true
}
