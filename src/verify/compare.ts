import { isDeepStrictEqual } from 'node:util'
import type { StreamName } from '../domain/streams.ts'
import type { Json } from '../domain/user.ts'
import type { Difference } from './problems.ts'

/** The fields in which two rows differ, each with the stream that it comes from. Where one row is missing, that is the difference. */
export function compareRows<Row extends object>(
  wanted: Row | null,
  found: Row | null,
  what: string,
  streamOf: (field: keyof Row) => StreamName,
): readonly Difference[] {
  const rowStream = streamOf('id' as keyof Row)
  if (wanted === null && found === null) return []
  if (wanted === null || found === null) {
    return [
      {
        stream: rowStream,
        what,
        log: found === null ? 'a row' : null,
        view: wanted === null ? 'a row' : null,
      },
    ]
  }
  return (Object.keys(wanted) as (keyof Row)[])
    .filter((field) => !same(wanted[field], found[field]))
    .map((field) => ({
      stream: streamOf(field),
      what: what === 'row' ? String(field) : `${what}: ${String(field)}`,
      log: wanted[field] as Json,
      view: found[field] as Json,
    }))
}

const same = (a: unknown, b: unknown): boolean =>
  a === b || (typeof a === 'object' && typeof b === 'object' && isDeepStrictEqual(a, b))
