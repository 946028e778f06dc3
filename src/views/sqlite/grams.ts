/**
 * The search index: for each entity the 1-, 2- and 3-grams of its folded texts, so that a term of any length finds every text
 * that contains it, in any script. Each gram is one token of FTS5's `ascii` tokenizer, which keeps letters a-z, digits and
 * everything beyond ASCII; all else is moved into the private use area. That a gram can so have two meanings only makes a
 * candidate too many: candidates are always held against the texts themselves (rank.ts).
 */
const SPECIAL = /[^a-z0-9\u0080-\u{10ffff}]/gu
const PRIVATE_USE = 0xe000
/** Before the first one or two characters of a word: finds what begins with a term. */
const WORD = '\uf8ff'
/** More grams of one term would hardly leave out another candidate. */
const MAX_QUERY_GRAMS = 8

/** The tokens of an entity with these texts. */
export function grams(texts: readonly string[]): string {
  let tokens = ''
  for (const text of texts) {
    const chars = characters(text)
    for (let i = 0; i < chars.length; i++) {
      const one = chars[i] ?? ''
      const two = one + (chars[i + 1] ?? '')
      tokens += `${one} ${two} ${two}${chars[i + 2] ?? ''} `
      if (isWordStart(chars[i - 1])) tokens += `${WORD}${one} ${WORD}${two} `
    }
  }
  return tokens
}

/** An FTS5 query for candidates: whatever contains the term (`wordStart`: at the start of a word) matches, and some more. */
export function gramQuery(term: string, wordStart: boolean): string {
  const chars = characters(term)
  const wanted = new Set<string>()
  if (wordStart) wanted.add(WORD + chars.slice(0, 2).join(''))
  if (!wordStart || chars.length > 2) {
    const last = Math.max(chars.length - 3, 0)
    const step = Math.max(last / (MAX_QUERY_GRAMS - 1), 1)
    for (let at = 0; at < last; at += step) wanted.add(gramAt(chars, Math.floor(at)))
    wanted.add(gramAt(chars, last))
  }
  return [...wanted].map((gram) => `"${gram}"`).join(' ')
}

const gramAt = (chars: readonly string[], at: number): string => chars.slice(at, at + 3).join('')

/** Whether a character that stands after `previous` begins a word. */
export const isWordStart = (previous: string | undefined): boolean =>
  previous === undefined || !IN_WORD.test(previous)

const IN_WORD = /[\p{L}\p{N}\p{M}]$/u

const characters = (text: string): readonly string[] =>
  Array.from(text.replace(SPECIAL, (char) => String.fromCharCode(PRIVATE_USE + char.charCodeAt(0))))
