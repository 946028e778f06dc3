import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fold, hasForbiddenCharacters, length, tidy } from '../../src/domain/text.ts'
import { anyText } from '../support/texts.ts'

/** Without case or neighbours that matter. */
const INERT = /[\p{Script=Han}\p{Script=Hangul}\p{Script=Tangut}\p{Script=Egyptian_Hieroglyphs}\p{S}]/u
/** Unassigned, for private use, or half of a pair. */
const NO_CHARACTER = /[\p{Cn}\p{Co}\p{Cs}]/u
const text = anyText.map(tidy)

describe('fold', () => {
  test.each([
    ['Ａlice', 'alice'],
    ['ALICE', 'alice'],
    ['STRASSE', 'straße'],
    ['ΑΣ', 'ας'],
    ['ΌΣΟΣ', 'όσος'],
    ['İstanbul', 'i̇stanbul'],
    ['ﬁn', 'FIN'],
    ['al\u200dice', 'alice'],
    ['x\ufe0f', 'x'],
    ['O\u0308', 'ö'],
  ])('%j and %j are one name', (a, b) => {
    expect(fold(a)).toBe(fold(b))
  })

  test.each([
    ['jose', 'josé'],
    ['a b', 'ab'],
    ['а', 'a'],
  ])('%j and %j are two', (a, b) => {
    expect(fold(a)).not.toBe(fold(b))
  })

  test('the beginning of a name folds to the beginning of what the name folds to', () => {
    expect(fold('ΟΔΟΣΑ').startsWith(fold('ΟΔΟΣ'))).toBe(true)
    expect(fold('Straßen').startsWith(fold('STRAS'))).toBe(true)
  })

  test('nothing is left of what cannot be seen', () => {
    expect(fold('\u200d\u200c\u3164\u115f\ufe0f\u00ad')).toBe('')
  })

  test('folding again changes nothing, and case changes nothing: every assigned character', () => {
    const wrong: string[] = []
    for (let code = 0; code <= 0x10ffff; code++) {
      const unstable = placesOf(String.fromCodePoint(code)).filter((name) => !isStable(name))
      wrong.push(...unstable.map((name) => `U+${code.toString(16)} in ${JSON.stringify(name)}`))
    }
    expect(wrong).toEqual([])
  })

  test('the same of texts of any characters', () => {
    fc.assert(
      fc.property(text, (name) => {
        const folded = fold(name)
        expect(fold(folded)).toBe(folded)
        expect(fold(tidy(name.toUpperCase()))).toBe(folded)
        expect(fold(tidy(name.toLowerCase()))).toBe(folded)
      }),
      { numRuns: 2_000 },
    )
  })

  test('is at most 18 times as long as the text', () => {
    fc.assert(fc.property(text, (name) => fold(name).length <= 18 * name.length))
    expect(fold('\ufdfa')).toHaveLength(18)
  })
})

test('tidying again changes nothing', () => {
  fc.assert(
    fc.property(text, (name) => {
      expect(tidy(name)).toBe(name)
    }),
  )
})

test('length counts code points', () => {
  expect([length('abc'), length('💛'), length('e\u0301')]).toEqual([3, 1, 2])
})

test.each(['a\0', '\u0085', '\ud800', '\udc00a', '\u202e', '\ufeffa', '\u2028', '\u2029', '\u{e0041}'])(
  '%j is forbidden',
  (name) => {
    expect(hasForbiddenCharacters(name)).toBe(true)
  },
)

test.each(['a', 'é', '💛', '\u200d', '\u200c', 'می\u200cخواهم', '👩\u200d💻'])('%j is permitted', (name) => {
  expect(hasForbiddenCharacters(name)).toBe(false)
})

/** A character alone and beside others, as far as that can matter. */
function placesOf(character: string): string[] {
  if (NO_CHARACTER.test(character)) return []
  return INERT.test(character) ? [character] : [character, `a${character}`, `${character}Σ`, `Σ${character}a`]
}

function isStable(name: string): boolean {
  const folded = fold(name)
  const forms = [
    folded,
    name.toUpperCase(),
    name.toLowerCase(),
    name.normalize('NFD'),
    name.normalize('NFKC'),
  ]
  return forms.every((form) => fold(form) === folded)
}
