import type { MembershipRole } from '../../../domain/membership.ts'
import { membershipRole } from '../../codes.ts'
import type { GroupState, MembershipState, UserState } from '../../state.ts'
import type { Statements } from '../Statements.ts'
import { upserting } from './columns.ts'
import type { StoredMembership } from './load.ts'

type Held = MembershipState & { readonly role: MembershipRole }

const write = upserting<Held>(
  'memberships',
  ['grp', 'user_id'],
  [
    { name: 'grp', type: 'bigint', of: ({ group }) => group.num },
    { name: 'user_id', type: 'text', of: ({ user }) => user.id },
    { name: 'usr', type: 'bigint', of: ({ user }) => user.num },
    { name: 'role', type: 'smallint', of: ({ role }) => membershipRole.code(role) },
    { name: 'since', type: 'bigint', of: ({ since }) => since },
  ],
)

/** Memberships between the store and a batch. */
export class MembershipTable {
  readonly #stored: ReadonlyMap<string, StoredMembership>
  readonly #held: Held[] = []
  readonly #ended: MembershipState[] = []
  readonly #endedGroups: GroupState[] = []

  constructor(stored: readonly StoredMembership[]) {
    this.#stored = new Map(stored.map((one) => [`${one.group} ${one.user}`, one]))
  }

  load(group: GroupState, user: UserState): MembershipState {
    const { role = null, since = 0 } = this.#stored.get(`${group.num} ${user.num}`) ?? {}
    return { group, user, role, since }
  }

  save(membership: MembershipState): void {
    if (isHeld(membership)) this.#held.push(membership)
    else this.#ended.push(membership)
  }

  /** All of a group at once, without reading them: there may be a hundred thousand. */
  deleteGroup(group: GroupState): void {
    this.#endedGroups.push(group)
  }

  async flush(sql: Statements): Promise<void> {
    await Promise.all([this.#deleteGroups(sql), this.#delete(sql), write(sql, this.#held)])
  }

  async #deleteGroups(sql: Statements): Promise<void> {
    if (this.#endedGroups.length === 0) return
    const groups = this.#endedGroups.map(({ num }) => num)
    await sql.all('DELETE FROM memberships WHERE grp = ANY ($1::bigint[])', groups)
  }

  async #delete(sql: Statements): Promise<void> {
    if (this.#ended.length === 0) return
    await sql.all(
      `DELETE FROM memberships m USING unnest($1::bigint[], $2::text[]) w (grp, user_id)
       WHERE m.grp = w.grp AND m.user_id = w.user_id`,
      this.#ended.map(({ group }) => group.num),
      this.#ended.map(({ user }) => user.id),
    )
  }
}

const isHeld = (membership: MembershipState): membership is Held => membership.role !== null
