import { isWordStart } from '../words.ts'

/**
 * The search index. Each folded text is cut at every character into tokens of three characters (fewer at its end); FTS5 keeps
 * their first one and first two as well (`prefix`), so that a term of any length, in any script, finds every text that contains
 * it. At the start of a word stand more: WORD and two characters, and WORD and three, for what begins with a term; and where one
 * word meets the next their joint, "nna.mu" of "anna.mueller", which few texts have: in large directories each gram is one of thousands.
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
      if (!isWordStart(chars[i - 1])) continue
      tokens.push(WORD + part(chars, i, i + 2), WORD + part(chars, i, i + 3))
      if (isJoint(chars, i)) tokens.push(joint(chars, i))
    }
  }
  return tokens.join(' ')
}

/** An FTS5 query for candidates: whatever contains the term (`wordStart`: at the start of a word) matches, and some more. */
export function gramQuery(term: string, wordStart: boolean): string {
  const chars = [...characters(term)]
  const wanted = wordStart ? [gram([WORD, ...chars.slice(0, 3)])] : []
  if (!wordStart || chars.length > 3) wanted.push(...gramsWithin(withoutDomain(chars)))
  return [...new Set(wanted)].join(' ')
}

/** Each costs a walk through all that have it, and one more would hardly leave out another candidate. */
function gramsWithin(chars: readonly string[]): readonly string[] {
  const last = Math.max(chars.length - 3, 0)
  const met = chars.findIndex((_, i) => isJoint(chars, i))
  const starts = met < 0 ? [0, rarest(chars, last), last] : [last]
  const cut = starts.map((at) => gram(chars.slice(at, at + 3)))
  return met < 0 ? cut : [gram([...joint(chars, met)]), ...cut]
}

/** Where the gram between the first and the last begins: one that ends a word and begins the next, as "a.b" does, is rarer than most. */
function rarest(chars: readonly string[], last: number): number {
  for (let at = 1; at < last; at++) {
    if (isInWord(chars[at]) && !isInWord(chars[at + 1]) && isInWord(chars[at + 2])) return at
  }
  return Math.floor(last / 2)
}

/** An address without its domain, which it has in common with too many. */
function withoutDomain(chars: readonly string[]): readonly string[] {
  const at = chars.indexOf('@')
  return at < 3 ? chars : chars.slice(0, at)
}

/** Whether a word begins here, with two characters of it, and three and what parts them before it: no @, where a query has ended. */
const isJoint = (chars: Characters, i: number): boolean =>
  i > 3 && i + 2 <= chars.length && isWordStart(chars[i - 1]) && isInWord(chars[i]) && chars[i - 1] !== '@'

const joint = (chars: Characters, i: number): string => part(chars, i - 4, i + 2)

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
