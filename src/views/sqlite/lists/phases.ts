import type { SQLInputValue } from 'node:sqlite'
import { gramQuery } from '../grams.ts'
import { tenantRange } from '../numbers.ts'
import { Params } from '../Params.ts'
import type { Cells } from '../Statements.ts'
import { candidateColumns, type Search } from './candidates.ts'
import { afterPrefix } from './codePoints.ts'
import { type Lead, mergedByStatus } from './Listed.ts'

/** An ordered scan that comes upon every row of one rank, in the order of their places, and upon some of other ranks. */
export interface Phase {
  readonly sql: string
  readonly parameters: readonly SQLInputValue[]
}

/** The scan of a rank (rank.ts), from its beginning or, if that is in this rank, from the place after which rows are sought. */
export function phaseOf<RowCells extends Cells>(sought: Search<RowCells, unknown>, rank: number): Phase {
  const scan = sought.after?.[0] === rank ? sought : { ...sought, after: null }
  const prefixes = sought.listed.texts.length
  if (rank === 0) return exactly(scan)
  return rank <= prefixes ? beginning(scan, rank) : containing(scan, rank === prefixes + 1)
}

function exactly<RowCells extends Cells>({
  listed,
  selection,
  term,
  after,
}: Search<RowCells, unknown>): Phase {
  const params = selection.params.fork()
  const [tenant, text, n] = [params.add(selection.tenant), params.add(term), params.add(after?.[2] ?? -1)]
  const ranges = listed.texts.map(({ column, index }) =>
    mergedByStatus(
      selection,
      (shown, checks) => `SELECT ${candidateColumns(listed)} FROM ${listed.table} e INDEXED BY ${index}
        WHERE e.tenant = ${tenant} AND e.shown = ${shown} AND e.${column} = ${text} AND e.n > ${n}${checks}`,
    ),
  )
  return { sql: `${ranges.join(' UNION ALL ')} ORDER BY 1`, parameters: params.values }
}

function beginning<RowCells extends Cells>(
  { listed, selection, term, after }: Search<RowCells, unknown>,
  rank: number,
): Phase {
  const sorted = listed.texts[rank - 1]
  if (sorted === undefined) throw new Error(`no text of rank ${rank}`)
  const { column, index } = sorted
  const [, text, n] = after ?? [rank, term, -1]
  const params = selection.params.fork()
  const [tenant, start, startN] = [params.add(selection.tenant), params.add(text), params.add(n)]
  // To SQLite a blob is greater than any text.
  const end = params.add(afterPrefix(term) ?? new Uint8Array())
  const ranges = mergedByStatus(
    selection,
    (shown, checks) => `SELECT ${candidateColumns(listed)} FROM ${listed.table} e INDEXED BY ${index}
      WHERE e.tenant = ${tenant} AND e.shown = ${shown} AND (e.${column}, e.n) > (${start}, ${startN})
        AND e.${column} < ${end}${checks}`,
  )
  return { sql: `${ranges} ORDER BY ${rank + 1}, 1`, parameters: params.values }
}

function containing<RowCells extends Cells>(
  { listed, selection, term, after }: Search<RowCells, unknown>,
  wordStart: boolean,
): Phase {
  const params = selection.params.fork()
  const [first, last] = tenantRange(selection.tenant)
  const from = after === null ? first : first + after[2] + 1
  const matches = inGrams(listed.grams, gramQuery(term, wordStart), from, last, params)
  const checks = selection.conditions.map(({ check }) => ` AND ${check}`).join('')
  const sql = `SELECT ${candidateColumns(listed)} FROM ${listed.grams} f CROSS JOIN ${listed.table} e ON e.num = f.rowid
    WHERE ${matches} AND e.shown IN (${selection.shown})${checks} ORDER BY f.rowid`
  return { sql, parameters: params.values }
}

/** Leads to the candidates for a term, if they are fewer than `limits.candidates`; they become one of the selection's params. */
export function fewCandidates<RowCells extends Cells>(sought: Search<RowCells, unknown>): Lead | null {
  const { context, listed, selection, term } = sought
  const { candidates } = context.limits
  const params = new Params()
  const matches = inGrams(listed.grams, gramQuery(term, false), ...tenantRange(selection.tenant), params)
  const found = context.sql.all<[number]>(
    `SELECT f.rowid FROM ${listed.grams} f WHERE ${matches} LIMIT ${candidates}`,
    ...params.values,
  )
  if (found.length >= candidates) return null
  const nums = selection.params.add(JSON.stringify(found.flat()))
  return {
    from: `json_each(${nums}) found CROSS JOIN ${listed.table} e ON e.num = found.value`,
    where: 'TRUE',
  }
}

/**
 * SQL for: `f` matches a query, with a rowid from `first` to `last`. FTS5 takes a bound on rowids only from an integer, and
 * numbers are handed to SQLite as floating point.
 */
function inGrams(table: string, query: string, first: number, last: number, params: Params): string {
  const [from, to] = [params.add(first), params.add(last)]
  return `f.${table} MATCH ${params.add(query)} AND f.rowid BETWEEN CAST(${from} AS INTEGER) AND CAST(${to} AS INTEGER)`
}
