import type { EncodedCommit } from '../encodeCommit.ts'

/**
 * What the thread that asks and the thread that writes say to each other. A batch travels as JSON text: for many small objects
 * that costs both threads half of a structured clone.
 */
export type Batch = readonly BatchedCommit[]

/** `after`: the places in the batch of those that it was decided on. */
export type BatchedCommit = EncodedCommit & { readonly after?: readonly number[] }

/** What became of one commit: the position of its last event, or why nothing of it was written (`taken`: the claim's index). */
export type Verdict = number | 'conflict' | { readonly taken: number }

export type Answer =
  /** The writer has opened the file: said once, first. */
  | { readonly kind: 'ready' }
  /** One verdict a commit, in order; all of it is durable. */
  | { readonly kind: 'done'; readonly verdicts: readonly Verdict[] }
  /** The batch as a whole failed. */
  | { readonly kind: 'failed'; readonly reason: string; readonly outcome: FailedOutcome }

/**
 * `unknown`: it failed while it was being made durable, so it may yet be found to have happened. `gone`: nothing was written, nor
 * will be, since the file is not in its place any more.
 */
export type FailedOutcome = 'unwritten' | 'unknown' | 'gone'

export const CLOSE = 'close'

/** A batch holds at most so many commits, and stops growing at so many bytes of event data. */
export const MAX_BATCH_COMMITS = 256
export const MAX_BATCH_BYTES = 8_000_000
