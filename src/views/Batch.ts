import type { SetApiKey } from '../domain/events.ts'
import type { MembershipRole } from '../domain/membership.ts'
import type { TenantId } from '../domain/streams.ts'
import {
  cacheKey,
  type EntityState,
  type GroupState,
  type MembershipState,
  type Progress,
  type Quarantined,
  type TenantState,
  type UserState,
} from './state.ts'

/**
 * The rows that one transaction touches, each read once and written once, however many events change it. Reducers work on it
 * and nothing is written before `save`: an event whose reducer throws leaves no trace to roll back.
 */
export class Batch {
  readonly progress: Progress
  readonly #tables: Tables
  readonly #tenants = new Map<TenantId, TenantState>()
  readonly #users = new Map<TenantId, Map<string, UserState>>()
  readonly #groups = new Map<TenantId, Map<string, GroupState>>()
  readonly #memberships = new Map<GroupState, Map<UserState, MembershipState>>()
  readonly #endedGroups: GroupState[] = []
  readonly #apiKeys: (readonly [UserState, SetApiKey])[] = []
  /** An event asks for its entity several times over, and so do its neighbours. */
  #lastUser: UserState | null = null
  #lastGroup: GroupState | null = null

  constructor(tables: Tables) {
    this.#tables = tables
    this.progress = tables.progress.load()
  }

  tenant(id: TenantId): TenantState {
    const { tenants } = this.#tables
    return found(this.#tenants, id, () => tenants.load(id) ?? tenants.create(id))
  }

  user(tenant: TenantId, id: string): UserState {
    if (isOf(this.#lastUser, tenant, id)) return this.#lastUser
    const { users } = this.#tables
    this.#lastUser = found(inner(this.#users, tenant), id, () => {
      const owner = this.tenant(tenant)
      return users.load(owner, id) ?? users.create(owner, id)
    })
    return this.#lastUser
  }

  group(tenant: TenantId, id: string): GroupState {
    if (isOf(this.#lastGroup, tenant, id)) return this.#lastGroup
    const { groups } = this.#tables
    this.#lastGroup = found(inner(this.#groups, tenant), id, () => {
      const owner = this.tenant(tenant)
      return groups.load(owner, id) ?? groups.create(owner, id)
    })
    return this.#lastGroup
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
    for (const [group, members] of this.#memberships) if (members.has(user)) this.#endMembership(group, user)
  }

  /** Takes a group out of the hierarchy, and everybody out of it. */
  endGroup(group: GroupState): void {
    for (const membership of this.#memberships.get(group)?.values() ?? []) membership.role = null
    this.#endedGroups.push(group)
    group.memberCount = 0
    group.parent = null
    for (const child of this.#tables.groups.loadChildren(this.tenant(group.tenant), group)) this.#held(child)
    for (const child of inner(this.#groups, group.tenant).values()) {
      if (child.parent !== group.num) continue
      child.parent = null
      child.dirty = true
    }
  }

  putApiKey(user: UserState, key: SetApiKey): void {
    this.#apiKeys.push([user, key])
  }

  /** Writes everything. Throws only what the store makes it throw. */
  save(): void {
    const { tenants, users, groups, memberships, apiKeys, progress } = this.#tables
    const dirtyUsers = dirtyIn(this.#users)
    const dirtyGroups = dirtyIn(this.#groups)
    for (const tenant of this.#tenants.values()) if (tenant.dirty) tenants.save(tenant)
    users.save(dirtyUsers, this.progress.indexed)
    groups.save(dirtyGroups)
    for (const group of this.#endedGroups) memberships.deleteGroup(group)
    for (const members of this.#memberships.values()) {
      for (const membership of members.values()) memberships.save(membership)
    }
    for (const [user, key] of this.#apiKeys) apiKeys.save(user.num, key)
    progress.save(this.progress, [...cacheKeys('user', dirtyUsers), ...cacheKeys('group', dirtyGroups)])
  }

  #endMembership(group: GroupState, user: UserState): void {
    // Those of a deleted group have ended already, though the store may not say so yet.
    if (group.status === 'DELETED') return
    const membership = this.#membership(group, user)
    if (membership.role === null) return
    membership.role = null
    group.memberCount -= 1
    group.dirty = true
  }

  #membership(group: GroupState, user: UserState): MembershipState {
    const { memberships } = this.#tables
    return found(inner(this.#memberships, group), user, () => memberships.load(group, user))
  }

  /** The state of a group as it is stored, unless the batch has a newer one. */
  #held(group: GroupState): GroupState {
    return found(inner(this.#groups, group.tenant), group.id, () => group)
  }
}

/** The tables of an engine, as one transaction sees them. What is saved is kept if the transaction commits. */
export interface Tables {
  readonly tenants: {
    load(id: TenantId): TenantState | null
    create(id: TenantId): TenantState
    save(tenant: TenantState): void
  }
  readonly users: {
    load(tenant: TenantState, id: string): UserState | null
    create(tenant: TenantState, id: string): UserState
    /** `indexed`: as in Progress. */
    save(users: readonly UserState[], indexed: number): void
  }
  readonly groups: {
    load(tenant: TenantState, id: string): GroupState | null
    create(tenant: TenantState, id: string): GroupState
    loadChildren(tenant: TenantState, parent: GroupState): readonly GroupState[]
    /** The groups that a user is a member of, as they are stored. */
    loadOfUser(tenant: TenantState, user: number): readonly GroupState[]
    save(groups: readonly GroupState[]): void
  }
  readonly memberships: {
    /** One without a role where none is stored. */
    load(group: GroupState, user: UserState): MembershipState
    save(membership: MembershipState): void
    deleteGroup(group: GroupState): void
  }
  readonly apiKeys: { save(user: number, key: SetApiKey): void }
  readonly progress: {
    load(): Progress
    /** `changed`: keys of the rows that this batch wrote. */
    save(progress: Progress, changed: readonly string[]): void
    quarantined(): readonly Quarantined[]
    quarantine(quarantined: Quarantined): void
  }
  /** Whether it was the store that made something throw, and not what an event says. */
  isTrouble(error: unknown): boolean
}

const dirtyIn = <State extends EntityState>(
  states: ReadonlyMap<TenantId, ReadonlyMap<string, State>>,
): State[] => [...states.values()].flatMap((ofTenant) => [...ofTenant.values()].filter(({ dirty }) => dirty))

const inner = <Outer, Key, Value>(map: Map<Outer, Map<Key, Value>>, key: Outer): Map<Key, Value> =>
  found(map, key, () => new Map())

const isOf = <State extends EntityState>(state: State | null, tenant: TenantId, id: string): state is State =>
  state !== null && state.id === id && state.tenant === tenant

const cacheKeys = (kind: 'user' | 'group', entities: readonly EntityState[]): string[] =>
  entities.map(({ tenant, id }) => cacheKey(kind, tenant, id))

function found<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const held = map.get(key)
  if (held !== undefined) return held
  const made = make()
  map.set(key, made)
  return made
}
