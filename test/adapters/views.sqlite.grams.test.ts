import fc from 'fast-check'
import { expect, test } from 'vitest'
import { gramQuery, grams } from '../../src/views/sqlite/grams.ts'
import { isWordStart } from '../../src/views/words.ts'

/** Letters, marks and what parts words, in one code unit and in two. */
const CHARACTERS = [...'aabbcé한\u0301 ..@-_,"*^~', '😀', '𝒜', '\ud800']

const chars = fc.array(fc.constantFrom(...CHARACTERS), { maxLength: 14 })
/** A text, and where in it a term begins and ends. */
const termInText = fc
  .tuple(chars, fc.array(fc.constantFrom(...CHARACTERS), { minLength: 1, maxLength: 14 }), chars)
  .map(([before, term, after]) => ({
    before,
    term: term.join(''),
    text: [...before, ...term, ...after].join(''),
  }))

/** Of an FTS5 query: the tokens, and the beginnings of tokens, that it wants. */
const wanted = (query: string) => query.split(' ').map((gram) => gram.replace(/^"|"\*?$/g, ''))

function expectFound(query: string, text: string): void {
  const tokens = grams([text]).split(' ')
  for (const gram of wanted(query)) {
    const isMet = (token: string) => (query.includes(`"${gram}"*`) ? token.startsWith(gram) : token === gram)
    expect(tokens.some(isMet), `${gram} in ${tokens}`).toBe(true)
  }
}

test('a text has every gram that is wanted of a term in it', () => {
  fc.assert(
    fc.property(termInText, ({ term, text }) => expectFound(gramQuery(term, false), text)),
    {
      numRuns: 2_000,
    },
  )
})

test('and of one that begins a word in it', () => {
  const atWordStart = termInText.filter(({ before }) => isWordStart(before.at(-1)))
  fc.assert(
    fc.property(atWordStart, ({ term, text }) => expectFound(gramQuery(term, true), text)),
    {
      numRuns: 2_000,
    },
  )
})

test.each([
  ['anna.mueller', '"nna.mu" "ler"'],
  ['j.smith', '"j.s" "smi" "ith"'],
  ['mueller', '"mue" "ell" "ler"'],
  ['anna.mueller@example.org', '"nna.mu" "ler"'],
  ['@example.org', '"ple.or" "org"'],
  ['an', '"an"*'],
])('of %s are wanted %s', (term, query) => {
  expect(new Set(gramQuery(term, false).split(' '))).toEqual(new Set(query.split(' ')))
})

test.each([
  ['s', '"^s"*'],
  ['so', '"^so"'],
  ['son', '"^son"'],
  ['sonj', '"^son" "son" "onj"'],
])('of %s at the start of a word are wanted %s', (term, query) => {
  expect(new Set(gramQuery(term, true).split(' '))).toEqual(new Set(query.split(' ')))
})
