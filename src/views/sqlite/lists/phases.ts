import type { SQLInputValue } from 'node:sqlite'
import { gramQuery } from '../grams.ts'
import { tenantRange } from '../numbers.ts'
import type { Params } from '../Params.ts'
import type { Cells } from '../Statements.ts'
import { candidateColumns, type Place } from './candidates.ts'
import { afterPrefix } from './codePoints.ts'
import { type Listed, mergedByStatus, type Selection } from './Listed.ts'

/** An ordered scan that comes upon every row of one rank, in the order of their places, and upon some of other ranks. */
export interface Phase {
  readonly sql: string
  readonly parameters: readonly SQLInputValue[]
}

/** The scan of a rank (rank.ts) behind a place in it, or from its beginning. `params` are those of the selection. */
export function phaseOf<RowCells extends Cells>(
  listed: Listed<RowCells, unknown>,
  selection: Selection,
  params: Params,
  term: string,
  rank: number,
  after: Place | null,
): Phase {
  const scan = { listed, selection, params: params.fork(), term, after }
  if (rank === 0) return exactly(scan)
  return rank <= listed.texts.length
    ? beginning(scan, rank)
    : containing(scan, rank === listed.texts.length + 1)
}

interface Scan<RowCells extends Cells> {
  readonly listed: Listed<RowCells, unknown>
  readonly selection: Selection
  readonly params: Params
  readonly term: string
  readonly after: Place | null
}

function exactly<RowCells extends Cells>({ listed, selection, params, term, after }: Scan<RowCells>): Phase {
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
  { listed, selection, params, term, after }: Scan<RowCells>,
  rank: number,
): Phase {
  const sorted = listed.texts[rank - 1]
  if (sorted === undefined) throw new Error(`no text of rank ${rank}`)
  const { column, index } = sorted
  const [, text, n] = after ?? [rank, term, -1]
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
  { listed, selection, params, term, after }: Scan<RowCells>,
  wordStart: boolean,
): Phase {
  const [first, last] = tenantRange(selection.tenant)
  const [query, start, end] = [
    params.add(gramQuery(term, wordStart)),
    params.add(first + (after?.[2] ?? -1) + 1),
    params.add(last),
  ]
  const checks = selection.conditions.map(({ check }) => ` AND ${check}`).join('')
  const sql = `SELECT ${candidateColumns(listed)} FROM ${listed.grams} f CROSS JOIN ${listed.table} e ON e.num = f.rowid
    WHERE ${inGrams(listed, query, start, end)} AND e.shown IN (${selection.shown})${checks}
    ORDER BY f.rowid`
  return { sql, parameters: params.values }
}

/**
 * SQL for: `f` matches the query, with a rowid from `first` to `last`. FTS5 takes a bound on rowids only from an integer, and
 * numbers are handed to SQLite as floating point.
 */
export const inGrams = (
  { grams }: Pick<Listed<Cells, unknown>, 'grams'>,
  query: string,
  first: string,
  last: string,
) => `f.${grams} MATCH ${query} AND f.rowid BETWEEN CAST(${first} AS INTEGER) AND CAST(${last} AS INTEGER)`
