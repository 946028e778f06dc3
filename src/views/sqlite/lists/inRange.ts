import { afterPrefix } from '../../codePoints.ts'
import type { Params } from '../Params.ts'
import type { Condition, Selection, SortedBy } from './Listed.ts'

/** Bounds of a column. */
export interface Bounds {
  readonly lower: { readonly op: '>=' | '>'; readonly value: string | number }
  readonly upper?: { readonly op: '<=' | '<'; readonly value: string | Uint8Array }
}

export const after = (value: number): Bounds => ({ lower: { op: '>', value } })

export const equal = (text: string): Bounds => ({
  lower: { op: '>=', value: text },
  upper: { op: '<=', value: text },
})

/** To SQLite a blob is greater than any text. */
export const beginningWith = (prefix: string): Bounds => ({
  lower: { op: '>=', value: prefix },
  upper: { op: '<', value: afterPrefix(prefix) ?? new Uint8Array() },
})

/** The rows of a selection whose column is within bounds: a range of the column's index. */
export function inRange(
  table: 'users' | 'groups',
  { tenant, shown }: Pick<Selection, 'tenant' | 'shown'>,
  { column, index }: SortedBy,
  { lower, upper }: Bounds,
  params: Params,
): Condition {
  const ofTenant = `e.tenant = ${params.add(tenant)}`
  const begins = `e.${column} ${lower.op} ${params.add(lower.value)}`
  const ends = upper === undefined ? '' : ` AND e.${column} ${upper.op} ${params.add(upper.value)}`
  const from = `${table} e INDEXED BY ${index}`
  const where = `${ofTenant} AND e.shown IN (${shown}) AND ${begins}${ends}`
  return {
    // The plus keeps SQLite from starting there: where the list is sorted by this column, its page begins further on.
    check: `${ofTenant} AND +${begins}${ends}`,
    lead: { from, where },
    count: `${from} WHERE ${where}`,
    range: { index, start: lower.value },
  }
}
