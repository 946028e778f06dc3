import { isWordStart } from '../words.ts'

/**
 * What is searched of an entity is one text: its folded texts, each between START and END, with WORD before every character that
 * begins a word. So a term is the whole of a text, begins a word or stands anywhere, as a pattern of LIKE says, and one trigram
 * index serves all of these. Input lets none of the marks through.
 */
const START = '\u0003'
const END = '\u0004'
const WORD = '\u0005'

export const searchText = (texts: readonly string[]): string =>
  texts.map((text) => `${START}${mark(text)}${END}`).join('')

/** Patterns for LIKE of what holds a folded term. */
export interface TermPatterns {
  readonly anywhere: string
  /** At the start of a word. */
  readonly word: string
  /** It is one of the texts. */
  readonly exact: string
}

export function termPatterns(term: string): TermPatterns {
  const marked = mark(term)
    .slice(WORD.length)
    .replace(/[\\%_]/g, '\\$&')
  return {
    anywhere: `%${marked}%`,
    word: `%${WORD}${marked}%`,
    exact: `%${START}${WORD}${marked}${END}%`,
  }
}

/** Whether a trigram index leads to what contains the term: three letters or digits in a row. */
export const hasTrigram = (term: string): boolean => /[\p{L}\p{N}]{3}/u.test(term)

/** Whether a trigram index leads to words that begin with the term. */
export const beginsWord = (term: string): boolean => /^[\p{L}\p{N}]/u.test(term)

function mark(text: string): string {
  let marked = ''
  let previous: string | undefined
  for (const char of text.toWellFormed()) {
    if (isWordStart(previous)) marked += WORD
    marked += char
    previous = char
  }
  return marked
}
