import { membershipRole } from '../../codes.ts'
import type { GroupState, MembershipState, UserState } from '../../state.ts'
import type { Statements } from '../Statements.ts'

type Row = [role: number, since: number]

/** Memberships between the file and a batch: two tables, one for each way of asking. */
export class MembershipTable {
  readonly #sql: Statements

  constructor(sql: Statements) {
    this.#sql = sql
  }

  load(group: GroupState, user: UserState): MembershipState {
    const row =
      group.stored && user.stored
        ? this.#sql.get<Row>(
            'SELECT role, since FROM memberships WHERE grp = ? AND user_id = ?',
            group.num,
            user.id,
          )
        : undefined
    if (row === undefined) return { group, user, role: null, since: 0 }
    const [role, since] = row
    return { group, user, role: membershipRole.name(role), since }
  }

  save({ group, user, role, since }: MembershipState): void {
    if (role === null) {
      this.#sql.run('DELETE FROM memberships WHERE grp = ? AND user_id = ?', group.num, user.id)
      this.#sql.run('DELETE FROM memberships_by_user WHERE user = ? AND grp = ?', user.num, group.num)
    } else {
      this.#sql.run(
        'INSERT OR REPLACE INTO memberships (grp, user_id, user, role, since) VALUES (?, ?, ?, ?, ?)',
        group.num,
        user.id,
        user.num,
        membershipRole.code(role),
        since,
      )
      this.#sql.run(
        'INSERT OR IGNORE INTO memberships_by_user (user, grp) VALUES (?, ?)',
        user.num,
        group.num,
      )
    }
  }

  /** All of a group at once, without reading them: there may be a hundred thousand. */
  deleteGroup(group: GroupState): void {
    this.#sql.run(
      `DELETE FROM memberships_by_user WHERE (user, grp) IN (SELECT user, grp FROM memberships WHERE grp = ?)`,
      group.num,
    )
    this.#sql.run('DELETE FROM memberships WHERE grp = ?', group.num)
  }
}
