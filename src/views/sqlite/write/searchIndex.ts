import { grams } from '../grams.ts'
import type { Statements } from '../Statements.ts'

/** An entity whose texts may have changed: the folded ones that are indexed, and those that are to be. Null: none, it is not found. */
export interface IndexChange {
  readonly num: number
  readonly before: readonly string[] | null
  readonly after: readonly string[] | null
}

/**
 * Brings a table of grams up to date. FTS5 keeps a transaction's changes in memory for as long as rowids ascend, so they are
 * made in that order, and all removals come first.
 */
export function saveGrams(
  sql: Statements,
  table: 'user_grams' | 'group_grams',
  entities: readonly IndexChange[],
): void {
  const changes = entities
    .filter(({ before, after }) => !sameTexts(before, after))
    .sort((a, b) => a.num - b.num)
  for (const { num, before } of changes) {
    if (before !== null) sql.run(`DELETE FROM ${table} WHERE rowid = ?`, num)
  }
  for (const { num, after } of changes) {
    if (after !== null) sql.run(`INSERT INTO ${table} (rowid, grams) VALUES (?, ?)`, num, grams(after))
  }
}

function sameTexts(a: readonly string[] | null, b: readonly string[] | null): boolean {
  if (a === null || b === null) return a === b
  return a.every((text, i) => text === b[i])
}
