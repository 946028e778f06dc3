import type { Json } from '../../../domain/user.ts'
import type { PageArgs } from '../../../ops/query.ts'
import type { Page } from '../../../ops/rows.ts'
import { pageOf } from '../read/paging.ts'
import type { Cells } from '../Statements.ts'
import {
  type Candidate,
  candidateColumns,
  comparePlaces,
  readCandidate,
  readPlace,
  type Search,
} from './candidates.ts'
import type { Lead, ListQuery } from './Listed.ts'
import { chooseLead, ledBy } from './lead.ts'
import { fewCandidates, phaseOf } from './phases.ts'

/**
 * A page of the matches of a term, best first. The ranks (rank.ts) are phases, each an ordered scan: a page takes as much of
 * each as it needs. A row that a phase comes upon but that ranks elsewhere is passed over: either earlier pages showed it, or
 * its texts have the term's grams but not the term, which is rare. Where a filter fits few rows, or the term is rare, there
 * are no phases: these few are ranked.
 */
export function search<RowCells extends Cells, Row>(
  query: ListQuery<RowCells, Row>,
  term: string,
  page: PageArgs,
): Page<Row> {
  const sought: Search<RowCells, Row> = {
    ...query,
    // What became of it when it was stored.
    term: term.toWellFormed(),
    after: page.after === null ? null : readPlace(page.after),
  }
  const lead = chooseLead(query.context, query.selection) ?? fewCandidates(sought)
  const matches = lead === null ? inPhases(sought) : ranked(sought, lead)
  return pageOf(
    take(matches, page.first + 1),
    page.first,
    ({ cells }) => query.listed.read(cells),
    ({ place }): Json => place,
  )
}

function take<Item>(items: Iterable<Item>, most: number): readonly Item[] {
  const taken: Item[] = []
  for (const item of items) {
    taken.push(item)
    if (taken.length === most) break
  }
  return taken
}

function* inPhases<RowCells extends Cells, Row>(
  sought: Search<RowCells, Row>,
): Iterable<Candidate<RowCells>> {
  const { context, listed, term, after } = sought
  const lastRank = listed.texts.length + 2
  for (let rank = after?.[0] ?? 0; rank <= lastRank; rank++) {
    const phase = phaseOf(sought, rank)
    let lastN = -1
    for (const found of context.sql.iterate(phase.sql, ...phase.parameters)) {
      const candidate = readCandidate(listed, found, term)
      // One whose texts are all the term is found once for each, one after the other.
      if (candidate.rank !== rank || candidate.place[2] === lastN) continue
      lastN = candidate.place[2]
      yield candidate
    }
  }
}

function ranked<RowCells extends Cells, Row>(
  { context, listed, selection, term, after }: Search<RowCells, Row>,
  lead: Lead,
): Iterable<Candidate<RowCells>> {
  const params = selection.params.fork()
  const sought = params.add(term)
  const contains = listed.texts.map(({ column }) => `instr(e.${column}, ${sought})`).join(' OR ')
  return context.sql
    .all(
      `SELECT ${candidateColumns(listed)} FROM ${ledBy(lead, selection)} AND (${contains})`,
      ...params.values,
    )
    .map((found) => readCandidate(listed, found, term))
    .filter(({ rank, place }) => rank !== null && (after === null || comparePlaces(place, after) > 0))
    .sort((a, b) => comparePlaces(a.place, b.place))
}
