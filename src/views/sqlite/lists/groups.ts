import type { TenantId } from '../../../domain/streams.ts'
import type { GroupFilter, ListChildren, ListGroups } from '../../../ops/query.ts'
import type { GroupRow, Page } from '../../../ops/rows.ts'
import { groupStatus } from '../../codes.ts'
import { GROUP_COLUMNS, type GroupCells, readGroup } from '../../groupRows.ts'
import { emptyPage, groupByKey, largest, pageOf, sortKey } from '../../paging.ts'
import { limitTo, Params } from '../Params.ts'
import type { ReadContext } from '../read/ReadContext.ts'
import { beginningWith, inRange } from './inRange.ts'
import type { Condition, Listed, Selection } from './Listed.ts'
import { listInOrder, type Order } from './listInOrder.ts'
import { search } from './search.ts'

const BY_NAME: Order = { column: 'name_fold', index: 'groups_by_name', start: '' }

/** Groups are searched by name alone: descriptions are prose. */
const LISTED: Listed<GroupCells, GroupRow> = {
  table: 'groups',
  grams: 'group_grams',
  columns: GROUP_COLUMNS,
  read: readGroup,
  texts: [BY_NAME],
}

const ACTIVE = groupStatus.code('ACTIVE')

export function listGroups(context: ReadContext, tenant: TenantId, op: ListGroups): Page<GroupRow> {
  const num = context.tenantNum(tenant)
  if (num === null) return emptyPage
  const query = { context, listed: LISTED, selection: select(num, op.filter) }
  return op.search === null ? listInOrder(query, BY_NAME, op.page) : search(query, op.search, op.page)
}

function select(tenant: number, filter: GroupFilter): Selection {
  const params = new Params()
  const conditions: Condition[] = []
  if (filter.parentId !== null) conditions.push(below(params.add(tenant), params.add(filter.parentId)))
  if (filter.userId !== null) conditions.push(withMember(params.add(tenant), params.add(filter.userId)))
  if (filter.namePrefix !== null) {
    const bounds = beginningWith(filter.namePrefix)
    conditions.push(inRange('groups', { tenant, shown: [ACTIVE] }, BY_NAME, bounds, params))
  }
  return { tenant, shown: [ACTIVE], conditions, params }
}

function below(tenant: string, parentId: string): Condition {
  const where = `e.parent = (SELECT above.num FROM groups above WHERE above.tenant = ${tenant} AND above.id = ${parentId})`
  const from = 'groups e INDEXED BY groups_by_parent'
  return { check: where, lead: { from, where }, count: `${from} WHERE ${where}` }
}

function withMember(tenant: string, userId: string): Condition {
  const where = `m.user = (SELECT u.num FROM users u WHERE u.tenant = ${tenant} AND u.id = ${userId})`
  return {
    check: `EXISTS (SELECT 1 FROM memberships_by_user m WHERE ${where} AND m.grp = e.num)`,
    lead: { from: 'memberships_by_user m CROSS JOIN groups e ON e.num = m.grp', where },
    count: `memberships_by_user m WHERE ${where}`,
  }
}

const CHILDREN = `SELECT wanted.key, e.name_fold, e.n, ${GROUP_COLUMNS} FROM json_each(?) wanted
  CROSS JOIN groups g ON g.tenant = ? AND g.id = wanted.value ->> 0
  CROSS JOIN groups e ON e.num IN (
    SELECT page.num FROM groups page INDEXED BY groups_by_parent
    WHERE page.parent = g.num AND page.shown = ${ACTIVE}
      AND (page.name_fold, page.n) > (wanted.value ->> 1, wanted.value ->> 2)
    ORDER BY page.name_fold, page.n ${limitTo('?')})
  ORDER BY wanted.key, e.name_fold, e.n`

type ChildCells = [name: string, n: number, ...cells: GroupCells]

/** The groups directly below each, by name. */
export function listChildren(
  { sql, tenantNum }: ReadContext,
  tenant: TenantId,
  ops: readonly ListChildren[],
): readonly Page<GroupRow>[] {
  const num = tenantNum(tenant)
  if (num === null || ops.length === 0) return ops.map(() => emptyPage)
  const wanted = ops.map(({ groupId, page }) => [
    groupId,
    ...(page.after === null ? ['', -1] : sortKey(page.after, ['', 0])),
  ])
  const rows = sql.all<[number, ...ChildCells]>(CHILDREN, JSON.stringify(wanted), num, largest(ops) + 1)
  const found = groupByKey<ChildCells>(ops.length, rows)
  return ops.map(({ page }, i) =>
    pageOf(
      found[i] ?? [],
      page.first,
      ([, , ...cells]) => readGroup(cells as unknown as GroupCells),
      ([name, n]) => [name, n],
    ),
  )
}
