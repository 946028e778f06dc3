import type { ErrorCode } from '../domain/errors.ts'

/**
 * Why the server closes a WebSocket. Those of graphql-transport-ws (4400 a malformed message, 4408 no connection_init in time,
 * 4409 an id in use, 4429 …) and 1009 (a message over the body limit) come on top. graphql-ws clients connect again after 1001,
 * 1013 and 4403, and give up after the others.
 */
export const CLOSE = {
  /** The server stops: connect again, and resume from the last cursor. */
  goingAway: 1001,
  /** Too many connections, unknown keys or unread messages: connect again after a while. */
  tryLater: 1013,
  unauthenticated: 4401,
  /** A key of another tenant, or a tenant that is not there. */
  forbidden: 4403,
  tooManyOperations: 4429,
  internal: 4500,
} as const

const REFUSALS: Partial<Readonly<Record<ErrorCode, number>>> = {
  UNAUTHENTICATED: CLOSE.unauthenticated,
  FORBIDDEN: CLOSE.forbidden,
  NOT_FOUND: CLOSE.forbidden,
  RATE_LIMITED: CLOSE.tryLater,
  UNAVAILABLE: CLOSE.tryLater,
}

export const closeCodeOf = (code: ErrorCode): number => REFUSALS[code] ?? CLOSE.internal

/** A close frame holds at most 123 bytes of reason. */
export function closeReason(message: string): string {
  const bytes = Buffer.from(message)
  return bytes.length <= 123 ? message : bytes.toString('utf8', 0, 120).replace(/\ufffd+$/, '')
}
