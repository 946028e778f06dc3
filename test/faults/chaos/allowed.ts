/**
 * What may be answered while engines and processes come and go. Any other code is a broken promise, and so is an answer that is no
 * GraphQL. A connection that breaks says nothing.
 */

/** Reads, pages of changes, subscriptions: worth asking again. */
export const READ_MAY_FAIL: readonly string[] = ['VIEW_BEHIND', 'UNAVAILABLE']

/** A write whose outcome is not known: it may have been written. */
export const WRITE_UNKNOWN: readonly string[] = ['UNAVAILABLE']

/** A write that was made, and says so, but cannot be shown: not yet, or not any more, since another has deleted it. */
export const WRITE_UNSEEN: readonly string[] = ['VIEW_BEHIND', 'NOT_FOUND']

/** A write that cannot be done, with or without faults. */
export const WRITE_REFUSED: readonly string[] = [
  'NOT_FOUND',
  'BAD_USER_INPUT',
  'USERNAME_TAKEN',
  'EMAIL_TAKEN',
  'GROUP_NAME_TAKEN',
  'GROUP_CYCLE',
  'STALE_TOKEN',
]

/** Null for what `fetch` says of a connection that broke, or of patience that ended; throws all else. */
export function unanswered(error: unknown): null {
  if (error instanceof TypeError || error instanceof DOMException) return null
  throw error
}
