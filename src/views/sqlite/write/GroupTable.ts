import { fold } from '../../../domain/text.ts'
import { groupStatus } from '../../codes.ts'
import { newGroup } from '../../newEntities.ts'
import type { GroupState, StoredGroup, TenantState } from '../../state.ts'
import type { Statements } from '../Statements.ts'
import { type IndexChange, saveGrams } from './searchIndex.ts'

type Row = [
  num: number,
  id: string,
  status: number,
  name: string | null,
  nameFold: string,
  description: string,
  parent: number | null,
  memberCount: number,
  createdAt: number,
  updatedAt: number,
  groupSeq: number,
  membersSeq: number,
]

const SELECT = `SELECT num, id, status, name, name_fold, description, parent, member_count, created_at, updated_at, group_seq,
  members_seq FROM groups`

const INSERT = `INSERT INTO groups (description, member_count, created_at, updated_at, group_seq, members_seq,
  id, status, name, name_fold, parent, num) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

// Most changes are of memberships. SQLite writes each index again that holds a column named here, changed or not.
const UPDATE_UNINDEXED = `UPDATE groups SET description = ?, member_count = ?, created_at = ?, updated_at = ?, group_seq = ?,
  members_seq = ? WHERE num = ?`

const UPDATE = `UPDATE groups SET description = ?, member_count = ?, created_at = ?, updated_at = ?, group_seq = ?,
  members_seq = ?, id = ?, status = ?, name = ?, name_fold = ?, parent = ? WHERE num = ?`

/** Groups between the file and a batch. */
export class GroupTable {
  readonly #sql: Statements

  constructor(sql: Statements) {
    this.#sql = sql
  }

  load(tenant: TenantState, id: string): GroupState | null {
    return this.#read(tenant, `${SELECT} WHERE tenant = ? AND id = ?`, tenant.num, id)[0] ?? null
  }

  loadChildren(tenant: TenantState, parent: GroupState): GroupState[] {
    return this.#read(tenant, `${SELECT} WHERE parent = ?`, parent.num)
  }

  /** The groups that a user is a member of, as the file has it. */
  loadOfUser(tenant: TenantState, user: number): GroupState[] {
    return this.#read(
      tenant,
      `${SELECT} WHERE num IN (SELECT grp FROM memberships_by_user WHERE user = ?)`,
      user,
    )
  }

  create(tenant: TenantState, id: string): GroupState {
    return newGroup(tenant, id)
  }

  save(groups: readonly GroupState[]): void {
    saveGrams(
      this.#sql,
      'group_grams',
      groups.map((group) => this.#saveRow(group)),
    )
  }

  #saveRow(group: GroupState): IndexChange {
    const { stored } = group
    const folded = fold(group.name ?? '')
    const unindexed = [
      group.description,
      group.memberCount,
      group.createdAt,
      group.updatedAt,
      group.seqs.group,
      group.seqs.members,
    ]
    const indexed = [group.id, groupStatus.code(group.status), group.name, folded, group.parent]
    if (stored === null) this.#sql.run(INSERT, ...unindexed, ...indexed, group.num)
    else if (isSame(group, stored)) this.#sql.run(UPDATE_UNINDEXED, ...unindexed, group.num)
    else this.#sql.run(UPDATE, ...unindexed, ...indexed, group.num)
    const found = group.name !== null && group.status !== 'DELETED'
    return { num: group.num, before: stored?.texts ?? null, after: found ? [folded] : null }
  }

  #read(tenant: TenantState, sql: string, ...parameters: (string | number)[]): GroupState[] {
    return this.#sql.all<Row>(sql, ...parameters).map((row) => readGroup(tenant, row))
  }
}

function readGroup(tenant: TenantState, row: Row): GroupState {
  const [
    num,
    id,
    status,
    name,
    nameFold,
    description,
    parent,
    memberCount,
    createdAt,
    updatedAt,
    group,
    members,
  ] = row
  const found = name !== null && groupStatus.name(status) !== 'DELETED'
  return {
    num,
    tenant: tenant.id,
    tenantNum: tenant.num,
    id,
    name,
    description,
    status: groupStatus.name(status),
    parent,
    memberCount,
    createdAt,
    updatedAt,
    seqs: { group, members },
    stored: { texts: found ? [nameFold] : null, name, status: groupStatus.name(status), parent },
    dirty: false,
  }
}

const isSame = (group: GroupState, { name, status, parent }: StoredGroup): boolean =>
  group.name === name && group.status === status && group.parent === parent
