import type { TenantId } from '../domain/streams.ts'
import type { Vector } from '../domain/token.ts'

/**
 * Keeps the views in step with the log, in the background, and on demand for whoever holds a token that is ahead of them.
 * `position` is a place in the journal.
 */
export interface Feed {
  /** What the views have applied, as last heard; it never runs backwards. */
  readonly position: number
  /** Aborts when the feed is closed: whoever follows it ends then. */
  readonly closed: AbortSignal
  /** A hint that the log has grown at least to this position, so that nobody has to wait for the next look. */
  notice(position: number): void
  /**
   * Resolves true once the views have reached the vector, false at the deadline (milliseconds from now) or when the feed is
   * closed. It does not wait for the background work, even if that is paused: it has the missing events read from the log and
   * applied (rule 6). When it says true, `position` covers the vector too.
   */
  reach(vector: Vector, deadlineMs: number): Promise<boolean>
  /** Calls the listener after each batch that the views have committed. Returns the way to stop. */
  onApplied(listener: AppliedListener): () => void
  stats(): FeedStats
  close(): Promise<void>
}

/**
 * Hears of the new position, and whose events came with it: null when that is not known, as when another process has applied
 * them. It must not throw.
 */
export type AppliedListener = (position: number, tenants: ReadonlySet<TenantId> | null) => void

export interface FeedStats {
  readonly position: number
  readonly logPosition: number
  readonly appliedTotal: number
  readonly duplicatesTotal: number
  readonly catchUpsTotal: number
  readonly quarantinedStreams: number
  /** Milliseconds since the views were last known to be level with the log; 0 when they are. */
  readonly lagMs: number
}
