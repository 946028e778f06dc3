import type { RecordedEvent, SetApiKey, SetMembership } from '../../src/domain/events.ts'
import type { MembershipRole } from '../../src/domain/membership.ts'
import { parseStream, type TenantId } from '../../src/domain/streams.ts'
import { fold } from '../../src/domain/text.ts'
import type { JsonObject, UserStatus } from '../../src/domain/user.ts'
import type { PastOp } from '../../src/ops/past.ts'
import type { GroupFilter, ListUsers, PageArgs, QueryOp, UserFilter } from '../../src/ops/query.ts'
import type { ApiKeyRow, GroupRow, MembershipRow, Page, TenantRow, UserRow } from '../../src/ops/rows.ts'

type ViewOp = Exclude<QueryOp, { op: 'atLeast' | 'getPosition' } | PastOp>
type Seqs = Record<string, number>

/** What the events of one entity, or of one place in a group, have set so far. */
interface Facts {
  readonly id: string
  readonly createdAt: string
  updatedAt: string
  readonly seqs: Seqs
  readonly set: Map<string, unknown>
}

/** One tenant's views, folded anew from the events that they have seen: what each query op means. */
export class PureViews {
  readonly #users = new Map<string, Facts>()
  readonly #groups = new Map<string, Facts>()
  readonly #places = new Map<string, MembershipRow>()
  readonly #keys = new Map<string, SetApiKey>()
  readonly #tenants = new Map<string, TenantRow>()

  constructor(tenant: TenantId, events: readonly RecordedEvent[]) {
    for (const event of events) {
      const of = parseStream(event.stream)
      if (of?.kind === 'tenants' || of?.tenant === tenant) this.#see(event, of.kind, of.id)
    }
  }

  answer(op: ViewOp): unknown {
    switch (op.op) {
      case 'getUser':
        return this.#user(op.id)
      case 'findUserByUsername':
        return this.#named().find(({ username }) => fold(username) === op.username) ?? null
      case 'findUserByEmail':
        return this.#named().find(({ email }) => email !== null && fold(email) === op.email) ?? null
      case 'listUsers':
        return page(this.#listUsers(op), op.page)
      case 'getGroup':
        return this.#group(op.id)
      case 'findGroupByName':
        return this.#allGroups().find(({ name }) => fold(name) === op.name) ?? null
      case 'listGroups':
        return page(this.#listGroups(op.search, op.filter), op.page)
      case 'listChildren':
        return page(
          this.#allGroups().filter(({ parentId }) => parentId === op.groupId),
          op.page,
        )
      case 'getMembership':
        return this.#members(op.groupId).find(({ userId }) => userId === op.userId) ?? null
      case 'listMembers':
        return page(this.#listMembers(op.groupId, op.transitive), op.page)
      case 'listMemberships':
        return page(this.#listMemberships(op.userId, op.transitive), op.page)
      case 'countMembers':
        return this.#listMembers(op.groupId, true).length
      case 'isMember':
        return this.#listMembers(op.groupId, op.transitive).some(({ userId }) => userId === op.userId)
      case 'listApiKeys':
        return this.#apiKeys(op.userId)
      case 'getTenant':
        return this.#tenants.get(op.id) ?? null
    }
  }

  #see({ event, seq, meta }: RecordedEvent, kind: string, id: string): void {
    if (event.type === 'SetTenant') {
      this.#tenants.set(event.tenantId, { id: event.tenantId, name: event.name, createdAt: meta.at })
      return
    }
    const table = kind === 'group' || kind === 'members' ? this.#groups : this.#users
    const facts: Facts = table.get(id) ?? {
      id,
      createdAt: meta.at,
      updatedAt: meta.at,
      seqs: {},
      set: new Map(),
    }
    table.set(id, facts)
    facts.seqs[kind] = seq
    if (kind !== 'keys' && kind !== 'members') facts.updatedAt = meta.at
    if (event.type === 'SetApiKey') this.#keys.set(event.keyId, event)
    else if (event.type === 'SetMembership') this.#seeMembership(event, seq, meta.at)
    else for (const [field, value] of Object.entries(event)) facts.set.set(field, value)
  }

  #seeMembership({ groupId, userId, role }: SetMembership, seq: number, at: string): void {
    const place = `${groupId} ${userId}`
    const since = this.#places.get(place)?.since ?? at
    if (role === null) this.#places.delete(place)
    else this.#places.set(place, { groupId, userId, role, since, seq })
    for (const [other, row] of this.#places) {
      if (row.groupId === groupId) this.#places.set(other, { ...row, seq })
    }
  }

  #user(id: string): UserRow | null {
    const facts = this.#users.get(id)
    const username = facts?.set.get('username')
    if (facts === undefined || typeof username !== 'string') return null
    const { user = 0, profile = 0, keys = 0 } = facts.seqs
    return {
      id,
      username,
      email: (facts.set.get('email') as string | undefined) ?? null,
      name: (facts.set.get('name') as string | undefined) ?? null,
      status: (facts.set.get('status') as UserStatus | undefined) ?? 'ACTIVE',
      attributes: (facts.set.get('attributes') as JsonObject | undefined) ?? {},
      createdAt: facts.createdAt,
      updatedAt: facts.updatedAt,
      seqs: { user, profile, keys },
    }
  }

  #group(id: string): GroupRow | null {
    const facts = this.#groups.get(id)
    const name = facts?.set.get('name')
    if (facts === undefined || typeof name !== 'string' || facts.set.get('status') === 'DELETED') return null
    const { group = 0, members = 0 } = facts.seqs
    const parentId = (facts.set.get('parentId') as string | undefined) ?? null
    return {
      id,
      name,
      description: (facts.set.get('description') as string | undefined) ?? '',
      parentId: parentId !== null && this.#group(parentId) !== null ? parentId : null,
      memberCount: this.#members(id).length,
      createdAt: facts.createdAt,
      updatedAt: facts.updatedAt,
      seqs: { group, members },
    }
  }

