import type { Json } from '../domain/user.ts'
import type {
  ApiKeyRow,
  GroupRow,
  MembershipRow,
  PastGroupRow,
  PastMembershipRow,
  PastUserRow,
  UserRow,
} from '../ops/rows.ts'
import * as past from '../services/past.ts'
import * as pastMemberships from '../services/pastMemberships.ts'
import { type Connection, type ListArgs, programConnection } from './connections.ts'
import type { RequestContext } from './context.ts'
import { scopeOf } from './scopeOf.ts'

/** Fields of what was asked for with asOf: all below it is of the same time. */

export const isPast = <Past extends { readonly asOf: string }>(
  row: UserRow | GroupRow | MembershipRow | Past,
): row is Past => 'asOf' in row

const pastScope = (name: string, id: string, asOf: string, more: Readonly<Record<string, Json>> = {}) =>
  scopeOf(name, { id, asOf, ...more })

export const pastMembershipsOf = (
  context: RequestContext,
  user: PastUserRow,
  args: ListArgs,
  transitive: boolean,
): Promise<Connection<PastMembershipRow>> =>
  programConnection(context, pastScope('memberships', user.id, user.asOf, { transitive }), args, (page) =>
    pastMemberships.memberships(context.viewer.tenant, user, transitive, page),
  )

export const pastMembersOf = (
  context: RequestContext,
  group: PastGroupRow,
  args: ListArgs,
  transitive: boolean,
): Promise<Connection<PastMembershipRow>> =>
  programConnection(context, pastScope('members', group.id, group.asOf, { transitive }), args, (page) =>
    pastMemberships.members(context.viewer.tenant, group, transitive, page),
  )

export const pastChildrenOf = (
  context: RequestContext,
  group: PastGroupRow,
  args: ListArgs,
): Promise<Connection<PastGroupRow>> =>
  programConnection(context, pastScope('children', group.id, group.asOf), args, (page) =>
    past.children(context.viewer.tenant, group, page),
  )

export const pastMemberCount = (
  context: RequestContext,
  group: PastGroupRow,
  transitive: boolean,
): Promise<number> =>
  context.read(() => pastMemberships.memberCount(context.viewer.tenant, group, transitive))

export const pastApiKeys = (context: RequestContext, user: PastUserRow): Promise<readonly ApiKeyRow[]> =>
  context.read(() => past.apiKeys(context.viewer.tenant, user))

export const pastUser = (context: RequestContext, id: string, asOf: string): Promise<PastUserRow | null> =>
  context.read(() => past.user(context.viewer, id, asOf))

export const pastGroup = (context: RequestContext, id: string, asOf: string): Promise<PastGroupRow | null> =>
  context.read(() => past.group(context.viewer, id, asOf))

/** The token of a past group. */
export const pastGroupToken = async (context: RequestContext, group: PastGroupRow): Promise<string> =>
  context.token(await context.run(() => past.groupVectorAt(context.viewer.tenant, group)))

export const pastMembershipToken = async (
  context: RequestContext,
  { groupId, asOf }: PastMembershipRow,
): Promise<string> =>
  context.token(await context.run(() => past.membersVectorAt(context.viewer.tenant, groupId, asOf)))
