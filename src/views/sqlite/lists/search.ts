import type { Json } from '../../../domain/user.ts'
import type { PageArgs } from '../../../ops/query.ts'
import type { Page } from '../../../ops/rows.ts'
import { entityNum } from '../../numbers.ts'
import { pageOf } from '../../paging.ts'
import type { Cells } from '../Statements.ts'
import { comparePlaces, type Match, matchColumns, readMatch, readPlace, type Search } from './candidates.ts'
import type { Lead, ListQuery } from './Listed.ts'
import { chooseLead, ledBy } from './lead.ts'
import { fewCandidates, manyBegin, phaseOf } from './phases.ts'

/**
 * A page of the matches of a term, best first. The ranks (rank.ts) are phases, each an ordered scan: a page takes as much of
 * each as it needs. A row that a phase comes upon but that ranks elsewhere is passed over: either earlier pages showed it, or
 * its texts have the term's grams but not the term, which is rare. Where a filter fits few rows, or the term is rare, there
 * are no phases: these few are ranked. Where more begin with the term than a page shows, it is not rare, and its grams need not be
 * looked up to know.
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
  const lead =
    chooseLead(query.context, query.selection) ??
    (manyBegin(sought, page.first) ? null : fewCandidates(sought))
  const found = take(lead === null ? inPhases(sought) : ranked(sought, lead), page.first + 1)
  return pageOf(
    withRows(sought, found),
    page.first,
    ([, cells]) => query.listed.read(cells),
    ([{ place }]): Json => place,
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

function* inPhases<RowCells extends Cells, Row>(sought: Search<RowCells, Row>): Iterable<Match> {
  const { context, listed, term, after } = sought
  const lastRank = listed.texts.length + 2
  for (let rank = after?.[0] ?? 0; rank <= lastRank; rank++) {
    const phase = phaseOf(sought, rank)
    let lastN = -1
    for (const found of context.sql.iterate(phase.sql, ...phase.parameters)) {
      const match = readMatch(listed, found, term)
      // One whose texts are all the term is found once for each, one after the other.
      if (match.rank !== rank || match.place[2] === lastN) continue
      lastN = match.place[2]
      yield match
    }
  }
}

function ranked<RowCells extends Cells, Row>(
  { context, listed, selection, term, after }: Search<RowCells, Row>,
  lead: Lead,
): readonly Match[] {
  const params = selection.params.fork()
  const wanted = params.add(term)
  const contains = listed.texts.map(({ column }) => `instr(e.${column}, ${wanted})`).join(' OR ')
  return context.sql
    .all(`SELECT ${matchColumns(listed)} FROM ${ledBy(lead, selection)} AND (${contains})`, ...params.values)
    .map((found) => readMatch(listed, found, term))
    .filter(({ rank, place }) => rank !== null && (after === null || comparePlaces(place, after) > 0))
    .sort((a, b) => comparePlaces(a.place, b.place))
}

/** Whole rows are read of the page only: thousands may have been looked at for it. */
function withRows<RowCells extends Cells, Row>(
  { context, listed, selection }: Search<RowCells, Row>,
  matches: readonly Match[],
): readonly (readonly [Match, RowCells])[] {
  const nums = matches.map(({ place: [, , n] }) => entityNum(selection.tenant, n))
  const rows = context.sql.all<RowCells>(
    `SELECT ${listed.columns} FROM json_each(?) wanted CROSS JOIN ${listed.table} e ON e.num = wanted.value
     ORDER BY wanted.key`,
    JSON.stringify(nums),
  )
  return matches.flatMap((match, i) => {
    const cells = rows[i]
    return cells === undefined ? [] : [[match, cells] as const]
  })
}
