import type { GroupRow } from '../ops/rows.ts'
import { iso } from './codes.ts'

/** The columns of a shown group `e`, in the order of `GroupCells`. */
export const GROUP_COLUMNS = `e.id, e.name, e.description, (SELECT above.id FROM groups above WHERE above.num = e.parent),
  e.member_count, e.created_at, e.updated_at, e.group_seq, e.members_seq`

export type GroupCells = readonly [
  id: string,
  name: string,
  description: string,
  parentId: string | null,
  memberCount: number,
  createdAt: number,
  updatedAt: number,
  groupSeq: number,
  membersSeq: number,
]

export function readGroup(cells: GroupCells): GroupRow {
  const [id, name, description, parentId, memberCount, createdAt, updatedAt, group, members] = cells
  return {
    id,
    name,
    description,
    parentId,
    memberCount,
    createdAt: iso(createdAt),
    updatedAt: iso(updatedAt),
    seqs: { group, members },
  }
}
