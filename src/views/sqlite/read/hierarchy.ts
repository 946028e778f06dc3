import { MAX_GROUP_DEPTH } from '../../../domain/group.ts'
import type { TenantId } from '../../../domain/streams.ts'
import type { CountMembers, IsMember, ListMembers, ListMemberships } from '../../../ops/query.ts'
import type { MembershipRow, Page } from '../../../ops/rows.ts'
import { MEMBERSHIP_COLUMNS, type MembershipCells, nearest, readMembership } from '../../membershipRows.ts'
import { emptyPage, groupByKey, idKey, largest, pageOf } from '../../paging.ts'
import { pageOfMembers } from './memberships.ts'
import type { ReadContext } from './ReadContext.ts'

/**
 * Walks over the hierarchy of groups. Views may be handed a cycle, since streams of different groups come in no order: UNION and
 * the bound on the depth end each walk, and a group met again at another depth is counted once.
 */

/** The groups at and below the wanted one, each at its least depth. */
const BELOW = `WITH RECURSIVE
  walk (key, num, depth) AS (
    SELECT wanted.key, g.num, 0 FROM json_each(?1) wanted
      CROSS JOIN groups g ON g.tenant = ?2 AND g.id = wanted.value ->> 0
    UNION
    SELECT walk.key, child.num, walk.depth + 1 FROM walk
      CROSS JOIN groups child INDEXED BY groups_by_parent ON child.parent = walk.num
    WHERE walk.depth < ${MAX_GROUP_DEPTH}),
  below (key, num, depth) AS MATERIALIZED (SELECT key, num, min(depth) FROM walk GROUP BY key, num)`

/** The groups that the wanted user is in directly, and all above; since: of the membership where the walk began. */
const ABOVE = `WITH RECURSIVE
  above (key, num, since, depth) AS (
    SELECT wanted.key, m.grp, m.since, 0 FROM json_each(?1) wanted
      CROSS JOIN users u ON u.tenant = ?2 AND u.id = wanted.value ->> 0
      CROSS JOIN memberships_by_user mine ON mine.user = u.num
      CROSS JOIN memberships m ON m.grp = mine.grp AND m.user_id = u.id
    UNION
    SELECT above.key, g.parent, above.since, above.depth + 1 FROM above
      CROSS JOIN groups g ON g.num = above.num
    WHERE g.parent IS NOT NULL AND above.depth < ${MAX_GROUP_DEPTH})`

// Every membership of the first n users below a group stands among the first n of its own group, so a page costs at most
// its own length in each group.
const MEMBERS_BELOW = `${BELOW}
  SELECT below.key, ${MEMBERSHIP_COLUMNS} FROM json_each(?1) wanted
    CROSS JOIN below ON below.key = wanted.key
    CROSS JOIN groups g ON g.num = below.num
    CROSS JOIN memberships m ON ${pageOfMembers('below.num', 'wanted.value ->> 1', '?3')}
  ORDER BY below.key, m.user_id, below.depth, g.id`

const MEMBERSHIPS = `SELECT wanted.key, ${MEMBERSHIP_COLUMNS} FROM json_each(?1) wanted
    CROSS JOIN users u ON u.tenant = ?2 AND u.id = wanted.value ->> 0
    CROSS JOIN memberships_by_user mine ON mine.user = u.num
    CROSS JOIN groups g ON g.num = mine.grp AND g.id > wanted.value ->> 1
    CROSS JOIN memberships m ON m.grp = g.num AND m.user_id = u.id
  ORDER BY wanted.key, g.id`

const MEMBERSHIPS_ABOVE = `${ABOVE}
  SELECT above.key, g.id, wanted.value ->> 0, coalesce(m.role, 1), coalesce(m.since, min(above.since)), iif(m.grp IS NULL, 0, g.members_seq)
  FROM above
    CROSS JOIN json_each(?1) wanted ON wanted.key = above.key
    CROSS JOIN groups g ON g.num = above.num AND g.id > wanted.value ->> 1
    LEFT JOIN memberships m ON m.grp = above.num AND m.user_id = wanted.value ->> 0
  GROUP BY above.key, above.num ORDER BY above.key, g.id`

// With members in one group only, their number is known; else each is to be counted once.
const COUNTS = `${BELOW}
  SELECT below.key, iif(sum(g.member_count > 0) < 2, sum(g.member_count),
    (SELECT count(DISTINCT m.user) FROM below counted CROSS JOIN memberships m ON m.grp = counted.num
     WHERE counted.key = below.key))
  FROM below CROSS JOIN groups g ON g.num = below.num GROUP BY below.key`

const IS_MEMBER = `${ABOVE}
  SELECT DISTINCT above.key FROM above
    CROSS JOIN json_each(?1) wanted ON wanted.key = above.key
    CROSS JOIN groups g ON g.num = above.num
  WHERE g.id = wanted.value ->> 1 AND (above.depth = 0 OR wanted.value ->> 2)`

/** Members of a group and of all below, each user once, with the membership nearest to the group; by user id. */
export function membersBelow(
  { sql, tenantNum }: ReadContext,
  tenant: TenantId,
  ops: readonly ListMembers[],
): readonly Page<MembershipRow>[] {
  const num = tenantNum(tenant)
  if (num === null || ops.length === 0) return ops.map(() => emptyPage)
  const wanted = JSON.stringify(ops.map(({ groupId, page }) => [groupId, idKey(page.after)]))
  const rows = sql.all<[number, ...MembershipCells]>(MEMBERS_BELOW, wanted, num, largest(ops))
  const found = groupByKey<MembershipCells>(ops.length, rows)
  return ops.map(({ page }, i) =>
    pageOf(nearest(found[i] ?? []), page.first, readMembership, ([, userId]) => userId),
  )
}

/** By group id. A user is in few groups: all are read and sorted, then cut to the page. */
export function membershipsOf(
  { sql, tenantNum }: ReadContext,
  tenant: TenantId,
  ops: readonly ListMemberships[],
  transitive: boolean,
): readonly Page<MembershipRow>[] {
  const num = tenantNum(tenant)
  if (num === null || ops.length === 0) return ops.map(() => emptyPage)
  const wanted = JSON.stringify(ops.map(({ userId, page }) => [userId, idKey(page.after)]))
  const statement = transitive ? MEMBERSHIPS_ABOVE : MEMBERSHIPS
  const found = groupByKey<MembershipCells>(
    ops.length,
    sql.all<[number, ...MembershipCells]>(statement, wanted, num),
  )
  return ops.map(({ page }, i) => pageOf(found[i] ?? [], page.first, readMembership, ([groupId]) => groupId))
}

/** Users in the group or in any below, each once. */
export function countMembers(
  { sql, tenantNum }: ReadContext,
  tenant: TenantId,
  ops: readonly CountMembers[],
): readonly number[] {
  const num = tenantNum(tenant)
  const counts = ops.map(() => 0)
  if (num === null) return counts
  const wanted = JSON.stringify(ops.map(({ groupId }) => [groupId]))
  for (const [key, count] of sql.all<[number, number]>(COUNTS, wanted, num)) counts[key] = count
  return counts
}

export function isMember(
  { sql, tenantNum }: ReadContext,
  tenant: TenantId,
  ops: readonly IsMember[],
): readonly boolean[] {
  const num = tenantNum(tenant)
  const answers = ops.map(() => false)
  if (num === null) return answers
  const wanted = JSON.stringify(ops.map((op) => [op.userId, op.groupId, op.transitive]))
  for (const [key] of sql.all<[number]>(IS_MEMBER, wanted, num)) answers[key] = true
  return answers
}
