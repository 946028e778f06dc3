/** Whether a character that stands after `previous` begins a word. */
export function isWordStart(previous: string | undefined): boolean {
  if (previous === undefined) return true
  const code = previous.charCodeAt(previous.length - 1)
  return code < ASCII_IN_WORD.length ? !ASCII_IN_WORD[code] : !IN_WORD.test(previous)
}

const IN_WORD = /[\p{L}\p{N}\p{M}]$/u
/** By code: regular expressions were half the cost of an index. */
const ASCII_IN_WORD = Array.from({ length: 128 }, (_, code) => IN_WORD.test(String.fromCharCode(code)))
