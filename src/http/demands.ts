import type { IncomingHttpHeaders } from 'node:http'
import { badInput, type DomainError } from '../domain/errors.ts'
import { err, ok, type Result } from '../domain/result.ts'

const MAX_KEY_CHARS = 255
const PRINTABLE = /^[\x20-\x7e]+$/
/** Tokens that one request may demand: more than a client has operations under way, each of which may have left it another. */
export const MAX_TOKENS = 256

/** What a client may ask of a single request, whatever the transport. */
export interface RequestDemands {
  readonly idempotencyKey: string | null
  /** Consistency tokens. */
  readonly atLeast: readonly string[]
  /** The cursor to resume a subscription after, whatever the `after` of its document: that of the last event of a stream that was cut. */
  readonly resumeAfter: string | null
}

type Extensions = Readonly<Record<string, unknown>> | null | undefined

/**
 * The headers Idempotency-Key, Last-Event-ID, and Rollcall-At-Least, which takes several tokens with commas between them; the first and
 * the last may be in the `extensions` of the request instead, which win. BAD_USER_INPUT.
 */
export function demandsOf(
  headers: IncomingHttpHeaders,
  extensions?: Extensions,
): Result<RequestDemands, DomainError> {
  const idempotencyKey = extensions?.idempotencyKey ?? headers['idempotency-key']
  const atLeast = extensions?.atLeast ?? headers['rollcall-at-least']
  const resumeAfter = headers['last-event-id']
  if (idempotencyKey == null && atLeast == null && resumeAfter === undefined) return NONE
  return demands(
    idempotencyKey,
    typeof atLeast === 'string' ? listed(atLeast) : atLeast,
    resumeAfter?.toString(),
  )
}

const NONE: Result<RequestDemands, DomainError> = ok({ idempotencyKey: null, atLeast: [], resumeAfter: null })

/** The same over WebSocket, where each operation names them in its `extensions`: idempotencyKey, atLeast. BAD_USER_INPUT. */
export const demandsInExtensions = (extensions: Extensions): Result<RequestDemands, DomainError> =>
  demandsOf({}, extensions)

const listed = (tokens: string): string[] =>
  tokens
    .split(',', MAX_TOKENS + 1)
    .map((token) => token.trim())
    .filter((token) => token !== '')

function demands(
  idempotencyKey: unknown,
  atLeast: unknown,
  resumeAfter = '',
): Result<RequestDemands, DomainError> {
  if (idempotencyKey != null && !isIdempotencyKey(idempotencyKey)) {
    return err(
      badInput('Idempotency-Key', idempotencyKey, `must be 1 to ${MAX_KEY_CHARS} printable ASCII characters`),
    )
  }
  if (atLeast != null && !isTokens(atLeast)) {
    return err(badInput('Rollcall-At-Least', atLeast, `must be consistency tokens, at most ${MAX_TOKENS}`))
  }
  return ok({
    idempotencyKey: idempotencyKey ?? null,
    atLeast: atLeast ?? [],
    // Empty is what a client sends that was told of no event yet.
    resumeAfter: resumeAfter === '' ? null : resumeAfter,
  })
}

const isTokens = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.length <= MAX_TOKENS && value.every((token) => typeof token === 'string')

const isIdempotencyKey = (value: unknown): value is string =>
  typeof value === 'string' && value.length <= MAX_KEY_CHARS && PRINTABLE.test(value)
