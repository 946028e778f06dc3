import type { TenantId } from '../../../domain/streams.ts'
import type { GetMembership, ListMembers } from '../../../ops/query.ts'
import type { MembershipRow, Page } from '../../../ops/rows.ts'
import { MEMBERSHIP_COLUMNS, type MembershipCells, readMembership } from '../../membershipRows.ts'
import { emptyPage, groupByKey, idKey, largest, pageOf } from '../../paging.ts'
import type { ReadContext } from './ReadContext.ts'

const BY_PAIR = `SELECT wanted.key, ${MEMBERSHIP_COLUMNS} FROM json_each(?) wanted
  CROSS JOIN groups g ON g.tenant = ? AND g.id = wanted.value ->> 0
  CROSS JOIN memberships m ON m.grp = g.num AND m.user_id = wanted.value ->> 1`

/**
 * SQL for: `m` is one of the first so many members of a group after a user id. A range of the table's own order, so a group of a
 * hundred thousand costs no more than its page; where fewer follow, its end is a blob, to SQLite greater than any text.
 */
export const pageOfMembers = (group: string, after: string, last: string): string =>
  `m.grp = ${group} AND m.user_id > ${after} AND m.user_id <= coalesce(
    (SELECT ahead.user_id FROM memberships ahead WHERE ahead.grp = ${group} AND ahead.user_id > ${after}
     ORDER BY ahead.user_id LIMIT 1 OFFSET ${last}), x'')`

const MEMBERS = `SELECT wanted.key, ${MEMBERSHIP_COLUMNS} FROM json_each(?1) wanted
  CROSS JOIN groups g ON g.tenant = ?2 AND g.id = wanted.value ->> 0
  CROSS JOIN memberships m ON ${pageOfMembers('g.num', 'wanted.value ->> 1', '?3')}
  ORDER BY wanted.key, m.user_id`

export function memberships(
  { sql, tenantNum }: ReadContext,
  tenant: TenantId,
  ops: readonly GetMembership[],
): readonly (MembershipRow | null)[] {
  const num = tenantNum(tenant)
  const found: (MembershipRow | null)[] = ops.map(() => null)
  if (num === null) return found
  const pairs = JSON.stringify(ops.map(({ groupId, userId }) => [groupId, userId]))
  for (const [key, ...cells] of sql.all<[number, ...MembershipCells]>(BY_PAIR, pairs, num)) {
    found[key] = readMembership(cells)
  }
  return found
}

/** Members of the groups themselves, by user id. */
export function directMembers(
  { sql, tenantNum }: ReadContext,
  tenant: TenantId,
  ops: readonly ListMembers[],
): readonly Page<MembershipRow>[] {
  const num = tenantNum(tenant)
  if (num === null || ops.length === 0) return ops.map(() => emptyPage)
  const wanted = JSON.stringify(ops.map(({ groupId, page }) => [groupId, idKey(page.after)]))
  const rows = sql.all<[number, ...MembershipCells]>(MEMBERS, wanted, num, largest(ops))
  const found = groupByKey<MembershipCells>(ops.length, rows)
  return ops.map(({ page }, i) => pageOf(found[i] ?? [], page.first, readMembership, ([, userId]) => userId))
}
