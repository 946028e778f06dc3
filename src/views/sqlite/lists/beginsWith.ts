import type { Params } from '../Params.ts'
import { afterPrefix } from './codePoints.ts'

/** True of an `e` whose column begins with the prefix: a range of an index. To SQLite a blob is greater than any text. */
export function beginsWith(column: string, prefix: string, params: Params): string {
  const end = params.add(afterPrefix(prefix) ?? new Uint8Array())
  return `e.${column} >= ${params.add(prefix)} AND e.${column} < ${end}`
}
