import type { TenantId } from '../../../domain/streams.ts'
import { USER_STATUSES, type UserStatus } from '../../../domain/user.ts'
import type { ListUsers, UserFilter, UserOrder } from '../../../ops/query.ts'
import type { Page, UserRow } from '../../../ops/rows.ts'
import { userStatus } from '../../codes.ts'
import { emptyPage } from '../../paging.ts'
import { readUser, USER_COLUMNS, type UserCells } from '../../userRows.ts'
import { facet } from '../facets.ts'
import { entityKey } from '../keys.ts'
import { Params } from '../Params.ts'
import type { ReadContext } from '../read/ReadContext.ts'
import { beginsWith, isAfter, isEqual } from './inRange.ts'
import type { Listed, Selection } from './Listed.ts'
import { listInOrder, type Order } from './listInOrder.ts'
import { search } from './search.ts'

const ORDERS: Readonly<Record<UserOrder, Order>> = {
  USERNAME: { column: 'username_fold', kind: '' },
  NAME: { column: 'name_fold', kind: '' },
  EMAIL: { column: 'email_fold', kind: '' },
  CREATED_AT: { column: 'created_at', kind: 0 },
}

const LISTED: Listed<UserCells, UserRow> = {
  table: 'users',
  columns: USER_COLUMNS,
  read: readUser,
  texts: ['username_fold', 'name_fold', 'email_fold'],
}

/** Users without the name or email that a list is sorted by come first: they count as ''. */
export async function listUsers(
  context: ReadContext,
  tenant: TenantId,
  op: ListUsers,
): Promise<Page<UserRow>> {
  const num = await context.tenantNum(tenant)
  if (num === null) return emptyPage
  const query = { context, listed: LISTED, selection: select(num, tenant, op.filter) }
  return op.search === null
    ? listInOrder(query, ORDERS[op.order], op.page)
    : search(query, op.search, op.page)
}

const PRESENT: readonly UserStatus[] = USER_STATUSES.filter((status) => status !== 'DELETED')

function select(num: number, tenant: TenantId, filter: UserFilter): Selection {
  const params = new Params()
  const shown = (filter.status === null ? PRESENT : [filter.status]).map(userStatus.code)
  const conditions: string[] = []
  // No user is found by having no email.
  if (filter.email === '') conditions.push('FALSE')
  else if (filter.email !== null) conditions.push(isEqual('email_fold', filter.email, params))
  if (filter.usernamePrefix !== null) {
    conditions.push(beginsWith('username_fold', filter.usernamePrefix, params))
  }
  if (filter.createdAfter !== null) {
    conditions.push(isAfter('created_at', Date.parse(filter.createdAfter), params))
  }
  if (filter.updatedAfter !== null) {
    conditions.push(isAfter('updated_at', Date.parse(filter.updatedAfter), params))
  }
  if (filter.groupId !== null) conditions.push(inGroup(entityKey(tenant, filter.groupId), params))
  if (filter.attribute !== null) {
    const { name, equals } = filter.attribute
    conditions.push(`e.facets @> ARRAY[${params.add(facet(tenant, name, equals))}]`)
  }
  return { tenant, tenantNum: num, shown, conditions, params }
}

const inGroup = (key: string, params: Params): string =>
  `e.num IN (SELECT m.usr FROM memberships m WHERE m.grp = (SELECT g.num FROM groups g WHERE g.key = ${params.add(key)}))`
