/**
 * Every code that a client can meet, in `errors[].extensions.code`. The README documents the same list; a test compares
 * the two both ways. Codes are stable: one is never renamed or given another meaning.
 */
export const ERROR_CODES = [
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'NOT_FOUND',
  'BAD_USER_INPUT',
  'USERNAME_TAKEN',
  'EMAIL_TAKEN',
  'GROUP_NAME_TAKEN',
  'GROUP_CYCLE',
  'STALE_TOKEN',
  'VIEW_BEHIND',
  'BAD_TOKEN',
  'BAD_CURSOR',
  'CURSOR_EXPIRED',
  'IDEMPOTENCY_MISMATCH',
  'QUERY_TOO_COMPLEX',
  'RATE_LIMITED',
  'UNAVAILABLE',
  'INTERNAL',
] as const

export type ErrorCode = (typeof ERROR_CODES)[number]

/** A failure that a client is told of: a stable code, a sentence, and facts that help to mend it. Never a stack or a secret. */
export interface DomainError {
  readonly code: ErrorCode
  readonly message: string
  /** Goes to `errors[].extensions` beside the code: JSON, safe to show. */
  readonly details?: Readonly<Record<string, unknown>>
}

export const domainError = (
  code: ErrorCode,
  message: string,
  details?: Readonly<Record<string, unknown>>,
): DomainError => (details === undefined ? { code, message } : { code, message, details })

/** Bad input: names the field, the value (cut to a readable length) and what would be right. */
export const badInput = (field: string, value: unknown, wanted: string): DomainError =>
  domainError('BAD_USER_INPUT', `${field}: ${wanted}, but was ${excerpt(value)}`, {
    field,
    value: plainExcerpt(value),
    wanted,
  })

/** The same error, of an argument or a header: it names it. */
export const errorOf = (field: string, { code, message, details }: DomainError): DomainError =>
  domainError(code, `${field}: ${message}`, { field, ...details })

const EXCERPT_CHARS = 80

/**
 * A value as one may show it in a message: JSON, at most 80 characters, control and invisible characters escaped. It looks at
 * little more of the value than it shows: hostile input costs nothing, however deep or wide.
 */
export const excerpt = (value: unknown): string =>
  printable(JSON.stringify(outline(value, 2)) ?? String(value))

/** The same for programs, where a string needs no quotes around it. */
export const plainExcerpt = (value: unknown): string =>
  typeof value === 'string' ? printable(value.slice(0, EXCERPT_CHARS + 1)) : excerpt(value)

function printable(text: string): string {
  const escapedText = text.replace(UNPRINTABLE, escaped)
  if (escapedText.length <= EXCERPT_CHARS) return escapedText
  return `${escapedText.slice(0, EXCERPT_CHARS - 1).replace(HALF_PAIR, '')}…`
}

/** As much of a value as an excerpt has room for. */
function outline(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return value.slice(0, EXCERPT_CHARS)
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  if (depth === 0) return '…'
  if (Array.isArray(value)) return value.slice(0, EXCERPT_CHARS / 2).map((item) => outline(item, depth - 1))
  const fields = value as Readonly<Record<string, unknown>>
  const names = Object.keys(fields).slice(0, EXCERPT_CHARS / 4)
  return Object.fromEntries(
    names.map((name) => [name.slice(0, EXCERPT_CHARS), outline(fields[name], depth - 1)]),
  )
}

const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu
const HALF_PAIR = /[\ud800-\udbff]$/
const escaped = (character: string): string => `\\u{${character.codePointAt(0)?.toString(16)}}`

/** The one exception that carries a domain error through code that cannot return a Result (promises, GraphQL resolvers). */
export class DomainFailure extends Error {
  readonly error: DomainError
  constructor(error: DomainError, options?: ErrorOptions) {
    super(error.message, options)
    this.name = 'DomainFailure'
    this.error = error
  }
}
