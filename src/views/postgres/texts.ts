/**
 * Texts of PostgreSQL hold every character but U+0000. It stands as ESCAPE, ESCAPE, and ESCAPE itself as ESCAPE and U+0002: so the
 * order by code point stays what it was. Neither is in anything that input lets through, but logs are older than rules of input.
 */
const NUL = '\u0000'
const ESCAPE = '\u0001'
const ESCAPED_NUL = '\u0001\u0001'
const ESCAPED_ESCAPE = '\u0001\u0002'

export const writeText = (text: string): string =>
  text.includes(NUL) || text.includes(ESCAPE)
    ? text.replaceAll(ESCAPE, ESCAPED_ESCAPE).replaceAll(NUL, ESCAPED_NUL)
    : text

export function readText(stored: string): string {
  if (!stored.includes(ESCAPE)) return stored
  let text = ''
  for (let i = 0; i < stored.length; i++) {
    const char = stored[i] ?? ''
    if (char === ESCAPE) text += stored[++i] === ESCAPE ? NUL : ESCAPE
    else text += char
  }
  return text
}

/** As a literal of type text[], for rows of which each has an array. */
export const arrayLiteral = (texts: readonly string[]): string =>
  `{${texts.map((text) => `"${text.replace(/["\\]/g, '\\$&')}"`).join(',')}}`
