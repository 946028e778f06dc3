import type { ReadContext } from '../read/ReadContext.ts'
import type { Condition, Lead, Selection } from './Listed.ts'

/** The condition that fits the fewest rows, if they are fewer than `limits.lead`; `except` does not count. */
export function chooseLead(
  { sql, limits }: ReadContext,
  { conditions, params }: Selection,
  except?: Condition,
): Lead | null {
  const eligible = conditions.filter((condition) => condition !== except)
  if (eligible.length === 0) return null
  const only = eligible.find(({ mustLead }) => mustLead)
  if (only !== undefined) return only.lead
  const counts = conditions.map(
    ({ count }) => `(SELECT count(*) FROM (SELECT 1 FROM ${count} LIMIT ${limits.lead}))`,
  )
  const counted = sql.get<number[]>(`SELECT ${counts}`, ...params.values) ?? []
  const countOf = (condition: Condition) => counted[conditions.indexOf(condition)] ?? limits.lead
  const least = eligible.reduce((a, b) => (countOf(b) < countOf(a) ? b : a))
  return countOf(least) < limits.lead ? least.lead : null
}

/** FROM and WHERE of the rows of a selection, found by what leads. */
export function ledBy(lead: Lead, { shown, conditions }: Selection): string {
  const checks = conditions.filter((condition) => condition.lead !== lead).map(({ check }) => check)
  return `${lead.from} WHERE ${[lead.where, `e.shown IN (${shown})`, ...checks].join(' AND ')}`
}
