import { isWordStart } from '../words.ts'

/**
 * How well folded texts answer a folded term, best first. With k texts: 0, one of them is the term; 1 to k, the first that
 * begins with it; k + 1, a word in one does; k + 2, it stands anywhere. Null: it stands in none.
 */
export function rank(texts: readonly string[], term: string): number | null {
  if (texts.includes(term)) return 0
  const prefixed = texts.findIndex((text) => text.startsWith(term))
  if (prefixed >= 0) return prefixed + 1
  if (texts.some((text) => hasWord(text, term))) return texts.length + 1
  return texts.some((text) => text.includes(term)) ? texts.length + 2 : null
}

function hasWord(text: string, term: string): boolean {
  for (let at = text.indexOf(term); at >= 0; at = text.indexOf(term, at + 1)) {
    if (isWordStart(at === 0 ? undefined : text.slice(Math.max(at - 2, 0), at))) return true
  }
  return false
}
