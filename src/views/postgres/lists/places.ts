import type { Json } from '../../../domain/user.ts'
import { BadPageKey } from '../../ViewStore.ts'
import type { TermPatterns } from '../marks.ts'
import type { Cells } from '../Statements.ts'
import type { ListQuery } from './Listed.ts'

/** Where a match stands: its rank, within that the text that begins with the term ('' in other ranks), then its id. */
export type Place = readonly [rank: number, text: string, id: string]

/** What is sought: the first matches of a term that stand after a place. */
export interface Search<RowCells extends Cells, Row> extends ListQuery<RowCells, Row> {
  /** Folded. */
  readonly term: string
  readonly patterns: TermPatterns
  readonly after: Place | null
  /** How many. */
  readonly limit: number
}

/** As statements give it: its place, then the row. */
export type Match<RowCells extends Cells> = readonly [...Place, ...RowCells]

/** Reads the page key of a search. */
export function readPlace(key: Json): Place {
  if (!Array.isArray(key) || key.length !== 3) throw new BadPageKey(key)
  const [ranking, text, id] = key as readonly Json[]
  if (typeof ranking !== 'number' || typeof text !== 'string' || typeof id !== 'string')
    throw new BadPageKey(key)
  return [ranking, text, id]
}
