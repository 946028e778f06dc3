import type { Json } from '../domain/user.ts'
import type { Page } from '../ops/rows.ts'
import { BadPageKey } from './ViewStore.ts'

export const emptyPage: Page<never> = { rows: [], cursors: [], hasNextPage: false }

/** The page of at most `first` rows, of rows that were read up to one more than that. */
export function pageOf<Found, Row>(
  found: readonly Found[],
  first: number,
  row: (found: Found) => Row,
  cursor: (found: Found) => Json,
): Page<Row> {
  const shown = found.slice(0, first)
  return { rows: shown.map(row), cursors: shown.map(cursor), hasNextPage: found.length > first }
}

/**
 * Reads the key of a list that is sorted by texts, or by numbers: the value, and what the engine sorts equals by. `kinds`: any value of
 * each type. Throws if it was made for another list or by another version.
 */
export function sortKey<Value extends string | number, Tie extends string | number>(
  key: Json,
  kinds: readonly [Value, Tie],
): readonly [Value, Tie] {
  if (!Array.isArray(key) || key.length !== 2) throw new BadPageKey(key)
  const [value, tie] = key as readonly Json[]
  if (typeof value !== typeof kinds[0] || typeof tie !== typeof kinds[1]) throw new BadPageKey(key)
  return [value as Value, tie as Tie]
}

/** Reads the key of a list sorted by id; null is before the first. */
export function idKey(key: Json | null): string {
  if (key === null) return ''
  if (typeof key !== 'string') throw new BadPageKey(key)
  return key
}

/** Collects rows by the index of the batch's key that they answer. */
export function groupByKey<Found extends readonly unknown[]>(
  keys: number,
  rows: Iterable<readonly [key: number, ...Found]>,
): Found[][] {
  const grouped: Found[][] = Array.from({ length: keys }, () => [])
  for (const [key, ...found] of rows) grouped[key]?.push(found)
  return grouped
}

/** The largest `first` of a batch: SQL takes one limit for all its keys. */
export const largest = (ops: readonly { readonly page: { readonly first: number } }[]): number =>
  Math.max(...ops.map(({ page }) => page.first))
