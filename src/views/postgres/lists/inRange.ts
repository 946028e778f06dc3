import { afterPrefix } from '../../codePoints.ts'
import type { Params } from '../Params.ts'

/** SQL for: a column is after a value, equals it, or begins with it. */
export const isAfter = (column: string, value: number, params: Params): string =>
  `e.${column} > ${params.add(value)}`

export const isEqual = (column: string, value: string, params: Params): string =>
  `e.${column} = ${params.add(value)}`

export function beginsWith(column: string, prefix: string, params: Params): string {
  const end = afterPrefix(prefix)
  const begins = `e.${column} >= ${params.add(prefix)}`
  return end === null ? begins : `${begins} AND e.${column} < ${params.add(end)}`
}
