import { badInput, type DomainError } from './errors.ts'
import { err, ok, type Result } from './result.ts'
import { fold, hasForbiddenCharacters, length, tidy } from './text.ts'
import type { Json, JsonObject } from './user.ts'

/** Bounds of what a directory holds. Lengths are in code points after trimming and NFC. The README's table of limits says the same. */
export const LIMITS = {
  username: 128,
  email: 254,
  name: 256,
  groupName: 256,
  description: 4_096,
  keyLabel: 128,
  tenantName: 256,
  search: 256,
  /** Bytes of the attributes' JSON. */
  attributesBytes: 16_384,
  attributesDepth: 8,
  attributesKeys: 256,
} as const

const ID = /^[A-Za-z0-9][A-Za-z0-9._~-]{0,63}$/
const TENANT_ID = /^[a-z0-9][a-z0-9-]{0,62}$/
const EMAIL = /^[^\s@"(),:;<>[\\\]]+@[^\s@"(),:;<>[\\\]]+$/u

type Checked<A> = Result<A, DomainError>

/** An id that a client chose for a user or group. */
export const checkId = (field: string, id: string): Checked<string> =>
  ID.test(id)
    ? ok(id)
    : err(badInput(field, id, 'must be 1 to 64 of A-Z a-z 0-9 . _ ~ - and start with a letter or digit'))

export const checkTenantId = (field: string, id: string): Checked<string> =>
  TENANT_ID.test(id)
    ? ok(id)
    : err(badInput(field, id, 'must be 1 to 63 of a-z 0-9 - and start with a letter or digit'))

/** Trimmed, in NFC, 1 to `max` characters, none of them a control or invisible formatting character. */
export function checkText(field: string, text: string, max: number): Checked<string> {
  const tidied = tidy(text)
  // Folding leaves nothing of a text that cannot be seen.
  if (fold(tidied) === '') return err(badInput(field, text, 'must not be empty'))
  if (length(tidied) > max) return err(badInput(field, text, `must have at most ${max} characters`))
  if (hasForbiddenCharacters(tidied)) {
    return err(badInput(field, text, 'must have no control or invisible characters'))
  }
  return ok(tidied)
}

/** Prose of several lines, kept as it is but for NFC. It may be empty. */
export function checkProse(field: string, text: string, max: number): Checked<string> {
  const prose = text.normalize('NFC')
  if (length(prose) > max) return err(badInput(field, text, `must have at most ${max} characters`))
  if (hasForbiddenCharacters(prose.replace(LINE_LAYOUT, ''))) {
    return err(badInput(field, text, 'must have no control or invisible characters but tabs and line ends'))
  }
  return ok(prose)
}

const LINE_LAYOUT = /[\t\r\n]/g

export function checkEmail(field: string, text: string): Checked<string> {
  const checked = checkText(field, text, LIMITS.email)
  if (checked.ok && !EMAIL.test(checked.value)) {
    return err(badInput(field, text, 'must be an address like name@example.org'))
  }
  return checked
}

/** A JSON object of bounded size, depth and number of keys. */
export function checkAttributes(field: string, value: JsonObject): Checked<JsonObject> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return err(badInput(field, value, 'must be a JSON object'))
  }
  const fault = faultIn(value)
  if (fault !== null) return err(badInput(field, value, fault))
  const bytes = Buffer.byteLength(JSON.stringify(value))
  if (bytes > LIMITS.attributesBytes) {
    return err(
      badInput(field, value, `must be at most ${LIMITS.attributesBytes} bytes of JSON (it has ${bytes})`),
    )
  }
  return ok(value)
}

/** What is wrong with some JSON, or null. It ends at the first fault and never descends past the permitted depth. */
function faultIn(json: Json): string | null {
  let keys = 0
  function faultAt(value: Json, depth: number): string | null {
    if (typeof value !== 'object' || value === null) return faultInScalar(value)
    if (depth > LIMITS.attributesDepth) return `must be nested at most ${LIMITS.attributesDepth} deep`
    const names = Array.isArray(value) ? [] : Object.keys(value)
    keys += names.length
    if (keys > LIMITS.attributesKeys) return `must have at most ${LIMITS.attributesKeys} keys in all`
    for (const part of [...names, ...Object.values(value)]) {
      const fault = faultAt(part, depth + 1)
      if (fault !== null) return fault
    }
    return null
  }
  return faultAt(json, 1)
}

function faultInScalar(value: Json): string | null {
  if (typeof value === 'number' && !Number.isFinite(value)) return 'must hold numbers that JSON can write'
  if (typeof value === 'string' && !isStorable(value)) return 'must hold whole characters, none of them NUL'
  return null
}

/** Not every engine can keep a NUL or half of a surrogate pair. */
const isStorable = (text: string): boolean => text.isWellFormed() && !text.includes('\0')

/** An instant as ISO 8601 in UTC with milliseconds. Of the years 0 to 9999, so that instants sort as texts. */
export function checkInstant(field: string, value: Date | string): Checked<string> {
  const date = new Date(typeof value === 'string' && !isInstant(value) ? Number.NaN : value)
  return Number.isNaN(date.getTime()) || !/^\d/.test(date.toISOString())
    ? err(badInput(field, String(value), INSTANT_WANTED))
    : ok(date.toISOString())
}

export const INSTANT_WANTED =
  'must be an ISO 8601 date and time with its offset, such as 2026-01-31T12:00:00Z, up to the year 9999'

/** JavaScript's own parser takes much else, and the 31st of February for a day in March. */
const isInstant = (text: string): boolean => INSTANT.test(text) && isDay(text.slice(0, 10))

const INSTANT = /^\d{4}-\d\d-\d\dT([01]\d|2[0-3]):\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/

function isDay(text: string): boolean {
  const date = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text)
}
