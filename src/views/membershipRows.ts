import type { MembershipRow } from '../ops/rows.ts'
import { iso, membershipRole } from './codes.ts'

/** The columns of a membership `m` of a group `g`, in the order of `MembershipCells`. */
export const MEMBERSHIP_COLUMNS = 'g.id, m.user_id, m.role, m.since, g.members_seq'

export type MembershipCells = [groupId: string, userId: string, role: number, since: number, seq: number]

export const readMembership = ([groupId, userId, role, since, seq]: MembershipCells): MembershipRow => ({
  groupId,
  userId,
  role: membershipRole.name(role),
  since: iso(since),
  seq,
})

/** The first row of each user. Those of one follow each other, the nearest first. */
export const nearest = (rows: readonly MembershipCells[]): readonly MembershipCells[] =>
  rows.filter(([, userId], i) => rows[i - 1]?.[1] !== userId)
