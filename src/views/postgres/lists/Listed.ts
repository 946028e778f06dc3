import type { TenantId } from '../../../domain/streams.ts'
import type { Params } from '../Params.ts'
import type { ReadContext } from '../read/ReadContext.ts'
import type { Cells } from '../Statements.ts'

/** What listing and searching need to know of users or of groups. In SQL the entity is always `e`. */
export interface Listed<RowCells extends Cells, Row> {
  readonly table: 'users' | 'groups'
  /** The columns of a row and how they are read. */
  readonly columns: string
  readonly read: (cells: RowCells) => Row
  /** Columns that are searched, best first; each has an index (tenant, shown, column, id). */
  readonly texts: readonly string[]
}

/** A list's filter. */
export interface Selection {
  readonly tenant: TenantId
  readonly tenantNum: number
  /** Statuses that are listed, by code. */
  readonly shown: readonly number[]
  /** SQL that is true of an `e` that fits. */
  readonly conditions: readonly string[]
  /** Of the conditions. A statement takes a fork of them and adds its own. */
  readonly params: Params
}

/** What is to be listed, of what, and with what. */
export interface ListQuery<RowCells extends Cells, Row> {
  readonly context: ReadContext
  readonly listed: Listed<RowCells, Row>
  readonly selection: Selection
}

/**
 * The first rows of a selection in the order of (sort_key, tie), which `select` gives: one index range for each status, all in the
 * same order, so that none of them is read further than a page.
 */
export function firstInOrder(
  { tenantNum, shown, conditions }: Selection,
  params: Params,
  { select, where, limit }: { readonly select: string; readonly where: string; readonly limit: number },
): string {
  const [ofTenant, most] = [`e.tenant = ${params.add(tenantNum)}`, params.add(limit)]
  const order = `ORDER BY sort_key, tie LIMIT ${most}`
  const ranges = shown.map(
    (status) =>
      `(${select} WHERE ${[ofTenant, `e.shown = ${status}`, where, ...conditions].join(' AND ')} ${order})`,
  )
  return ranges.length === 1 ? (ranges[0] ?? '') : `SELECT * FROM (${ranges.join(' UNION ALL ')}) e ${order}`
}
