import type { TenantId } from '../../../domain/streams.ts'
import type { TenantState } from '../../state.ts'
import type { Statements } from '../Statements.ts'

/** Tenants between the store and a batch. Each has a row, without a name, as soon as anything of it arrives. */
export class TenantTable {
  readonly #stored: ReadonlyMap<TenantId, TenantState>
  readonly #saved: TenantState[] = []

  constructor(stored: ReadonlyMap<TenantId, TenantState>) {
    this.#stored = stored
  }

  load(id: TenantId): TenantState | null {
    return this.#stored.get(id) ?? null
  }

  create(id: TenantId): TenantState {
    throw new Error(`tenant ${id} was not loaded`)
  }

  save(tenant: TenantState): void {
    this.#saved.push(tenant)
  }

  async flush(sql: Statements): Promise<void> {
    if (this.#saved.length === 0) return
    await sql.all(
      `UPDATE tenants t SET name = w.name, created_at = w.created_at, users = w.users, groups = w.groups
       FROM unnest($1::integer[], $2::text[], $3::bigint[], $4::integer[], $5::integer[])
         w (num, name, created_at, users, groups)
       WHERE t.num = w.num`,
      this.#saved.map(({ num }) => num),
      this.#saved.map(({ name }) => name),
      this.#saved.map(({ createdAt }) => createdAt),
      this.#saved.map(({ users }) => users),
      this.#saved.map(({ groups }) => groups),
    )
  }
}
