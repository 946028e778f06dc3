/**
 * The folding under which names are unique and searched: characters that are not to be seen (joiners, fillers, variation
 * selectors) are left out, then NFKC, lower, upper, lower case, NFKC, with the final sigma made an ordinary one. `Ａlice`, `ALICE`
 * and `alice` fold to the same; so do `STRASSE` and `straße`. Accents are kept: `jose` is not `josé`. Independent of locale.
 * It may be empty where the text is not, and up to 18 times as long.
 */
export function fold(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase()
  return text
    .replace(IGNORABLE, '')
    .normalize('NFKC')
    .toLowerCase()
    .toUpperCase()
    .toLowerCase()
    .normalize('NFKC')
    .replaceAll('ς', 'σ')
}

const IGNORABLE = /\p{Default_Ignorable_Code_Point}/gu
const ASCII = /^[\u0020-\u007e]*$/

/** Trimmed and in NFC: the form in which texts are stored. */
export const tidy = (text: string): string => text.normalize('NFC').trim()

/** The number of characters as people count code points. */
export const length = (text: string): number => (ASCII.test(text) ? text.length : [...text].length)

/** Control and invisible formatting characters, lone surrogates, line and paragraph separators. Zero-width joiners stay: scripts need them. */
export const hasForbiddenCharacters = (text: string): boolean => FORBIDDEN.test(text)

const FORBIDDEN = /(?!\u200c|\u200d)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u
