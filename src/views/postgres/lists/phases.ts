import { afterPrefix } from '../../codePoints.ts'
import { endOfKeys, entityKey } from '../keys.ts'
import { beginsWord } from '../marks.ts'
import type { Params } from '../Params.ts'
import { noBetterThan } from '../rank.ts'
import type { Cells } from '../Statements.ts'
import { isEqual } from './inRange.ts'
import { firstInOrder } from './Listed.ts'
import type { Match, Search } from './places.ts'

/** The first matches of one rank (../rank.ts) after the place from which rows are sought, if that is in this rank. */
export async function matchesOfRank<RowCells extends Cells>(
  sought: Search<RowCells, unknown>,
  rank: number,
): Promise<readonly Match<RowCells>[]> {
  const params = sought.selection.params.fork()
  const after = sought.after?.[0] === rank ? sought.after : null
  const column = sought.listed.texts[rank - 1]
  const sql =
    column === undefined
      ? byId(sought, rank, after?.[2] ?? '', params)
      : beginning(sought, { rank, column, text: after?.[1] ?? sought.term, id: after?.[2] ?? '' }, params)
  return sought.context.sql.once<Match<RowCells>>(sql, params.values)
}

interface Phase {
  readonly rank: number
  readonly column: string
  /** After this text, and among equals after this id. */
  readonly text: string
  readonly id: string
}

/** Those with a text that begins with the term, in the order of that text. */
function beginning<RowCells extends Cells>(
  { listed, selection, term, patterns, limit }: Search<RowCells, unknown>,
  { rank, column, text, id }: Phase,
  params: Params,
): string {
  const end = afterPrefix(term)
  const where = [
    `(e.${column}, e.id) > (${params.add(text)}, ${params.add(id)})`,
    ...(end === null ? [] : [`e.${column} < ${params.add(end)}`]),
    noBetterThan(rank, listed.texts, term, patterns, params),
  ]
  return firstInOrder(selection, params, {
    select: `SELECT ${rank} AS rank, e.${column} AS sort_key, e.id AS tie, ${listed.columns} FROM ${listed.table} e`,
    where: where.join(' AND '),
    limit,
  })
}

/**
 * The exact ones, those with a word that begins with the term, and those that contain it: in the order of keys (../keys.ts), which within
 * a tenant is that of ids.
 */
function byId<RowCells extends Cells>(
  { listed, selection, term, patterns, limit }: Search<RowCells, unknown>,
  rank: number,
  after: string,
  params: Params,
): string {
  const { texts } = listed
  const { tenant, tenantNum } = selection
  const isWord = rank === texts.length + 1
  // Such words may be rare among all that contain the term: what is added keeps PostgreSQL to the trigrams.
  const key = isWord && beginsWord(term) ? "(e.key || '')" : 'e.key'
  const ofTenant = `${key} > ${params.add(entityKey(tenant, after))}`
  const matching =
    rank === 0
      ? [
          `e.tenant = ${params.add(tenantNum)}`,
          `(${texts.map((column) => isEqual(column, term, params)).join(' OR ')})`,
        ]
      : [
          `${key} < ${params.add(endOfKeys(tenant))}`,
          `e.search LIKE ${params.add(isWord ? patterns.word : patterns.anywhere)}`,
        ]
  const where = [
    ofTenant,
    ...matching,
    `e.shown IN (${selection.shown})`,
    noBetterThan(rank, texts, term, patterns, params),
    ...selection.conditions,
  ]
  return `SELECT ${rank}, '', e.id, ${listed.columns} FROM ${listed.table} e
    WHERE ${where.join(' AND ')} ORDER BY ${key} LIMIT ${params.add(limit)}`
}
