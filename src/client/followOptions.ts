import type { RetryWindow } from './backoff.ts'
import type { RollcallError } from './errors.ts'
import type { ChangeFilter } from './generated.ts'
import type { Change, Replica } from './Replica.ts'

/** What a follower is doing, and why. */
export type FollowStatus =
  | { readonly kind: 'connecting' }
  /** The present state is being copied; what was copied before is read until it is whole. */
  | { readonly kind: 'snapshot' }
  /** What was missed is being told. */
  | { readonly kind: 'catchingUp' }
  /** What happens is told as it happens. */
  | { readonly kind: 'live' }
  /** The changes came faster than they were taken: the connection was closed, and the rest is told again from there. */
  | { readonly kind: 'behind' }
  /** The cursor is good no longer: a fresh snapshot is taken. */
  | { readonly kind: 'expired'; readonly error: RollcallError }
  | { readonly kind: 'retrying'; readonly error: RollcallError; readonly inMs: number }

/** A message that is no change. */
export interface Mark {
  /** CAUGHT_UP: what was missed has been told. BOOKMARK: the journal moved, with nothing for this follower. */
  readonly kind: 'CAUGHT_UP' | 'BOOKMARK'
  readonly cursor: string
}

export interface FollowOptions {
  /** Keeps a copy of the directory, beginning with a snapshot, and the cursor with it. */
  readonly replica?: Replica
  /** Without a replica: begin after this cursor, or else with the present state if `snapshot` is true, or else from now on. */
  readonly after?: string
  readonly snapshot?: boolean
  /** Only these changes. With a replica: keep to the same filter, and do not leave SetUsername and SetGroupName out. */
  readonly filter?: ChangeFilter
  /**
   * Told of every change, in order, those of snapshots too, and awaited: nothing more is taken until it is done. The replica has the
   * change after that, so after a crash the last ones may be told again, and none is ever missed. What it throws ends the following.
   */
  readonly onChange?: (change: Change) => void | Promise<void>
  /** Told of every message that is no change: nothing for you, up to this cursor. */
  readonly onMark?: (mark: Mark) => void
  readonly onStatus?: (status: FollowStatus) => void
  readonly signal?: AbortSignal
  /** Within which to connect again after a cut, growing to 30 s. Without it as the server asks, who knows how many there are; or 0 to 1,000 ms. */
  readonly retry?: RetryWindow
}
