export const PROBLEM_KINDS = [
  /** Positions are missing: events were taken out. */
  'POSITION_HOLE',
  /** A commit's row is missing, has no events, or stands where it cannot. */
  'COMMIT',
  /** Seqs of a stream are missing. */
  'SEQ_HOLE',
  /** What a stream's row says of its newest events is not so. */
  'HEAD',
  /** A stream's events are not those that were written: one was changed, left out or put in. */
  'CHAIN',
  /** No release can read an event: its stream stands still in the views. */
  'UNREADABLE',
  /** A name is claimed, and by the events nobody, or another, has it. */
  'CLAIM_WITHOUT_OWNER',
  /** By the events a name is held, and no claim keeps others from it. */
  'OWNER_WITHOUT_CLAIM',
] as const

export type ProblemKind = (typeof PROBLEM_KINDS)[number]

/** Something in the stored log that rollcall never writes so. */
export interface LogProblem {
  readonly kind: ProblemKind
  /** The stream it is in, where it is in one. */
  readonly stream: string | null
  readonly message: string
}
