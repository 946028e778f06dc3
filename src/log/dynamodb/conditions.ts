import type { Item } from './database.ts'
import { number } from './rows.ts'

/** A condition on an item as it stands, with what its expression names. */
export interface Condition {
  readonly condition: string
  readonly names?: Record<string, string>
  readonly values?: Item
}

export const IS_NEW: Condition = { condition: 'attribute_not_exists(pk)' }
export const IS_THERE: Condition = { condition: 'attribute_exists(pk)' }
export const NEVER: Condition = { condition: 'attribute_exists(pk) AND attribute_not_exists(pk)' }

/** Of a head. */
export const isAt = (seq: number): Condition =>
  seq === 0 ? IS_NEW : { condition: '#seq = :seq', names: { '#seq': 'seq' }, values: { ':seq': number(seq) } }

export const isFreeFor = (owners: readonly string[]): Condition => owned('', owners)
export const isHeldByNoneOf = (owners: readonly string[]): Condition => owned('NOT ', owners)

function owned(not: string, owners: readonly string[]): Condition {
  const values = Object.fromEntries(owners.map((owner, n) => [`:owner${n}`, { S: owner.toWellFormed() }]))
  return {
    condition: `attribute_not_exists(pk) OR ${not}#owner IN (${Object.keys(values)})`,
    names: { '#owner': 'owner' },
    values,
  }
}

/** As a request says it. */
export const expressionOf = ({ condition, names, values }: Condition) => ({
  ConditionExpression: condition,
  ExpressionAttributeNames: names,
  ExpressionAttributeValues: values,
})
