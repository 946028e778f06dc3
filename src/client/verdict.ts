import type { RollcallError } from './errors.ts'

/** What a follower does about an ending. */
export type Verdict = 'again' | 'againLater' | 'afresh' | 'stop'

/** Nothing of these changes by trying again. */
const TERMINAL: ReadonlySet<RollcallError['code']> = new Set([
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'NOT_FOUND',
  'BAD_USER_INPUT',
  'BAD_TOKEN',
  'BAD_CURSOR',
  'QUERY_TOO_COMPLEX',
])

/** `againLater`: not before the longest wait. `afresh`: with a new snapshot. Whatever is not known to be for good may pass. */
export function verdictOn({ code, details }: RollcallError): Verdict {
  if (code === 'CURSOR_EXPIRED') return 'afresh'
  if (code === 'RATE_LIMITED' || code === 'INTERNAL') return 'againLater'
  // The process that was asked has not seen yet what another one has told.
  if (code === 'BAD_CURSOR' && details.why === 'ahead') return 'again'
  return TERMINAL.has(code) ? 'stop' : 'again'
}
