import { isWordStart } from '../words.ts'

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
const TOKENED = /^[a-z0-9.@_+-]*$/
const SURROGATE = /[\ud800-\udfff]/
const UNTOKENED = /[^a-z0-9.@_+\-\u0080-\u{10ffff}]/gu

/** Of one transaction's grams are kept in memory before they are written, each time as a segment that is to be merged later. */
const HASH_BYTES = 32 * 1024 * 1024

/** Contentless: nothing but the grams is kept. `automerge`: fewer, larger merges, for the sake of writing. */
export const createGrams = (table: string): string => `
  CREATE VIRTUAL TABLE ${table} USING fts5(grams, tokenize = "ascii tokenchars '${TOKEN_CHARS}'", prefix = '1 2',
    detail = none, content = '', contentless_delete = 1);
  INSERT INTO ${table} (${table}, rank) VALUES ('automerge', 8);
  INSERT INTO ${table} (${table}, rank) VALUES ('hashsize', ${HASH_BYTES});`

/** What FTS5 is given of an entity with these texts: a token as often as it stands there, because FTS5 is quicker to see it again. */
export function grams(texts: readonly string[]): string {
  const tokens: string[] = []
  for (const text of texts) {
    const chars = characters(text)
    for (let i = 0; i < chars.length; i++) {
      tokens.push(part(chars, i, i + 3))
      if (isWordStart(chars[i - 1])) tokens.push(WORD + part(chars, i, i + 2))
    }
  }
  return tokens.join(' ')
}

/** An FTS5 query for candidates: whatever contains the term (`wordStart`: at the start of a word) matches, and some more. */
export function gramQuery(term: string, wordStart: boolean): string {
  const chars = [...characters(term)]
  const wanted = new Set<string>()
  if (wordStart) wanted.add(gram([WORD, ...chars.slice(0, 2)]))
  if (!wordStart || chars.length > 2) {
    const last = Math.max(chars.length - 3, 0)
    for (const at of [0, rarest(chars, last), last]) wanted.add(gram(chars.slice(at, at + 3)))
  }
  return [...wanted].join(' ')
}

/**
 * Where the third gram of a query begins. Each gram costs a walk through all that have it, and a fourth would hardly leave out
 * another candidate. One that ends a word and begins the next, as "a.b" does, is rarer than most.
 */
function rarest(chars: readonly string[], last: number): number {
  for (let at = 1; at < last; at++) {
    if (isInWord(chars[at]) && !isInWord(chars[at + 1]) && isInWord(chars[at + 2])) return at
  }
  return Math.floor(last / 2)
}

const isInWord = (char: string | undefined): boolean => !isWordStart(char)

/** Of three characters it is a token, of fewer the beginning of one. */
const gram = (chars: readonly string[]): string => `"${chars.join('')}"${chars.length < 3 ? '*' : ''}`

/** A text's characters: the text itself, where each of them is one code unit. */
type Characters = string | readonly string[]

function characters(text: string): Characters {
  const tokened = TOKENED.test(text) ? text : text.replace(UNTOKENED, OTHER)
  return SURROGATE.test(tokened) ? Array.from(tokened) : tokened
}

const part = (chars: Characters, from: number, to: number): string =>
  typeof chars === 'string' ? chars.slice(from, to) : chars.slice(from, to).join('')
