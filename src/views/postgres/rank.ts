import type { TermPatterns } from './marks.ts'
import type { Params } from './Params.ts'

/**
 * SQL for how well an entity `e` answers a term that its texts contain, best first. With k texts: 0, one of them is the term; 1 to
 * k, the first that begins with it; k + 1, a word in one does; k + 2, it stands anywhere.
 */
export function rank(texts: readonly string[], term: string, patterns: TermPatterns, params: Params): string {
  const cases = conditions(texts, term, patterns).map((is, i) => `WHEN ${is(params)} THEN ${i}`)
  return `CASE ${cases.join(' ')} ELSE ${cases.length} END`
}

/** SQL that is true where none of the ranks that are better than this one is the entity's. */
export function noBetterThan(
  ranking: number,
  texts: readonly string[],
  term: string,
  patterns: TermPatterns,
  params: Params,
): string {
  const better = conditions(texts, term, patterns).slice(0, ranking)
  return ['TRUE', ...better.map((is) => `NOT ${is(params)}`)].join(' AND ')
}

/** Of each rank but the last. */
const conditions = (
  texts: readonly string[],
  term: string,
  patterns: TermPatterns,
): readonly ((params: Params) => string)[] => [
  (params) => `e.search LIKE ${params.add(patterns.exact)}`,
  ...texts.map((column) => (params: Params) => `starts_with(e.${column}, ${params.add(term)})`),
  (params) => `e.search LIKE ${params.add(patterns.word)}`,
]

/** SQL for the text by which those of one rank are sorted: the one that begins with the term; '' in other ranks. */
export const rankedText = (texts: readonly string[], rank: string): string =>
  `CASE ${rank} ${texts.map((column, i) => `WHEN ${i + 1} THEN e.${column}`).join(' ')} ELSE '' END`
