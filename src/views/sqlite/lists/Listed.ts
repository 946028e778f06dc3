import type { Params } from '../Params.ts'
import type { ReadContext } from '../read/ReadContext.ts'
import type { Cells } from '../Statements.ts'

/** What listing and searching need to know of users or of groups. In SQL the entity is always `e`. */
export interface Listed<RowCells extends Cells, Row> {
  readonly table: 'users' | 'groups'
  readonly grams: 'user_grams' | 'group_grams'
  /** The columns of a row and how they are read. */
  readonly columns: string
  readonly read: (cells: RowCells) => Row
  /** What is searched, each with the index that sorts by it; best first (rank.ts). */
  readonly texts: readonly [SortedBy, ...SortedBy[]]
}

/** A column and its index (tenant, shown, column, n). */
export interface SortedBy {
  readonly column: string
  readonly index: string
}

/** FROM and WHERE that find few `e`, before any conditions. */
export interface Lead {
  readonly from: string
  readonly where: string
}

/**
 * One condition of a filter, in SQL. It can be checked on a row that was found otherwise, or it can lead: then the rows come
 * from it.
 */
export interface Condition {
  /** True of an `e` that fits. */
  readonly check: string
  readonly lead: Lead
  /** FROM and WHERE by which to count them, cheaply; a few that are not to be shown may be counted too. */
  readonly count: string
  /** The fitting rows stand together in this index, from a value on: a list sorted by it needs to look nowhere else. */
  readonly range?: { readonly index: string; readonly start: string | number }
  /** It leads whatever it costs: no scan finds all of its rows. */
  readonly mustLead?: boolean
}

/** A list's filter. */
export interface Selection {
  readonly tenant: number
  /** Statuses that are listed, by code. */
  readonly shown: readonly number[]
  readonly conditions: readonly Condition[]
  /** Of the conditions. A statement takes a fork of them and adds its own. */
  readonly params: Params
}

/** What is to be listed, of what, and with what. */
export interface ListQuery<RowCells extends Cells, Row> {
  readonly context: ReadContext
  readonly listed: Listed<RowCells, Row>
  readonly selection: Selection
}

/** One index range for each status, all in the same order: SQLite merges them without sorting. */
export function mergedByStatus(
  { shown, conditions }: Pick<Selection, 'shown' | 'conditions'>,
  range: (shown: number, checks: string) => string,
): string {
  const checks = conditions.map(({ check }) => ` AND ${check}`).join('')
  return shown.map((status) => range(status, checks)).join(' UNION ALL ')
}
