import type { TenantId } from '../../../domain/streams.ts'
import { USER_STATUSES, type UserStatus } from '../../../domain/user.ts'
import type { ListUsers, UserFilter, UserOrder } from '../../../ops/query.ts'
import type { Page, UserRow } from '../../../ops/rows.ts'
import { attributeKey } from '../../attributes.ts'
import { userStatus } from '../../codes.ts'
import { emptyPage } from '../../paging.ts'
import { readUser, USER_COLUMNS, type UserCells } from '../../userRows.ts'
import { Params } from '../Params.ts'
import type { ReadContext } from '../read/ReadContext.ts'
import { after, type Bounds, beginningWith, equal, inRange } from './inRange.ts'
import type { Condition, Listed, Selection, SortedBy } from './Listed.ts'
import { listInOrder, type Order } from './listInOrder.ts'
import { search } from './search.ts'

const ORDERS: Readonly<Record<UserOrder, Order>> = {
  USERNAME: { column: 'username_fold', index: 'users_by_username', start: '' },
  NAME: { column: 'name_fold', index: 'users_by_name', start: '' },
  EMAIL: { column: 'email_fold', index: 'users_by_email', start: '' },
  CREATED_AT: { column: 'created_at', index: 'users_by_created', start: Number.MIN_SAFE_INTEGER },
}

const BY_UPDATE: SortedBy = { column: 'updated_at', index: 'users_by_updated' }

const LISTED: Listed<UserCells, UserRow> = {
  table: 'users',
  grams: 'user_grams',
  columns: USER_COLUMNS,
  read: readUser,
  texts: [ORDERS.USERNAME, ORDERS.NAME, ORDERS.EMAIL],
}

/** Users without the name or email that a list is sorted by come first: they count as ''. */
export function listUsers(context: ReadContext, tenant: TenantId, op: ListUsers): Page<UserRow> {
  const num = context.tenantNum(tenant)
  if (num === null) return emptyPage
  const query = { context, listed: LISTED, selection: select(num, op.filter, op.search !== null) }
  return op.search === null
    ? listInOrder(query, ORDERS[op.order], op.page)
    : search(query, op.search, op.page)
}

const PRESENT: readonly UserStatus[] = USER_STATUSES.filter((status) => status !== 'DELETED')

function select(tenant: number, filter: UserFilter, searching: boolean): Selection {
  const params = new Params()
  const shown = (filter.status === null ? PRESENT : [filter.status]).map(userStatus.code)
  const conditions: Condition[] = []
  const within = (sorted: SortedBy, bounds: Bounds) =>
    inRange('users', { tenant, shown }, sorted, bounds, params)

  // In order, a status is a part of each index already.
  if (searching && filter.status !== null) {
    // The deleted are not in the search index.
    conditions.push({ ...within(ORDERS.USERNAME, beginningWith('')), mustLead: filter.status === 'DELETED' })
  }
  // No user is found by having no email.
  if (filter.email !== null)
    conditions.push(filter.email === '' ? NOBODY : within(ORDERS.EMAIL, equal(filter.email)))
  if (filter.usernamePrefix !== null) {
    conditions.push(within(ORDERS.USERNAME, beginningWith(filter.usernamePrefix)))
  }
  if (filter.createdAfter !== null) {
    conditions.push(within(ORDERS.CREATED_AT, after(Date.parse(filter.createdAfter))))
  }
  if (filter.updatedAfter !== null) conditions.push(within(BY_UPDATE, after(Date.parse(filter.updatedAfter))))
  if (filter.groupId !== null) conditions.push(inGroup(params.add(tenant), params.add(filter.groupId)))
  if (filter.attribute !== null) conditions.push(hasAttribute(tenant, filter.attribute, params))
  return { tenant, shown, conditions, params }
}

const NOBODY: Condition = {
  check: 'FALSE',
  lead: { from: 'users e', where: 'FALSE' },
  count: 'users WHERE FALSE',
}

function inGroup(tenant: string, groupId: string): Condition {
  const group = `m.grp = (SELECT g.num FROM groups g WHERE g.tenant = ${tenant} AND g.id = ${groupId})`
  return {
    check: `EXISTS (SELECT 1 FROM memberships m WHERE ${group} AND m.user_id = e.id)`,
    lead: { from: 'memberships m CROSS JOIN users e ON e.num = m.user', where: group },
    count: `memberships m WHERE ${group}`,
  }
}

function hasAttribute(
  tenant: number,
  { name, equals }: { readonly name: string; readonly equals: string },
  params: Params,
): Condition {
  const keys = [tenant, attributeKey(name), attributeKey(equals)].map((key) => params.add(key))
  const attribute = `a.tenant = ${keys[0]} AND a.name = ${keys[1]} AND a.value = ${keys[2]}`
  return {
    check: `EXISTS (SELECT 1 FROM user_attributes a WHERE ${attribute} AND a.user = e.num)`,
    lead: { from: 'user_attributes a CROSS JOIN users e ON e.num = a.user', where: attribute },
    count: `user_attributes a WHERE ${attribute}`,
  }
}
