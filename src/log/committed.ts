import type { LogCommit, LogOutcome } from './EventLog.ts'

/** What becomes of a commit that is durable, at this position. */
export const committed = ({ appends }: LogCommit, position: number): LogOutcome => ({
  kind: 'committed',
  written: appends
    .filter(({ events }) => events.length > 0)
    .map(({ stream, expected, events }) => [stream, expected + events.length]),
  position,
})
