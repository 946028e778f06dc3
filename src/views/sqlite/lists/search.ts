import type { Json } from '../../../domain/user.ts'
import type { PageArgs } from '../../../ops/query.ts'
import type { Page } from '../../../ops/rows.ts'
import { gramQuery } from '../grams.ts'
import { tenantRange } from '../numbers.ts'
import type { Params } from '../Params.ts'
import { pageOf } from '../read/paging.ts'
import type { Cells, Statements } from '../Statements.ts'
import {
  type Candidate,
  candidateColumns,
  comparePlaces,
  type Place,
  readCandidate,
  readPlace,
} from './candidates.ts'
import type { Lead, Listed, Selection } from './Listed.ts'
import { chooseLead, ledBy } from './lead.ts'
import { inGrams, phaseOf } from './phases.ts'

/**
 * A page of the matches of a folded term, best first. The ranks (rank.ts) are phases, each an ordered scan: a page takes as
 * much of each as it needs. A row that a phase comes upon but that ranks elsewhere is passed over: either earlier pages showed
 * it, or its texts have the term's grams but not the term, which is rare. Where a filter fits few rows, or the term is rare, there
 * are no phases: these few are ranked.
 */
export function search<RowCells extends Cells, Row>(
  sql: Statements,
  listed: Listed<RowCells, Row>,
  selection: Selection,
  params: Params,
  searched: string,
  page: PageArgs,
): Page<Row> {
  // What became of it when it was stored.
  const term = searched.toWellFormed()
  const after = page.after === null ? null : readPlace(page.after)
  const lead =
    chooseLead(sql, params, selection.conditions) ?? fewCandidates(sql, listed, selection, params, term)
  const matches =
    lead === null
      ? inPhases(sql, listed, selection, params, term, after)
      : ranked(sql, listed, selection, params, lead, term, after)
  return pageOf(
    take(matches, page.first + 1),
    page.first,
    ({ cells }) => listed.read(cells),
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
  sql: Statements,
  listed: Listed<RowCells, Row>,
  selection: Selection,
  params: Params,
  term: string,
  after: Place | null,
): Iterable<Candidate<RowCells>> {
  const lastRank = listed.texts.length + 2
  for (let rank = after?.[0] ?? 0; rank <= lastRank; rank++) {
    const start = after?.[0] === rank ? after : null
    const phase = phaseOf(listed, selection, params, term, rank, start)
    let lastN = -1
    for (const found of sql.iterate(phase.sql, ...phase.parameters)) {
      const candidate = readCandidate(listed, found, term)
      // One whose texts are all the term is found once for each, one after the other.
      if (candidate.rank !== rank || candidate.place[2] === lastN) continue
      lastN = candidate.place[2]
      yield candidate
    }
  }
}

/** So many candidates are ranked at once sooner than sought phase by phase. */
const FEW = 64

function fewCandidates<RowCells extends Cells>(
  sql: Statements,
  listed: Listed<RowCells, unknown>,
  { tenant }: Selection,
  params: Params,
  term: string,
): Lead | null {
  const [first, last] = tenantRange(tenant)
  const candidates = sql.all<[number]>(
    `SELECT f.rowid FROM ${listed.grams} f WHERE ${inGrams(listed, '?1', '?2', '?3')} LIMIT ${FEW}`,
    gramQuery(term, false),
    first,
    last,
  )
  if (candidates.length === FEW) return null
  const nums = params.add(JSON.stringify(candidates.flat()))
  return {
    from: `json_each(${nums}) found CROSS JOIN ${listed.table} e ON e.num = found.value`,
    where: 'TRUE',
  }
}

function ranked<RowCells extends Cells, Row>(
  sql: Statements,
  listed: Listed<RowCells, Row>,
  selection: Selection,
  params: Params,
  lead: Lead,
  term: string,
  after: Place | null,
): Iterable<Candidate<RowCells>> {
  const searched = params.add(term)
  const contains = listed.texts.map(({ column }) => `instr(e.${column}, ${searched})`).join(' OR ')
  return sql
    .all(
      `SELECT ${candidateColumns(listed)} FROM ${ledBy(lead, selection)} AND (${contains})`,
      ...params.values,
    )
    .map((found) => readCandidate(listed, found, term))
    .filter(({ rank, place }) => rank !== null && (after === null || comparePlaces(place, after) > 0))
    .sort((a, b) => comparePlaces(a.place, b.place))
}
