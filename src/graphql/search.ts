import { badInput, DomainFailure } from '../domain/errors.ts'
import { LIMITS } from '../domain/input.ts'
import { fold, length, tidy } from '../domain/text.ts'

/** A search text as the views want it: folded; null where there is nothing to search for. BAD_USER_INPUT where it is too long. */
export function searchTerm(text: string | null | undefined): string | null {
  if (text == null) return null
  if (length(text) > LIMITS.search) {
    throw new DomainFailure(badInput('search', text, `must have at most ${LIMITS.search} characters`))
  }
  const term = fold(tidy(text))
  return term === '' ? null : term
}
