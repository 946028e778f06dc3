import type { SetApiKey } from '../../../domain/events.ts'
import type { MembershipRole } from '../../../domain/membership.ts'
import type { TenantId } from '../../../domain/streams.ts'
import { cacheKey } from '../rowCache.ts'
import type { Statements } from '../Statements.ts'
import { ApiKeyTable } from './ApiKeyTable.ts'
import { GroupTable } from './GroupTable.ts'
import { MembershipTable } from './MembershipTable.ts'
import type { Progress, ProgressTable } from './ProgressTable.ts'
import type { EntityState, GroupState, MembershipState, TenantState, UserState } from './state.ts'
import { TenantTable } from './TenantTable.ts'
import { UserTable } from './UserTable.ts'

/**
 * The rows that one transaction touches, each read once and written once, however many events change it. Reducers work on it
 * and nothing is written before `save`: an event whose reducer throws leaves no trace to roll back.
 */
export class Batch {
  readonly progress: Progress
  readonly #tables: Tables
  readonly #tenants = new Map<TenantId, TenantState>()
  readonly #users = new Map<string, UserState>()
  readonly #groups = new Map<string, GroupState>()
  readonly #memberships = new Map<string, MembershipState>()
  readonly #endedGroups: GroupState[] = []
  readonly #apiKeys: (readonly [UserState, SetApiKey])[] = []

  constructor(tables: Tables) {
    this.#tables = tables
    this.progress = tables.progress.load()
  }

  tenant(id: TenantId): TenantState {
    const { tenants } = this.#tables
    return found(this.#tenants, id, () => tenants.load(id) ?? tenants.create(id))
  }

  user(tenant: TenantId, id: string): UserState {
    const { users } = this.#tables
    return found(this.#users, entityKey(tenant, id), () => {
      const owner = this.tenant(tenant)
      return users.load(owner, id) ?? users.create(owner, id)
    })
  }

  group(tenant: TenantId, id: string): GroupState {
    const { groups } = this.#tables
    return found(this.#groups, entityKey(tenant, id), () => {
      const owner = this.tenant(tenant)
      return groups.load(owner, id) ?? groups.create(owner, id)
    })
  }

  /** A change of role keeps `since`. */
  setMembership(group: GroupState, user: UserState, role: MembershipRole | null, at: number): void {
    const membership = this.#membership(group, user)
    if (membership.role === null && role !== null) {
      group.memberCount += 1
      membership.since = at
    }
    if (membership.role !== null && role === null) group.memberCount -= 1
    membership.role = role
    group.dirty = true
    user.dirty ||= user.stored === null
  }

  endMembershipsOf(user: UserState): void {
    const stored = this.#tables.groups.loadOfUser(this.tenant(user.tenant), user.num)
    for (const group of stored) this.#endMembership(this.#held(group), user)
    for (const membership of this.#memberships.values()) {
      if (membership.user === user) this.#endMembership(membership.group, user)
    }
  }

  /** Takes a group out of the hierarchy, and everybody out of it. */
  endGroup(group: GroupState): void {
    for (const membership of this.#memberships.values()) {
      if (membership.group === group) membership.role = null
    }
    this.#endedGroups.push(group)
    group.memberCount = 0
    group.parent = null
    for (const child of this.#tables.groups.loadChildren(this.tenant(group.tenant), group)) this.#held(child)
    for (const child of this.#groups.values()) {
      if (child.parent !== group.num) continue
      child.parent = null
      child.dirty = true
    }
  }

  putApiKey(user: UserState, key: SetApiKey): void {
    this.#apiKeys.push([user, key])
  }

  /** Writes everything. Throws only what the file makes it throw. */
  save(): void {
    const { tenants, users, groups, memberships, apiKeys, progress } = this.#tables
    const dirtyUsers = [...this.#users.values()].filter(({ dirty }) => dirty)
    const dirtyGroups = [...this.#groups.values()].filter(({ dirty }) => dirty)
    for (const tenant of this.#tenants.values()) if (tenant.dirty) tenants.save(tenant)
    users.save(dirtyUsers)
    groups.save(dirtyGroups)
    for (const group of this.#endedGroups) memberships.deleteGroup(group)
    for (const membership of this.#memberships.values()) memberships.save(membership)
    for (const [user, key] of this.#apiKeys) apiKeys.save(user.num, key)
    progress.save(this.progress, [...cacheKeys('user', dirtyUsers), ...cacheKeys('group', dirtyGroups)])
  }

  #endMembership(group: GroupState, user: UserState): void {
    const membership = this.#membership(group, user)
    if (membership.role === null) return
    membership.role = null
    group.memberCount -= 1
    group.dirty = true
  }

  #membership(group: GroupState, user: UserState): MembershipState {
    const { memberships } = this.#tables
    return found(this.#memberships, `${group.num} ${user.num}`, () => memberships.load(group, user))
  }

  /** The state of a group that was read from the file, unless the batch has a newer one. */
  #held(group: GroupState): GroupState {
    return found(this.#groups, entityKey(group.tenant, group.id), () => group)
  }
}

export interface Tables {
  readonly tenants: TenantTable
  readonly users: UserTable
  readonly groups: GroupTable
  readonly memberships: MembershipTable
  readonly apiKeys: ApiKeyTable
  readonly progress: ProgressTable
}

export const openTables = (sql: Statements, progress: ProgressTable): Tables => ({
  tenants: new TenantTable(sql),
  users: new UserTable(sql),
  groups: new GroupTable(sql),
  memberships: new MembershipTable(sql),
  apiKeys: new ApiKeyTable(sql),
  progress,
})

const entityKey = (tenant: TenantId, id: string): string => `${tenant}/${id}`

const cacheKeys = (kind: 'user' | 'group', entities: readonly EntityState[]): string[] =>
  entities.map(({ tenant, id }) => cacheKey(kind, tenant, id))

function found<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const held = map.get(key)
  if (held !== undefined) return held
  const made = make()
  map.set(key, made)
  return made
}
