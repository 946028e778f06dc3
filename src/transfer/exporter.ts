import type { TenantId } from '../domain/streams.ts'
import type { Json } from '../domain/user.ts'
import type { PageArgs } from '../ops/query.ts'
import type { GroupRow, MembershipRow, Page, UserRow } from '../ops/rows.ts'
import type { ViewReader } from '../views/ViewStore.ts'
import type { Action, Line } from './line.ts'

const PAGE = 1_000

const NO_USER_FILTER = {
  status: null,
  email: null,
  usernamePrefix: null,
  groupId: null,
  createdAfter: null,
  updatedAfter: null,
  attribute: null,
} as const

/**
 * The present state of a tenant as lines whose import elsewhere gives the same directory, ids included: users, oldest first, then
 * groups, then their parents, then memberships. API keys stay where they are: nobody has their secrets. Read page by page: what
 * is changed meanwhile may be in it or not.
 */
export async function* exportTenant(views: ViewReader, tenant: TenantId): AsyncGenerator<Line> {
  const change = `export-${await views.position()}`
  const line = (at: string, action: Action): Line => ({ at, change, tenant, action })

  for await (const user of users(views, tenant)) {
    yield line(user.createdAt, creationOf(user))
    if (user.status === 'SUSPENDED') {
      yield line(user.updatedAt, { op: 'setUserStatus', username: user.username, status: 'SUSPENDED' })
    }
  }
  for await (const group of groups(views, tenant)) {
    const { id, name, description, createdAt } = group
    yield line(createdAt, { op: 'createGroup', group: name, id, description })
  }
  for await (const group of groups(views, tenant)) {
    if (group.parentId === null) continue
    const [parent] = await views.groups(tenant, [group.parentId])
    if (parent) yield line(group.updatedAt, { op: 'setGroupParent', group: group.name, parent: parent.name })
  }
  for await (const group of groups(views, tenant)) {
    for await (const { username, role, since } of members(views, tenant, group.id)) {
      yield line(since, { op: 'setMembership', group: group.name, username, role })
    }
  }
}

/** What creates a user with all it is but its status. */
export function creationOf({
  id,
  username,
  email,
  name,
  attributes,
}: Pick<UserRow, 'id' | 'username' | 'email' | 'name' | 'attributes'>): Action {
  return {
    op: 'createUser',
    username,
    id,
    ...(email !== null && { email }),
    ...(name !== null && { name }),
    ...(Object.keys(attributes).length > 0 && { attributes }),
  }
}

const users = (views: ViewReader, tenant: TenantId): AsyncGenerator<UserRow> =>
  allOf((page) =>
    views.listUsers(tenant, [
      { op: 'listUsers', search: null, filter: NO_USER_FILTER, order: 'CREATED_AT', page },
    ]),
  )

const groups = (views: ViewReader, tenant: TenantId): AsyncGenerator<GroupRow> =>
  allOf((page) =>
    views.listGroups(tenant, [
      { op: 'listGroups', search: null, filter: { parentId: null, userId: null, namePrefix: null }, page },
    ]),
  )

async function* members(views: ViewReader, tenant: TenantId, groupId: string) {
  let after: Json | null = null
  do {
    const op = { op: 'listMembers', groupId, transitive: false, page: { first: PAGE, after } } as const
    const [page] = (await views.listMembers(tenant, [op])) as readonly [Page<MembershipRow>]
    const found = await views.users(
      tenant,
      page.rows.map(({ userId }) => userId),
    )
    for (const [i, { role, since }] of page.rows.entries()) {
      const username = found[i]?.username
      if (username !== undefined) yield { username, role, since }
    }
    after = page.hasNextPage ? (page.cursors.at(-1) ?? null) : null
  } while (after !== null)
}

async function* allOf<Row>(read: (page: PageArgs) => Promise<readonly Page<Row>[]>): AsyncGenerator<Row> {
  let after: Json | null = null
  do {
    const [page] = (await read({ first: PAGE, after })) as readonly [Page<Row>]
    yield* page.rows
    after = page.hasNextPage ? (page.cursors.at(-1) ?? null) : null
  } while (after !== null)
}
