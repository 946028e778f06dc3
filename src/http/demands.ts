import type { IncomingHttpHeaders } from 'node:http'
import { badInput, type DomainError } from '../domain/errors.ts'
import { err, ok, type Result } from '../domain/result.ts'

const MAX_KEY_CHARS = 255
const PRINTABLE = /^[\x20-\x7e]+$/

/** What a client may ask of a single request, whatever the transport. */
export interface RequestDemands {
  readonly idempotencyKey: string | null
  readonly atLeast: string | null
}

export const NO_DEMANDS: RequestDemands = { idempotencyKey: null, atLeast: null }

/** The headers Idempotency-Key and Rollcall-At-Least. BAD_USER_INPUT. */
export function demandsInHeaders(headers: IncomingHttpHeaders): Result<RequestDemands, DomainError> {
  const idempotencyKey = headers['idempotency-key']
  const atLeast = headers['rollcall-at-least']
  if (idempotencyKey === undefined && atLeast === undefined) return NONE
  return demands(idempotencyKey, atLeast)
}

const NONE = ok(NO_DEMANDS)

/** The same over WebSocket, where each operation names them in its `extensions`: idempotencyKey, atLeast. BAD_USER_INPUT. */
export function demandsInExtensions(
  extensions: Readonly<Record<string, unknown>> | null | undefined,
): Result<RequestDemands, DomainError> {
  return extensions == null ? NONE : demands(extensions.idempotencyKey, extensions.atLeast)
}

function demands(idempotencyKey: unknown, atLeast: unknown): Result<RequestDemands, DomainError> {
  if (idempotencyKey != null && !isIdempotencyKey(idempotencyKey)) {
    return err(
      badInput('Idempotency-Key', idempotencyKey, `must be 1 to ${MAX_KEY_CHARS} printable ASCII characters`),
    )
  }
  if (atLeast != null && typeof atLeast !== 'string') {
    return err(badInput('Rollcall-At-Least', atLeast, 'must be one consistency token'))
  }
  return ok({ idempotencyKey: idempotencyKey ?? null, atLeast: atLeast ?? null })
}

const isIdempotencyKey = (value: unknown): value is string =>
  typeof value === 'string' && value.length <= MAX_KEY_CHARS && PRINTABLE.test(value)
