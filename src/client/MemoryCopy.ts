import { type Effect, effectOf, type GroupFields, type UserFields } from './effect.ts'
import type { MembershipRole } from './generated.ts'
import type { Change, DirectoryCopy, GroupCopy, MembershipCopy, UserCopy } from './Replica.ts'

/** One copy of a directory, in Maps. A deleted user or group is kept as null: whatever is said of it later changes nothing. */
export class MemoryCopy implements DirectoryCopy {
  readonly #seqs = new Map<string, number>()
  readonly #users = new Map<string, UserFields | null>()
  readonly #groups = new Map<string, GroupFields | null>()
  readonly #members = new Pairs()
  readonly #memberships = new Pairs()

  seq(stream: string): number {
    return this.#seqs.get(stream) ?? 0
  }

  apply(change: Change): void {
    if (change.seq <= this.seq(change.stream)) return
    this.#seqs.set(change.stream, change.seq)
    const effect = effectOf(change)
    if (effect !== null) this.#write(effect)
  }

  #write(effect: Effect): void {
    switch (effect.kind) {
      case 'user':
        merge(this.#users, effect.id, effect.fields)
        break
      case 'group':
        merge(this.#groups, effect.id, effect.fields)
        break
      case 'userDeleted':
        this.#users.set(effect.id, null)
        for (const groupId of this.#memberships.take(effect.id)) this.#members.set(groupId, effect.id, null)
        break
      case 'groupDeleted':
        this.#groups.set(effect.id, null)
        for (const userId of this.#members.take(effect.id)) this.#memberships.set(userId, effect.id, null)
        break
      case 'membership':
        this.#setMembership(effect.groupId, effect.userId, effect.role)
    }
  }

  #setMembership(groupId: string, userId: string, role: MembershipRole | null): void {
    if (this.#users.get(userId) === null || this.#groups.get(groupId) === null) return
    this.#members.set(groupId, userId, role)
    this.#memberships.set(userId, groupId, role)
  }

  user(id: string): UserCopy | null {
    const { username, email = null, name = null, status, attributes = {} } = this.#users.get(id) ?? {}
    if (username === undefined) return null
    return { id, username, email, name, status: status ?? 'ACTIVE', attributes }
  }

  group(id: string): GroupCopy | null {
    const { name, description = '', parentId = null } = this.#groups.get(id) ?? {}
    if (name === undefined) return null
    const hasParent = parentId !== null && this.#groups.get(parentId) !== null
    return { id, name, description, parentId: hasParent ? parentId : null }
  }

  members(groupId: string): readonly MembershipCopy[] {
    return this.#members.of(groupId).map(([userId, role]) => ({ groupId, userId, role }))
  }

  memberships(userId: string): readonly MembershipCopy[] {
    return this.#memberships.of(userId).map(([groupId, role]) => ({ groupId, userId, role }))
  }

  *users(): Iterable<UserCopy> {
    for (const id of this.#users.keys()) {
      const user = this.user(id)
      if (user !== null) yield user
    }
  }

  *groups(): Iterable<GroupCopy> {
    for (const id of this.#groups.keys()) {
      const group = this.group(id)
      if (group !== null) yield group
    }
  }
}

function merge<Fields>(table: Map<string, Fields | null>, id: string, fields: Fields): void {
  const row = table.get(id)
  if (row !== null) table.set(id, { ...row, ...fields } as Fields)
}

/** Roles by two ids. */
class Pairs {
  readonly #roles = new Map<string, Map<string, MembershipRole>>()

  set(one: string, other: string, role: MembershipRole | null): void {
    const roles = this.#roles.get(one) ?? new Map<string, MembershipRole>()
    if (role === null) roles.delete(other)
    else roles.set(other, role)
    if (roles.size === 0) this.#roles.delete(one)
    else this.#roles.set(one, roles)
  }

  of(one: string): readonly (readonly [other: string, role: MembershipRole])[] {
    return [...(this.#roles.get(one) ?? [])].sort(([a], [b]) => (a < b ? -1 : 1))
  }

  /** Takes all of one out. */
  take(one: string): readonly string[] {
    const others = [...(this.#roles.get(one)?.keys() ?? [])]
    this.#roles.delete(one)
    return others
  }
}
