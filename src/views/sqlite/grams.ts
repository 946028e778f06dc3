/**
 * The search index. Each folded text is cut at every character into tokens of three characters (fewer at its end); FTS5 keeps
 * their first one and first two as well (`prefix`), so that a term of any length, in any script, finds every text that contains
 * it. At the start of a word stands one more token, WORD and two characters, for what begins with a term.
 *
 * Tokens are those of FTS5's `ascii` tokenizer: a-z, digits, TOKEN_CHARS and all beyond ASCII. Other characters become OTHER,
 * and so share their grams: that makes some candidates too many, and every candidate is held against the texts themselves
 * (rank.ts).
 */
const WORD = '^'
const OTHER = '~'
const TOKEN_CHARS = `.@_+-${WORD}${OTHER}`
const UNTOKENED = /[^a-z0-9.@_+\-\u0080-\u{10ffff}]/gu

/** Contentless: nothing but the grams is kept. `automerge`: fewer, larger merges, for the sake of writing. */
export const createGrams = (table: string): string => `
  CREATE VIRTUAL TABLE ${table} USING fts5(grams, tokenize = "ascii tokenchars '${TOKEN_CHARS}'", prefix = '1 2',
    detail = none, content = '', contentless_delete = 1);
  INSERT INTO ${table} (${table}, rank) VALUES ('automerge', 8);`

/** Each gram of a query costs a walk, and more of them would hardly leave out another candidate. */
const MAX_QUERY_GRAMS = 4

/** What FTS5 is given of an entity with these texts. */
export function grams(texts: readonly string[]): string {
  let tokens = ''
  for (const text of texts) {
    const chars = characters(text)
    for (let i = 0; i < chars.length; i++) {
      const two = `${chars[i]}${chars[i + 1] ?? ''}`
      tokens += `${two}${chars[i + 2] ?? ''} `
      if (isWordStart(chars[i - 1])) tokens += `${WORD}${two} `
    }
  }
  return tokens
}

/** An FTS5 query for candidates: whatever contains the term (`wordStart`: at the start of a word) matches, and some more. */
export function gramQuery(term: string, wordStart: boolean): string {
  const chars = characters(term)
  const wanted = new Set<string>()
  if (wordStart) wanted.add(gram([WORD, ...chars.slice(0, 2)]))
  if (!wordStart || chars.length > 2) {
    const last = Math.max(chars.length - 3, 0)
    const step = Math.max(last / (MAX_QUERY_GRAMS - 1), 1)
    for (let at = 0; at < last; at += step) wanted.add(gram(chars.slice(Math.floor(at), Math.floor(at) + 3)))
    wanted.add(gram(chars.slice(last)))
  }
  return [...wanted].join(' ')
}

/** Of three characters it is a token, of fewer the beginning of one. */
const gram = (chars: readonly string[]): string => `"${chars.join('')}"${chars.length < 3 ? '*' : ''}`

/** Whether a character that stands after `previous` begins a word. */
export const isWordStart = (previous: string | undefined): boolean =>
  previous === undefined || !IN_WORD.test(previous)

const IN_WORD = /[\p{L}\p{N}\p{M}]$/u

const characters = (text: string): readonly string[] => Array.from(text.replace(UNTOKENED, OTHER))
