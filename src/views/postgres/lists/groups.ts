import type { TenantId } from '../../../domain/streams.ts'
import type { GroupFilter, ListChildren, ListGroups } from '../../../ops/query.ts'
import type { GroupRow, Page } from '../../../ops/rows.ts'
import { groupStatus } from '../../codes.ts'
import { GROUP_COLUMNS, type GroupCells, readGroup } from '../../groupRows.ts'
import { emptyPage, groupByKey, largest, pageOf, sortKey } from '../../paging.ts'
import { entityKey } from '../keys.ts'
import { Params } from '../Params.ts'
import { byPlace, type ReadContext } from '../read/ReadContext.ts'
import { beginsWith } from './inRange.ts'
import type { Listed, Selection } from './Listed.ts'
import { listInOrder, type Order } from './listInOrder.ts'
import { search } from './search.ts'

const BY_NAME: Order = { column: 'name_fold', kind: '' }

/** Groups are searched by name alone: descriptions are prose. */
const LISTED: Listed<GroupCells, GroupRow> = {
  table: 'groups',
  columns: GROUP_COLUMNS,
  read: readGroup,
  texts: ['name_fold'],
}

const ACTIVE = groupStatus.code('ACTIVE')

export async function listGroups(
  context: ReadContext,
  tenant: TenantId,
  op: ListGroups,
): Promise<Page<GroupRow>> {
  const num = await context.tenantNum(tenant)
  if (num === null) return emptyPage
  const query = { context, listed: LISTED, selection: select(num, tenant, op.filter) }
  return op.search === null ? listInOrder(query, BY_NAME, op.page) : search(query, op.search, op.page)
}

function select(num: number, tenant: TenantId, filter: GroupFilter): Selection {
  const params = new Params()
  const conditions: string[] = []
  const entity = (table: 'users' | 'groups', id: string) =>
    `(SELECT o.num FROM ${table} o WHERE o.key = ${params.add(entityKey(tenant, id))})`
  if (filter.parentId !== null) conditions.push(`e.parent = ${entity('groups', filter.parentId)}`)
  if (filter.userId !== null) {
    conditions.push(
      `e.num IN (SELECT m.grp FROM memberships m WHERE m.usr = ${entity('users', filter.userId)})`,
    )
  }
  if (filter.namePrefix !== null) conditions.push(beginsWith(BY_NAME.column, filter.namePrefix, params))
  return { tenant, tenantNum: num, shown: [ACTIVE], conditions, params }
}

const CHILDREN = `SELECT w.nth, e.name_fold, e.id, ${GROUP_COLUMNS}
  FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY w (key, name, id, nth)
  JOIN groups g ON g.key = w.key
  CROSS JOIN LATERAL (
    SELECT page.* FROM groups page
    WHERE page.parent = g.num AND page.shown = ${ACTIVE} AND (page.name_fold, page.id) > (w.name, w.id)
    ORDER BY page.name_fold, page.id LIMIT $4) e
  ORDER BY w.nth, e.name_fold, e.id`

type ChildCells = [name: string, tie: string, ...cells: GroupCells]

/** The groups directly below each, by name. */
export async function listChildren(
  { sql }: ReadContext,
  tenant: TenantId,
  ops: readonly ListChildren[],
): Promise<readonly Page<GroupRow>[]> {
  const keys = ops.map(({ page }) =>
    page.after === null ? (['', ''] as const) : sortKey(page.after, ['', '']),
  )
  const rows = await sql.all<[number, ...ChildCells]>(
    CHILDREN,
    ops.map(({ groupId }) => entityKey(tenant, groupId)),
    keys.map(([name]) => name),
    keys.map(([, child]) => child),
    largest(ops) + 1,
  )
  const found = groupByKey<ChildCells>(ops.length, byPlace(rows))
  return ops.map(({ page }, i) =>
    pageOf(
      found[i] ?? [],
      page.first,
      ([, , ...cells]) => readGroup(cells as unknown as GroupCells),
      ([name, child]) => [name, child],
    ),
  )
}
