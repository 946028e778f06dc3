import type { TenantId } from '../../../domain/streams.ts'
import type { TenantState } from '../../state.ts'
import type { Statements } from '../Statements.ts'

type Row = [num: number, name: string | null, createdAt: number, users: number, groups: number]

/** Tenants between the file and a batch. One has a row, without a name, as soon as anything of it arrives. */
export class TenantTable {
  readonly #sql: Statements

  constructor(sql: Statements) {
    this.#sql = sql
  }

  load(id: TenantId): TenantState | null {
    const row = this.#sql.get<Row>(
      'SELECT num, name, created_at, users, groups FROM tenants WHERE id = ?',
      id,
    )
    if (row === undefined) return null
    const [num, name, createdAt, users, groups] = row
    return { num, id, name, createdAt, users, groups, dirty: false }
  }

  create(id: TenantId): TenantState {
    const [num] = this.#sql.get<[number]>(
      'INSERT INTO tenants (id, created_at, users, groups) VALUES (?, 0, 0, 0) RETURNING num',
      id,
    ) ?? [0]
    return { num, id, name: null, createdAt: 0, users: 0, groups: 0, dirty: false }
  }

  save({ num, name, createdAt, users, groups }: TenantState): void {
    this.#sql.run(
      'UPDATE tenants SET name = ?, created_at = ?, users = ?, groups = ? WHERE num = ?',
      name,
      createdAt,
      users,
      groups,
      num,
    )
  }
}
