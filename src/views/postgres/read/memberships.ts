import type { TenantId } from '../../../domain/streams.ts'
import type { GetMembership, ListMembers } from '../../../ops/query.ts'
import type { MembershipRow, Page } from '../../../ops/rows.ts'
import { MEMBERSHIP_COLUMNS, type MembershipCells, readMembership } from '../../membershipRows.ts'
import { groupByKey, idKey, largest, pageOf } from '../../paging.ts'
import { entityKey } from '../keys.ts'
import { byPlace, type ReadContext } from './ReadContext.ts'

const BY_PAIR = `SELECT w.nth, ${MEMBERSHIP_COLUMNS}
  FROM unnest($1::text[], $2::text[]) WITH ORDINALITY w (key, user_id, nth)
  JOIN groups g ON g.key = w.key
  JOIN memberships m ON m.grp = g.num AND m.user_id = w.user_id`

/** SQL for: the first so many members of a group after a user id, as `m`. A range of the key, however large the group. */
export const pageOfMembers = (group: string, after: string, limit: string): string =>
  `CROSS JOIN LATERAL (
    SELECT page.user_id, page.role, page.since FROM memberships page
    WHERE page.grp = ${group} AND page.user_id > ${after} ORDER BY page.user_id LIMIT ${limit}) m`

const MEMBERS = `SELECT w.nth, ${MEMBERSHIP_COLUMNS}
  FROM unnest($1::text[], $2::text[]) WITH ORDINALITY w (key, after, nth)
  JOIN groups g ON g.key = w.key
  ${pageOfMembers('g.num', 'w.after', '$3')}
  ORDER BY w.nth, m.user_id`

export async function memberships(
  { sql }: ReadContext,
  tenant: TenantId,
  ops: readonly GetMembership[],
): Promise<readonly (MembershipRow | null)[]> {
  const found: (MembershipRow | null)[] = ops.map(() => null)
  const rows = await sql.all<[number, ...MembershipCells]>(
    BY_PAIR,
    ops.map(({ groupId }) => entityKey(tenant, groupId)),
    ops.map(({ userId }) => userId),
  )
  for (const [place, ...cells] of byPlace(rows)) found[place] = readMembership(cells)
  return found
}

/** Members of the groups themselves, by user id. */
export async function directMembers(
  { sql }: ReadContext,
  tenant: TenantId,
  ops: readonly ListMembers[],
): Promise<readonly Page<MembershipRow>[]> {
  const after = ops.map(({ page }) => idKey(page.after))
  const rows = await sql.all<[number, ...MembershipCells]>(
    MEMBERS,
    ops.map(({ groupId }) => entityKey(tenant, groupId)),
    after,
    largest(ops) + 1,
  )
  const found = groupByKey<MembershipCells>(ops.length, byPlace(rows))
  return ops.map(({ page }, i) => pageOf(found[i] ?? [], page.first, readMembership, ([, userId]) => userId))
}
