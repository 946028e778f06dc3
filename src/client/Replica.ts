import type { ChangeFieldsFragment, MembershipRole, UserStatus } from './generated.ts'

type MaybePromise<T> = T | Promise<T>

/** One event of the log, at its place. */
export type Change = ChangeFieldsFragment

/** How far a replica has come. */
export interface Place {
  /** Of what it is a copy: the tenant and the filter, as the follower writes them. */
  readonly scope: string
  /** Where to go on; null at the very beginning. */
  readonly cursor: string | null
  /** Whether this is the copy that is read; else one that is being made beside it. */
  readonly isWhole: boolean
}

/**
 * Where a follower keeps its copy of the directory and its cursor. Each method takes effect as a whole or not at all, and what has
 * taken effect outlives the process as far as the replica does. One follower at a time writes to it.
 */
export interface Replica {
  /** Of the copy that is being made, or else of the whole one; null where there is neither. */
  place(): MaybePromise<Place | null>
  /** Begins a copy at nothing, in place of one that was not finished. The whole one, if any, is read until `complete`. */
  begin(scope: string): MaybePromise<void>
  /** The last change of a stream that the copy at `place` has; 0 for none. */
  seq(stream: string): MaybePromise<number>
  /** Takes over the changes, and keeps the cursor with them. Those that it has already, by the seq of their stream, are skipped. */
  apply(changes: readonly Change[], cursor: string): MaybePromise<void>
  /** The copy at `place` is whole, up to the cursor: it is read from now on, and the one before it is gone. */
  complete(cursor: string): MaybePromise<void>
}

export interface UserCopy {
  readonly id: string
  readonly username: string
  readonly email: string | null
  readonly name: string | null
  readonly status: UserStatus
  readonly attributes: Readonly<Record<string, unknown>>
}

export interface GroupCopy {
  readonly id: string
  readonly name: string
  readonly description: string
  readonly parentId: string | null
}

export interface MembershipCopy {
  readonly groupId: string
  readonly userId: string
  readonly role: MembershipRole
}

/** A whole copy, as it is read. Nothing is there before the first one is whole. What was deleted is not there. */
export interface DirectoryCopy {
  user(id: string): UserCopy | null
  group(id: string): GroupCopy | null
  /** Of a group, by user id. */
  members(groupId: string): readonly MembershipCopy[]
  /** Of a user, by group id. */
  memberships(userId: string): readonly MembershipCopy[]
  users(): Iterable<UserCopy>
  groups(): Iterable<GroupCopy>
}
