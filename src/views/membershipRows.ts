import type { MembershipRow } from '../ops/rows.ts'
import { iso, membershipRole } from './codes.ts'

/** As statements give it: `groupId`, `userId` and the rest of the row. */
export type MembershipCells = [groupId: string, userId: string, role: number, since: number, seq: number]

export const readMembership = ([groupId, userId, role, since, seq]: MembershipCells): MembershipRow => ({
  groupId,
  userId,
  role: membershipRole.name(role),
  since: iso(since),
  seq,
})
