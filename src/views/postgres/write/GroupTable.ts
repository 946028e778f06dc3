import { fold } from '../../../domain/text.ts'
import { groupStatus } from '../../codes.ts'
import { newGroup } from '../../newEntities.ts'
import type { GroupState, TenantState } from '../../state.ts'
import { entityKey } from '../keys.ts'
import { searchText } from '../marks.ts'
import type { Statements } from '../Statements.ts'
import { upserting } from './columns.ts'
import type { StoredMembership } from './load.ts'

const write = upserting<GroupState>(
  'groups',
  ['num'],
  [
    { name: 'num', type: 'bigint', of: ({ num }) => num },
    { name: 'key', type: 'text', of: ({ tenant, id }) => entityKey(tenant, id) },
    { name: 'id', type: 'text', of: ({ id }) => id },
    { name: 'status', type: 'smallint', of: ({ status }) => groupStatus.code(status) },
    { name: 'search', type: 'text', of: ({ name }) => searchText([fold(name ?? '')]) },
    { name: 'created_at', type: 'bigint', of: ({ createdAt }) => createdAt },
    { name: 'updated_at', type: 'bigint', of: ({ updatedAt }) => updatedAt },
    { name: 'name', type: 'text', of: ({ name }) => name },
    { name: 'name_fold', type: 'text', of: ({ name }) => fold(name ?? '') },
    { name: 'description', type: 'text', of: ({ description }) => description },
    { name: 'parent', type: 'bigint', of: ({ parent }) => parent },
    { name: 'member_count', type: 'integer', of: ({ memberCount }) => memberCount },
    { name: 'group_seq', type: 'bigint', of: ({ seqs }) => seqs.group },
    { name: 'members_seq', type: 'bigint', of: ({ seqs }) => seqs.members },
  ],
)

/** Groups between the store and a batch. */
export class GroupTable {
  readonly #stored: ReadonlyMap<string, GroupState>
  readonly #memberships: readonly StoredMembership[]
  #saved: readonly GroupState[] = []

  constructor(stored: ReadonlyMap<string, GroupState>, memberships: readonly StoredMembership[]) {
    this.#stored = stored
    this.#memberships = memberships
  }

  load(tenant: TenantState, id: string): GroupState | null {
    return this.#stored.get(entityKey(tenant.id, id)) ?? null
  }

  loadChildren(_: TenantState, { num }: GroupState): GroupState[] {
    return [...this.#stored.values()].filter(({ parent }) => parent === num)
  }

  loadOfUser(_: TenantState, user: number): GroupState[] {
    const of = new Set(this.#memberships.flatMap((one) => (one.user === user ? [one.group] : [])))
    return [...this.#stored.values()].filter(({ num }) => of.has(num))
  }

  create(tenant: TenantState, id: string): GroupState {
    return newGroup(tenant, id)
  }

  save(groups: readonly GroupState[]): void {
    this.#saved = groups
  }

  flush(sql: Statements): Promise<void> {
    return write(sql, this.#saved)
  }
}
