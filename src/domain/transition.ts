/** What a view does with an event, by what it last applied of the event's stream (rule 3). */
export type Transition = 'apply' | 'duplicate' | 'gap'

/**
 * The heart of every projection: `seq` is applied iff it is the next one. `<=` is a duplicate and is skipped; `>` is a gap:
 * the missing events are read from the log first, never skipped.
 */
export function transitionSeq(applied: number, seq: number): Transition {
  if (seq === applied + 1) return 'apply'
  return seq <= applied ? 'duplicate' : 'gap'
}
