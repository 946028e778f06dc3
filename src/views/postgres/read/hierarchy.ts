import { MAX_GROUP_DEPTH } from '../../../domain/group.ts'
import type { TenantId } from '../../../domain/streams.ts'
import type { CountMembers, IsMember, ListMembers, ListMemberships } from '../../../ops/query.ts'
import type { MembershipRow, Page } from '../../../ops/rows.ts'
import { MEMBERSHIP_COLUMNS, type MembershipCells, nearest, readMembership } from '../../membershipRows.ts'
import { groupByKey, idKey, largest, pageOf } from '../../paging.ts'
import { entityKey } from '../keys.ts'
import { pageOfMembers } from './memberships.ts'
import { byPlace, type ReadContext } from './ReadContext.ts'

/**
 * Walks over the hierarchy of groups. Views may be handed a cycle, since streams of different groups come in no order: UNION and
 * the bound on the depth end each walk, and a group met again at another depth is counted once.
 */

/** The groups at and below the wanted one, each at its least depth. */
const BELOW = `WITH RECURSIVE
  walk (nth, num, depth) AS (
    SELECT w.nth, g.num, 0 FROM unnest($1::text[]) WITH ORDINALITY w (key, nth) JOIN groups g ON g.key = w.key
    UNION
    SELECT walk.nth, child.num, walk.depth + 1 FROM walk JOIN groups child ON child.parent = walk.num
    WHERE walk.depth < ${MAX_GROUP_DEPTH}),
  below (nth, num, depth) AS MATERIALIZED (SELECT nth, num, min(depth) FROM walk GROUP BY nth, num)`

/** The groups that the wanted user is in directly, and all above; since: of the membership where the walk began. */
const ABOVE = `WITH RECURSIVE
  above (nth, num, since, depth) AS (
    SELECT w.nth, m.grp, m.since, 0 FROM unnest($1::text[]) WITH ORDINALITY w (key, nth) JOIN users u ON u.key = w.key
      JOIN memberships m ON m.usr = u.num
    UNION
    SELECT above.nth, g.parent, above.since, above.depth + 1 FROM above JOIN groups g ON g.num = above.num
    WHERE g.parent IS NOT NULL AND above.depth < ${MAX_GROUP_DEPTH})`

// Every membership of the first n users below a group stands among the first n of its own group, so a page costs at most
// its own length in each group.
const MEMBERS_BELOW = `${BELOW}
  SELECT below.nth, ${MEMBERSHIP_COLUMNS}
  FROM unnest($2::text[]) WITH ORDINALITY w (after, nth)
    JOIN below ON below.nth = w.nth
    JOIN groups g ON g.num = below.num
    ${pageOfMembers('below.num', 'w.after', '$3')}
  ORDER BY below.nth, m.user_id, below.depth, g.id`

const MEMBERSHIPS = `SELECT w.nth, ${MEMBERSHIP_COLUMNS}
  FROM unnest($1::text[], $2::text[]) WITH ORDINALITY w (key, after, nth)
    JOIN users u ON u.key = w.key
    JOIN memberships m ON m.usr = u.num
    JOIN groups g ON g.num = m.grp AND g.id > w.after
  ORDER BY w.nth, g.id`

const MEMBERSHIPS_ABOVE = `${ABOVE}
  SELECT reached.nth, g.id, w.user_id, coalesce(m.role, 1), coalesce(m.since, reached.since),
    CASE WHEN m.grp IS NULL THEN 0 ELSE g.members_seq END
  FROM (SELECT nth, num, min(since) AS since FROM above GROUP BY nth, num) reached
    JOIN unnest($2::text[], $3::text[]) WITH ORDINALITY w (after, user_id, nth) ON w.nth = reached.nth
    JOIN groups g ON g.num = reached.num AND g.id > w.after
    LEFT JOIN memberships m ON m.grp = reached.num AND m.user_id = w.user_id
  ORDER BY reached.nth, g.id`

// With members in one group only, their number is known; else each is to be counted once.
const COUNTS = `${BELOW}
  SELECT below.nth, CASE WHEN count(*) FILTER (WHERE g.member_count > 0) < 2 THEN sum(g.member_count) ELSE
    (SELECT count(DISTINCT m.usr) FROM below counted JOIN memberships m ON m.grp = counted.num
     WHERE counted.nth = below.nth) END
  FROM below JOIN groups g ON g.num = below.num GROUP BY below.nth`

const IS_MEMBER = `${ABOVE}
  SELECT DISTINCT above.nth FROM above
    JOIN unnest($2::text[], $3::boolean[]) WITH ORDINALITY w (group_id, transitive, nth) ON w.nth = above.nth
    JOIN groups g ON g.num = above.num
  WHERE g.id = w.group_id AND (above.depth = 0 OR w.transitive)`

type Found = [nth: number, ...MembershipCells]

/** Members of a group and of all below, each user once, with the membership nearest to the group; by user id. */
export async function membersBelow(
  { sql }: ReadContext,
  tenant: TenantId,
  ops: readonly ListMembers[],
): Promise<readonly Page<MembershipRow>[]> {
  const after = ops.map(({ page }) => idKey(page.after))
  const groups = ops.map(({ groupId }) => entityKey(tenant, groupId))
  const rows = await sql.all<[number, ...MembershipCells]>(MEMBERS_BELOW, groups, after, largest(ops) + 1)
  const found = groupByKey<MembershipCells>(ops.length, byPlace(rows))
  return ops.map(({ page }, i) =>
    pageOf(nearest(found[i] ?? []), page.first, readMembership, ([, userId]) => userId),
  )
}

/** By group id. A user is in few groups: all are read and sorted, then cut to the page. */
export async function membershipsOf(
  { sql }: ReadContext,
  tenant: TenantId,
  ops: readonly ListMemberships[],
  transitive: boolean,
): Promise<readonly Page<MembershipRow>[]> {
  const after = ops.map(({ page }) => idKey(page.after))
  const keys = ops.map(({ userId }) => entityKey(tenant, userId))
  const rows = transitive
    ? await sql.all<Found>(
        MEMBERSHIPS_ABOVE,
        keys,
        after,
        ops.map(({ userId }) => userId),
      )
    : await sql.all<Found>(MEMBERSHIPS, keys, after)
  const found = groupByKey<MembershipCells>(ops.length, byPlace(rows))
  return ops.map(({ page }, i) => pageOf(found[i] ?? [], page.first, readMembership, ([groupId]) => groupId))
}

/** Users in the group or in any below, each once. */
export async function countMembers(
  { sql }: ReadContext,
  tenant: TenantId,
  ops: readonly CountMembers[],
): Promise<readonly number[]> {
  const counts = ops.map(() => 0)
  const groups = ops.map(({ groupId }) => entityKey(tenant, groupId))
  const rows = await sql.all<[number, number]>(COUNTS, groups)
  for (const [place, count] of byPlace(rows)) counts[place] = count
  return counts
}

export async function isMember(
  { sql }: ReadContext,
  tenant: TenantId,
  ops: readonly IsMember[],
): Promise<readonly boolean[]> {
  const answers = ops.map(() => false)
  const rows = await sql.all<[number]>(
    IS_MEMBER,
    ops.map(({ userId }) => entityKey(tenant, userId)),
    ops.map(({ groupId }) => groupId),
    ops.map(({ transitive }) => transitive),
  )
  for (const [place] of byPlace<[]>(rows)) answers[place] = true
  return answers
}