  /** Users who hold their names: all but the deleted. */
  #named(): UserRow[] {
    return [...this.#users.keys()]
      .flatMap((id) => this.#user(id) ?? [])
      .filter(({ status }) => status !== 'DELETED')
  }

  #allGroups(): GroupRow[] {
    return sorted(
      [...this.#groups.keys()].flatMap((id) => this.#group(id) ?? []),
      ({ name }) => fold(name),
    )
  }

  #listUsers({ search, filter, order }: ListUsers): UserRow[] {
    const users = [...this.#users.keys()].flatMap((id) => this.#user(id) ?? [])
    const key = (row: UserRow): string =>
      order === 'CREATED_AT'
        ? row.createdAt
        : fold({ USERNAME: row.username, NAME: row.name, EMAIL: row.email }[order] ?? '')
    const texts = ({ username, email, name }: UserRow) => [username, email ?? '', name ?? '']
    return sorted(users, key).filter((row) => this.#passes(row, filter) && contains(texts(row), search))
  }

  #passes(row: UserRow, filter: UserFilter): boolean {
    const { status, email, usernamePrefix, groupId, createdAfter, updatedAfter, attribute } = filter
    return (
      (status === null ? row.status !== 'DELETED' : row.status === status) &&
      (email === null || fold(row.email ?? '') === email) &&
      (usernamePrefix === null || fold(row.username).startsWith(usernamePrefix)) &&
      (groupId === null || this.#members(groupId).some(({ userId }) => userId === row.id)) &&
      (createdAfter === null || row.createdAt > createdAfter) &&
      (updatedAfter === null || row.updatedAt > updatedAfter) &&
      (attribute === null || String(row.attributes[attribute.name]) === attribute.equals)
    )
  }

  #listGroups(search: string | null, { parentId, userId, namePrefix }: GroupFilter): GroupRow[] {
    return this.#allGroups().filter(
      (row) =>
        contains([row.name], search) &&
        (parentId === null || row.parentId === parentId) &&
        (userId === null || this.#members(row.id).some((place) => place.userId === userId)) &&
        (namePrefix === null || fold(row.name).startsWith(namePrefix)),
    )
  }

  /** Direct ones whose user and group are there. */
  #members(groupId: string): MembershipRow[] {
    if (this.#groups.get(groupId)?.set.get('status') === 'DELETED') return []
    const there = (userId: string) => ![undefined, 'DELETED'].includes(this.#user(userId)?.status)
    const places = [...this.#places.values()].filter(
      (place) => place.groupId === groupId && there(place.userId),
    )
    return sorted(places, ({ userId }) => userId)
  }

  #listMembers(groupId: string, transitive: boolean): MembershipRow[] {
    const found = new Map<string, MembershipRow>()
    let level = [groupId]
    while (level.length > 0) {
      for (const place of level.flatMap((id) => this.#members(id))) {
        if (!found.has(place.userId)) found.set(place.userId, place)
      }
      const above = level
      level = transitive
        ? this.#allGroups().flatMap(({ id, parentId }) =>
            parentId !== null && above.includes(parentId) ? [id] : [],
          )
        : []
    }
    return sorted([...found.values()], ({ userId }) => userId)
  }

  #listMemberships(userId: string, transitive: boolean): MembershipRow[] {
    const all = this.#allGroups().flatMap(({ id }) => {
      const direct = this.#members(id).find((place) => place.userId === userId)
      if (direct !== undefined || !transitive) return direct ?? []
      const role: MembershipRole = 'MEMBER'
      const since = this.#since(id, userId)
      return since === undefined ? [] : { groupId: id, userId, role, since, seq: 0 }
    })
    return sorted(all, ({ groupId }) => groupId)
  }

  /** The earliest membership that leads to the group. */
  #since(groupId: string, userId: string): string | undefined {
    const direct = this.#members(groupId).find((place) => place.userId === userId)?.since
    const children = this.#allGroups().filter(({ parentId }) => parentId === groupId)
    return [direct, ...children.map(({ id }) => this.#since(id, userId))]
      .filter((at) => at !== undefined)
      .sort()[0]
  }

  #apiKeys(userId: string): ApiKeyRow[] {
    const keys = [...this.#keys.values()].filter((key) => key.userId === userId)
    return keys.map(({ type: _type, keyId, hash: _hash, ...row }) => ({ id: keyId, ...row }))
  }
}

/** Stable: equal ones stay in the order in which they came to be. */
const sorted = <A>(rows: readonly A[], key: (row: A) => string): A[] =>
  rows.toSorted((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0))

const contains = (texts: readonly string[], search: string | null): boolean =>
  search === null || texts.some((text) => fold(text).includes(search))

/** The key of a place is the number of rows up to it. */
function page<Row>(rows: readonly Row[], { first, after }: PageArgs): Page<Row> {
  const start = (after as number | null) ?? 0
  const shown = rows.slice(start, start + first)
  return {
    rows: shown,
    cursors: shown.map((_, i) => start + i + 1),
    hasNextPage: start + first < rows.length,
  }
}
