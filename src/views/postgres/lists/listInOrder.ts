import type { Json } from '../../../domain/user.ts'
import type { PageArgs } from '../../../ops/query.ts'
import type { Page } from '../../../ops/rows.ts'
import { pageOf, sortKey } from '../../paging.ts'
import type { Cells } from '../Statements.ts'
import { firstInOrder, type ListQuery } from './Listed.ts'

/** The order of a list. `kind` is any value of the type that the column holds. */
export interface Order {
  readonly column: string
  readonly kind: string | number
}

/** A page in the order of a column, ties by id. */
export async function listInOrder<RowCells extends Cells, Row>(
  { context, listed, selection }: ListQuery<RowCells, Row>,
  { column, kind }: Order,
  page: PageArgs,
): Promise<Page<Row>> {
  const after = page.after === null ? null : sortKey(page.after, [kind, ''])
  const params = selection.params.fork()
  const sql = firstInOrder(selection, params, {
    select: `SELECT e.${column} AS sort_key, e.id AS tie, ${listed.columns} FROM ${listed.table} e`,
    // Without a place to begin from, none: PostgreSQL would begin there although the filter lets it begin further on.
    where:
      after === null ? 'TRUE' : `(e.${column}, e.id) > (${params.add(after[0])}, ${params.add(after[1])})`,
    limit: page.first + 1,
  })
  const rows = await context.sql.once<readonly [string | number, string, ...RowCells]>(sql, params.values)
  return pageOf(
    rows,
    page.first,
    ([, , ...cells]) => listed.read(cells as unknown as RowCells),
    ([rowKey, rowId]): Json => [rowKey, rowId],
  )
}
