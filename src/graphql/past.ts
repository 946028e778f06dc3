import type { Json } from '../domain/user.ts'
import type { Program } from '../ops/program.ts'
import type { PageArgs } from '../ops/query.ts'
import type {
  ApiKeyRow,
  GroupRow,
  MembershipRow,
  Page,
  PastGroupRow,
  PastMembershipRow,
  PastUserRow,
  UserRow,
} from '../ops/rows.ts'
import type { Read } from '../services/directory.ts'
import * as past from '../services/past.ts'
import * as pastMemberships from '../services/pastMemberships.ts'
import { Connection, pageArgs } from './connections.ts'
import type { RequestContext } from './context.ts'
import { scopeOf } from './scopeOf.ts'

/** Fields of what was asked for with asOf: all below it is of the same time. */

export const isPast = <Past extends { readonly asOf: string }>(
  row: UserRow | GroupRow | MembershipRow | Past,
): row is Past => 'asOf' in row

/** The arguments of a list. */
export interface ListArgs {
  readonly first: number | null
  readonly after: string | undefined
}

async function list<Row>(
  context: RequestContext,
  scope: string,
  { first, after }: ListArgs,
  program: (page: PageArgs) => Program<Read<Page<Row>>>,
): Promise<Connection<Row>> {
  const page = pageArgs(context, scope, first, after ?? null)
  const { value, token } = await context.run(() => program(page))
  return new Connection(context, scope, page, value, context.saw(token))
}

const pastScope = (name: string, id: string, asOf: string, more: Readonly<Record<string, Json>> = {}) =>
  scopeOf(name, { id, asOf, ...more })

export const pastMembershipsOf = (
  context: RequestContext,
  user: PastUserRow,
  args: ListArgs,
  transitive: boolean,
): Promise<Connection<PastMembershipRow>> =>
  list(context, pastScope('memberships', user.id, user.asOf, { transitive }), args, (page) =>
    pastMemberships.memberships(context.viewer.tenant, user, transitive, page),
  )

export const pastMembersOf = (
  context: RequestContext,
  group: PastGroupRow,
  args: ListArgs,
  transitive: boolean,
): Promise<Connection<PastMembershipRow>> =>
  list(context, pastScope('members', group.id, group.asOf, { transitive }), args, (page) =>
    pastMemberships.members(context.viewer.tenant, group, transitive, page),
  )

export const pastChildrenOf = (
  context: RequestContext,
  group: PastGroupRow,
  args: ListArgs,
): Promise<Connection<PastGroupRow>> =>
  list(context, pastScope('children', group.id, group.asOf), args, (page) =>
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
