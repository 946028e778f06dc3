import type { Json } from '../../../domain/user.ts'
import type { PageArgs } from '../../../ops/query.ts'
import type { Page } from '../../../ops/rows.ts'
import type { Params } from '../Params.ts'
import { pageOf, sortKey } from '../read/paging.ts'
import type { Cells, Statements } from '../Statements.ts'
import { type Listed, mergedByStatus, type Selection, type SortedBy } from './Listed.ts'
import { chooseLead, ledBy } from './lead.ts'

/** The order of a list. `start` stands before all that the column holds. */
export interface Order extends SortedBy {
  readonly start: string | number
}

/** A page of a selection in the order of a column, ties by age. `params` are those of the selection. */
export function listInOrder<RowCells extends Cells, Row>(
  sql: Statements,
  listed: Listed<RowCells, Row>,
  selection: Selection,
  params: Params,
  { column, index, start }: Order,
  page: PageArgs,
): Page<Row> {
  const inOrder = selection.conditions.find(({ range }) => range?.index === index)
  const others = selection.conditions.filter((condition) => condition !== inOrder)
  const lead = chooseLead(sql, params, others)
  const [key, n] = page.after === null ? [inOrder?.range?.start ?? start, -1] : sortKey(page.after, start)
  const after = `(e.${column}, e.n) > (${params.add(key)}, ${params.add(n)})`
  const select = `SELECT e.${column} AS sort_key, e.n AS n, ${listed.columns}`
  const tenant = params.add(selection.tenant)
  const limit = params.add(page.first + 1)
  const found =
    lead !== null
      ? `${select} FROM ${ledBy(lead, selection)} AND e.tenant = ${tenant} AND ${after}`
      : mergedByStatus(
          selection,
          (shown, checks) => `${select} FROM ${listed.table} e INDEXED BY ${index}
            WHERE e.tenant = ${tenant} AND e.shown = ${shown} AND ${after}${checks}`,
        )
  const rows = sql.all<readonly [string | number, number, ...RowCells]>(
    `${found} ORDER BY sort_key, n LIMIT ${limit}`,
    ...params.values,
  )
  return pageOf(
    rows,
    page.first,
    ([, , ...cells]) => listed.read(cells as unknown as RowCells),
    ([rowKey, rowN]): Json => [rowKey, rowN],
  )
}
