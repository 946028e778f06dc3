import type { Json } from '../../../domain/user.ts'
import type { PageArgs } from '../../../ops/query.ts'
import type { Page } from '../../../ops/rows.ts'
import { pageOf, sortKey } from '../../paging.ts'
import { limitTo } from '../Params.ts'
import type { Cells } from '../Statements.ts'
import { type ListQuery, mergedByStatus, type SortedBy } from './Listed.ts'
import { chooseLead, ledBy } from './lead.ts'

/** The order of a list. `start` stands before all that the column holds. */
export interface Order extends SortedBy {
  readonly start: string | number
}

/** A page in the order of a column, ties by age. */
export function listInOrder<RowCells extends Cells, Row>(
  { context, listed, selection }: ListQuery<RowCells, Row>,
  { column, index, start }: Order,
  page: PageArgs,
): Page<Row> {
  const inOrder = selection.conditions.find(({ range }) => range?.index === index)
  const lead = chooseLead(context, selection, inOrder)
  const [key, n] =
    page.after === null ? [inOrder?.range?.start ?? start, -1] : sortKey(page.after, [start, 0])
  const params = selection.params.fork()
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
  const rows = context.sql.all<readonly [string | number, number, ...RowCells]>(
    `${found} ORDER BY sort_key, n ${limitTo(limit)}`,
    ...params.values,
  )
  return pageOf(
    rows,
    page.first,
    ([, , ...cells]) => listed.read(cells as unknown as RowCells),
    ([rowKey, rowN]): Json => [rowKey, rowN],
  )
}
