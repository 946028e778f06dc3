import type { Json } from '../../../domain/user.ts'
import { ascending } from '../../codePoints.ts'
import { BadPageKey } from '../../ViewStore.ts'
import { rank } from '../rank.ts'
import type { Cells } from '../Statements.ts'
import type { Listed, ListQuery } from './Listed.ts'

/** Where a match stands: its rank, within that the text that begins with the term ('' in other ranks), then age. */
export type Place = readonly [rank: number, text: string, n: number]

/** What is sought: the matches of a term that stand after a place. */
export interface Search<RowCells extends Cells, Row> extends ListQuery<RowCells, Row> {
  /** Folded. */
  readonly term: string
  readonly after: Place | null
}

/** What was found for a term; its rank is null if the term is not in its texts. */
export interface Match {
  readonly rank: number | null
  readonly place: Place
}

type Searched = Pick<Listed<Cells, unknown>, 'texts'>

/** The columns from which matches are read: n first, then the texts. */
export const matchColumns = ({ texts }: Searched): string =>
  ['n', ...texts.map(({ column }) => column)].map((column) => `e.${column}`).join(', ')

export function readMatch({ texts: { length } }: Searched, found: Cells, term: string): Match {
  const texts = found.slice(1, length + 1) as string[]
  const ranking = rank(texts, term)
  const prefixed = ranking === null || ranking === 0 ? '' : (texts[ranking - 1] ?? '')
  return { rank: ranking, place: [ranking ?? -1, prefixed, found[0] as number] }
}

export const comparePlaces = (a: Place, b: Place): number =>
  a[0] - b[0] || ascending(a[1], b[1]) || a[2] - b[2]

/** Reads the page key of a search. */
export function readPlace(key: Json): Place {
  if (!Array.isArray(key) || key.length !== 3) throw new BadPageKey(key)
  const [ranking, text, n] = key as readonly Json[]
  if (typeof ranking !== 'number' || typeof text !== 'string' || typeof n !== 'number')
    throw new BadPageKey(key)
  return [ranking, text, n]
}
