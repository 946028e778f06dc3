import { type DomainError, domainError } from '../domain/errors.ts'
import type { GraphQLResponse } from './engine.ts'

/** Room for a page of 1,000 users, each with all the attributes that it may have, and as much again. */
export const MAX_ANSWER_CHARS = 32_000_000

/**
 * QUERY_TOO_COMPLEX for an answer that would be longer than this when written as JSON; null: it is not. What would have to be escaped
 * counts as one character. No more of the answer is looked at than tells.
 */
export function tooLong(response: GraphQLResponse, maxChars: number, isWritten: boolean): DomainError | null {
  const chars = charsOf(response, maxChars)
  if (chars <= maxChars) return null
  const advice = isWritten ? WRITTEN : 'Ask for smaller pages, or for less of each object'
  return domainError(
    'QUERY_TOO_COMPLEX',
    `The answer has more than ${maxChars} characters, the most that are sent. ${advice}`,
    { limit: 'answer', value: chars, allowed: maxChars, ...(isWritten && { mayBeCommitted: true }) },
  )
}

const WRITTEN = 'What was to be written is written: read it in smaller pieces'

/** Of the JSON of a value, or of as much of it as is longer than `enough`. */
function charsOf(value: unknown, enough: number): number {
  if (typeof value === 'string') return value.length + QUOTES
  if (typeof value !== 'object' || value === null) return SCALAR
  let chars = BRACKETS
  if (Array.isArray(value)) {
    for (const item of value) {
      chars += charsOf(item, enough - chars) + COMMA
      if (chars > enough) break
    }
    return chars
  }
  for (const name in value) {
    chars += name.length + NAME + charsOf((value as Record<string, unknown>)[name], enough - chars)
    if (chars > enough) break
  }
  return chars
}

const QUOTES = 2
const BRACKETS = 2
const COMMA = 1
/** Its quotes, the colon, the comma after its value. */
const NAME = 4
/** A number, true, false or null. */
const SCALAR = 4
