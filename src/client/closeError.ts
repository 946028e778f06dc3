import { RollcallError } from './errors.ts'
import type { ErrorCode } from './generated.ts'

/** Close codes that say more than that the connection is gone. */
const CODES: Readonly<Record<number, ErrorCode>> = {
  1001: 'UNAVAILABLE',
  1009: 'BAD_USER_INPUT',
  1013: 'UNAVAILABLE',
  4400: 'BAD_USER_INPUT',
  4401: 'UNAUTHENTICATED',
  4403: 'FORBIDDEN',
  4406: 'BAD_USER_INPUT',
  4429: 'RATE_LIMITED',
  4500: 'INTERNAL',
}

/** Of graphql-ws, for a connection that we gave up. */
const SILENT = 4499

/** A WebSocket that was closed, as an error; NETWORK for whatever is not the server's word. */
export function closeError(event: unknown): RollcallError {
  const { code = 1006, reason = '' } = (event ?? {}) as { readonly code?: number; readonly reason?: string }
  const why = code === SILENT ? 'The server did not answer' : reason || 'There is no connection to the server'
  return new RollcallError(CODES[code] ?? 'NETWORK', `${why} (${code})`, { closeCode: code })
}
