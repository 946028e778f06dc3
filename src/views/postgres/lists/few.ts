import { hasTrigram } from '../marks.ts'
import { rank, rankedText } from '../rank.ts'
import type { Cells } from '../Statements.ts'
import type { Match, Search } from './places.ts'

/**
 * The matches, all of them ranked at once, if they are fewer than `limits.few`; else null. The trigrams lead to them, or what
 * the filter says: where neither does, that would be a look at every row.
 */
export async function fewMatches<RowCells extends Cells>(
  sought: Search<RowCells, unknown>,
): Promise<readonly Match<RowCells>[] | null> {
  const { context, listed, selection, term, patterns, after, limit } = sought
  const byTrigrams = hasTrigram(term)
  if (!byTrigrams && selection.conditions.length === 0) return null
  const params = selection.params.fork()
  // The sum keeps PostgreSQL from the order of another index, in which it would hope to come upon the first matches soon.
  const ofTenant = `e.tenant${byTrigrams ? ' + 0' : ''} = ${params.add(selection.tenantNum)}`
  const matches = [
    `e.search LIKE ${params.add(patterns.anywhere)}`,
    ofTenant,
    `e.shown IN (${selection.shown})`,
    ...selection.conditions,
  ]
  const place = '(e.rank, e.text, e.id)'
  const isAfter =
    after === null
      ? 'TRUE'
      : `${place} > (${params.add(after[0])}, ${params.add(after[1])}, ${params.add(after[2])})`
  const sql = `WITH found AS MATERIALIZED (
      SELECT e.* FROM ${listed.table} e WHERE ${matches.join(' AND ')} LIMIT ${params.add(context.limits.few)}),
    ranked AS (SELECT e.*, ${rank(listed.texts, term, patterns, params)} AS rank FROM found e),
    placed AS (SELECT e.*, ${rankedText(listed.texts, 'e.rank')} AS text FROM ranked e)
    SELECT total.n, page.* FROM (SELECT count(*) AS n FROM found) total LEFT JOIN LATERAL (
      SELECT e.rank, e.text, e.id, ${listed.columns} FROM placed e WHERE ${isAfter}
      ORDER BY e.rank, e.text, e.id LIMIT ${params.add(limit)}) page ON TRUE`
  const rows = await context.sql.once<readonly [total: number, ...Match<RowCells>]>(sql, params.values)
  const total = rows[0]?.[0] ?? 0
  if (total >= context.limits.few) return null
  return rows
    .map(([, ...match]) => match as unknown as Match<RowCells>)
    .filter(([ranking]) => ranking !== null)
}
