import { InvalidArgumentError } from 'commander'
import { checkInstant } from '../domain/input.ts'

const DAY = /^\d{4}-\d\d-\d\d$/

/** Reads an option's value as a time: a day, meaning its first moment in UTC, or a full ISO 8601 time. Answers ISO 8601 UTC with milliseconds. */
export function timeOption(text: string): string {
  const time = checkInstant('', DAY.test(text) ? `${text}T00:00:00Z` : text)
  if (time.ok) return time.value
  throw new InvalidArgumentError(
    'It must be a day, 2026-01-31, or a time with its offset, 2026-01-31T12:00:00Z.',
  )
}

/** As `timeOption`, of what has been. */
export function pastTimeOption(text: string): string {
  const time = timeOption(text)
  if (time > new Date().toISOString()) throw new InvalidArgumentError('It must not be in the future.')
  return time
}
