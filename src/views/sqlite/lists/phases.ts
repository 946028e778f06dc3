import type { SQLInputValue } from 'node:sqlite'
import { afterPrefix } from '../../codePoints.ts'
import { tenantRange } from '../../numbers.ts'
import { gramQuery } from '../grams.ts'
import { Params } from '../Params.ts'
import type { Cells } from '../Statements.ts'
import { matchColumns, type Search } from './candidates.ts'
import { type Lead, mergedByStatus, type SortedBy } from './Listed.ts'

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
      (shown, checks) => `SELECT ${matchColumns(listed)} FROM ${listed.table} e INDEXED BY ${index}
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
  const end = params.add(endOf(term))
  const others = unlessBeginning(listed.texts.slice(0, rank - 1), term, params)
  const ranges = mergedByStatus(
    selection,
    (shown, checks) => `SELECT ${matchColumns(listed)} FROM ${listed.table} e INDEXED BY ${index}
      WHERE e.tenant = ${tenant} AND e.shown = ${shown} AND (e.${column}, e.n) > (${start}, ${startN})
        AND e.${column} < ${end}${others}${checks}`,
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
  const others = unlessBeginning(listed.texts, term, params)
  const sql = `SELECT ${matchColumns(listed)} FROM ${listed.grams} f CROSS JOIN ${listed.table} e ON e.num = f.rowid
    WHERE ${matches} AND e.shown IN (${selection.shown})${others}${checks} ORDER BY f.rowid`
  return { sql, parameters: params.values }
}

/** To SQLite a blob is greater than any text. */
const endOf = (prefix: string): string | Uint8Array => afterPrefix(prefix) ?? new Uint8Array()

/** Rows that begin with the term in one of these texts rank better: most often they are very many, so SQLite passes them over. */
function unlessBeginning(texts: readonly SortedBy[], term: string, params: Params): string {
  if (texts.length === 0) return ''
  const [start, end] = [params.add(term), params.add(endOf(term))]
  return texts.map(({ column }) => ` AND (e.${column} < ${start} OR e.${column} >= ${end})`).join('')
}

/** Whether more than so many begin with the term in the first of the texts, whatever the filter: a look at its index tells. */
export function manyBegin<RowCells extends Cells>(
  { context, listed, selection: { tenant, shown }, term }: Search<RowCells, unknown>,
  count: number,
): boolean {
  const [{ column, index }] = listed.texts
  const found = context.sql.get(
    `SELECT 1 FROM ${listed.table} e INDEXED BY ${index}
     WHERE e.tenant = ? AND e.shown IN (${shown}) AND e.${column} >= ? AND e.${column} < ? LIMIT 1 OFFSET ?`,
    ...[tenant, term, endOf(term), count],
  )
  return found !== undefined
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
