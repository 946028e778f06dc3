import type { Params } from '../Params.ts'
import type { Statements } from '../Statements.ts'
import type { Condition, Lead, Selection } from './Listed.ts'

/**
 * Up to so many rows a condition leads: all are read and sorted, some milliseconds at most. One that fits more is checked on
 * rows in the list's own order, where a page is full after few, because the fitting ones are not rare: of a million users at
 * most 200 are looked at for each that is found. Several conditions that fit many each, but few together, cost a longer look.
 */
export const LEAD_LIMIT = 5_000

/** The condition that fits the fewest rows, if they are few enough for it to lead. `params` are those of the conditions. */
export function chooseLead(sql: Statements, params: Params, conditions: readonly Condition[]): Lead | null {
  if (conditions.length === 0) return null
  const only = conditions.find(({ mustLead }) => mustLead)
  if (only !== undefined) return only.lead
  const counts = conditions.map(
    ({ count }) => `(SELECT count(*) FROM (SELECT 1 FROM ${count} LIMIT ${LEAD_LIMIT}))`,
  )
  const counted = sql.get<number[]>(`SELECT ${counts}`, ...params.values) ?? []
  const least = Math.min(...counted)
  return least < LEAD_LIMIT ? (conditions[counted.indexOf(least)]?.lead ?? null) : null
}

/** FROM and WHERE of the rows of a selection, found by what leads. */
export function ledBy(lead: Lead, { shown, conditions }: Selection): string {
  const checks = conditions.filter((condition) => condition.lead !== lead).map(({ check }) => check)
  return `${lead.from} WHERE ${[lead.where, `e.shown IN (${shown})`, ...checks].join(' AND ')}`
}
