import { fold, tidy } from '../domain/text.ts'
import type { Vector } from '../domain/token.ts'
import { vectorAt } from '../domain/token.ts'
import type { Viewer } from '../domain/viewer.ts'
import type { ResultOf } from '../ops/op.ts'
import { type Program, perform } from '../ops/program.ts'
import {
  findGroupByName,
  findUserByEmail,
  findUserByUsername,
  type GroupFilter,
  getGroup,
  getPosition,
  getUser,
  isMember,
  listGroups,
  listUsers,
  type PageArgs,
  type QueryOp,
  type UserFilter,
  type UserOrder,
} from '../ops/query.ts'
import type { GroupRow, Page, UserRow } from '../ops/rows.ts'
import { requireRead } from './guard.ts'
import { groupVector, userVector } from './rows.ts'

/**
 * Reads. Each answers what the views show and how far that is: rows speak for their streams; lists and absences for a
 * journal position that covers them. `seen` is what the caller holds a token of.
 */
export interface Read<A> {
  readonly value: A
  readonly token: Vector
}

export function* user(viewer: Viewer, id: string, seen: Vector | null): Program<Read<UserRow | null>> {
  yield* requireRead(viewer, seen)
  const row = yield* perform(getUser(id))
  return row === null ? yield* absent() : { value: row, token: userVector(viewer.tenant, row) }
}

/** Exact but for case: see `fold`. */
export function* userByEmail(
  viewer: Viewer,
  email: string,
  seen: Vector | null,
): Program<Read<UserRow | null>> {
  yield* requireRead(viewer, seen)
  const row = yield* perform(findUserByEmail(fold(tidy(email))))
  return row === null ? yield* absent() : { value: row, token: userVector(viewer.tenant, row) }
}

export function* userByUsername(
  viewer: Viewer,
  username: string,
  seen: Vector | null,
): Program<Read<UserRow | null>> {
  yield* requireRead(viewer, seen)
  const row = yield* perform(findUserByUsername(fold(tidy(username))))
  return row === null ? yield* absent() : { value: row, token: userVector(viewer.tenant, row) }
}

export function* group(viewer: Viewer, id: string, seen: Vector | null): Program<Read<GroupRow | null>> {
  yield* requireRead(viewer, seen)
  const row = yield* perform(getGroup(id))
  return row === null ? yield* absent() : { value: row, token: groupVector(viewer.tenant, row) }
}

export function* groupByName(
  viewer: Viewer,
  name: string,
  seen: Vector | null,
): Program<Read<GroupRow | null>> {
  yield* requireRead(viewer, seen)
  const row = yield* perform(findGroupByName(fold(tidy(name))))
  return row === null ? yield* absent() : { value: row, token: groupVector(viewer.tenant, row) }
}

export interface UsersArgs {
  /** Folded and tidied; null for none. */
  readonly search: string | null
  readonly filter: UserFilter
  readonly order: UserOrder
  readonly page: PageArgs
}

export function* users(viewer: Viewer, args: UsersArgs, seen: Vector | null): Program<Read<Page<UserRow>>> {
  yield* requireRead(viewer, seen)
  return yield* listed(listUsers(args))
}

export interface GroupsArgs {
  readonly search: string | null
  readonly filter: GroupFilter
  readonly page: PageArgs
}

export function* groups(
  viewer: Viewer,
  args: GroupsArgs,
  seen: Vector | null,
): Program<Read<Page<GroupRow>>> {
  yield* requireRead(viewer, seen)
  return yield* listed(listGroups(args))
}

export function* memberOf(
  viewer: Viewer,
  args: { groupId: string; userId: string; transitive: boolean },
  seen: Vector | null,
): Program<Read<boolean>> {
  yield* requireRead(viewer, seen)
  return yield* listed(isMember(args.groupId, args.userId, args.transitive))
}

/**
 * The position is read last: the token may speak of a little more than the answer shows, never of less, so that whoever reads
 * with it does not go back in time.
 */
function* listed<O extends QueryOp>(op: O): Program<Read<ResultOf<O>>> {
  const value = yield* perform(op)
  return { value, token: vectorAt(yield* perform(getPosition)) }
}

function* absent(): Program<Read<null>> {
  return { value: null, token: vectorAt(yield* perform(getPosition)) }
}
