import type { Json } from '../../../domain/user.ts'
import type { PageArgs } from '../../../ops/query.ts'
import type { Page } from '../../../ops/rows.ts'
import { pageOf } from '../../paging.ts'
import { termPatterns } from '../marks.ts'
import type { Cells } from '../Statements.ts'
import { fewMatches } from './few.ts'
import type { ListQuery } from './Listed.ts'
import { matchesOfRank } from './phases.ts'
import { type Match, readPlace, type Search } from './places.ts'

/**
 * A page of the matches of a term, best first. Where the term is rare, or the filter fits few rows, these few are ranked. Else the
 * ranks (../rank.ts) are phases, each an ordered scan that ends with the page.
 */
export async function search<RowCells extends Cells, Row>(
  query: ListQuery<RowCells, Row>,
  text: string,
  page: PageArgs,
): Promise<Page<Row>> {
  // What became of it when it was stored.
  const term = text.toWellFormed()
  const sought: Search<RowCells, Row> = {
    ...query,
    term,
    patterns: termPatterns(term),
    after: page.after === null ? null : readPlace(page.after),
    limit: page.first + 1,
  }
  const found = (await fewMatches(sought)) ?? (await inPhases(sought))
  return pageOf(
    found,
    page.first,
    ([, , , ...cells]) => query.listed.read(cells as unknown as RowCells),
    ([rank, place, id]): Json => [rank, place, id],
  )
}

async function inPhases<RowCells extends Cells, Row>(
  sought: Search<RowCells, Row>,
): Promise<readonly Match<RowCells>[]> {
  const found: Match<RowCells>[] = []
  const lastRank = sought.listed.texts.length + 2
  for (let rank = sought.after?.[0] ?? 0; rank <= lastRank && found.length < sought.limit; rank++) {
    found.push(...(await matchesOfRank({ ...sought, limit: sought.limit - found.length }, rank)))
  }
  return found
}
