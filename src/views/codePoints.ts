/** Compares texts by code point, as engines do. JavaScript's own order differs where surrogates meet U+E000 and above. */
export function ascending(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length)
  let at = 0
  while (at < shorter && a.charCodeAt(at) === b.charCodeAt(at)) at++
  if (at === shorter) return a.length - b.length
  return weight(a.charCodeAt(at)) - weight(b.charCodeAt(at))
}

/** Surrogates stand for code points above all that is written in one unit. */
const weight = (unit: number): number => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit)

/** The least text after all that begin with this one; null if there is none. */
export function afterPrefix(prefix: string): string | null {
  const points = Array.from(prefix, (char) => char.codePointAt(0) ?? 0)
  while (points.at(-1) === LAST) points.pop()
  const last = points.pop()
  if (last === undefined) return null
  // The code points of surrogates are in no text.
  points.push(last === 0xd7ff ? 0xe000 : last + 1)
  return String.fromCodePoint(...points)
}

const LAST = 0x10ffff
