import type { ErrorCode } from '../domain/errors.ts'

/**
 * Why the server closes a WebSocket. Those that the protocol's libraries give by themselves come on top: 1009 (a message over the body
 * limit), 4406 (another subprotocol), 4408 (no connection_init in time), 4409 (an id in use). graphql-ws clients connect again after
 * 1001, 1013, 4403 and 4408, and give up after the others. The README documents all of them; a test compares the two both ways.
 */
export const CLOSE = {
  /** The server stops: connect again, and resume from the last cursor. */
  goingAway: 1001,
  /** Too many connections, unknown keys or unread messages, or no sign of life: connect again after a while. */
  tryLater: 1013,
  /** Something in connection_init is not of its type, or a message is none. */
  malformed: 4400,
  unauthenticated: 4401,
  /** A key of another tenant, or a tenant that is not there. */
  forbidden: 4403,
  /** A client that keeps trying what was refused with RATE_LIMITED, or that introduces itself twice. */
  tooManyRefusals: 4429,
  internal: 4500,
} as const

const REFUSALS: Partial<Readonly<Record<ErrorCode, number>>> = {
  BAD_USER_INPUT: CLOSE.malformed,
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
