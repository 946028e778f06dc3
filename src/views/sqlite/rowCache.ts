import type { TenantId } from '../../domain/streams.ts'
import type { GroupRow, UserRow } from '../../ops/rows.ts'
import type { Statements } from './Statements.ts'
import { TwoGenerations } from './TwoGenerations.ts'

const USERS = 20_000
const GROUPS = 5_000

export const cacheKey = (kind: 'user' | 'group', tenant: TenantId, id: string): string =>
  `${kind}/${tenant}/${id}`

/**
 * Rows as they were last read, exactly as good as reading them: whoever reads moves the cache first to the batch that the reads
 * see, and rows that batches since then have changed are dropped. Rows are frozen, because everybody gets the same one.
 */
export class RowCache {
  readonly users = new TwoGenerations<string, UserRow>(USERS)
  readonly groups = new TwoGenerations<string, GroupRow>(GROUPS)
  readonly #sql: Statements
  #batch = -1

  constructor(sql: Statements) {
    this.#sql = sql
  }

  /** Drops what is no longer so as of a batch, the newest that statements now see. Batches count the commits of all processes. */
  moveTo(batch: number): void {
    if (batch === this.#batch) return
    const batches = this.#sql.all<[number, string | null]>(
      'SELECT batch, changed FROM recent WHERE batch > ? ORDER BY batch',
      this.#batch,
    )
    let next = this.#batch + 1
    for (const [number, changed] of batches) {
      if (changed === null || number !== next) this.#clear()
      else for (const key of JSON.parse(changed) as string[]) this.#drop(key)
      next = number + 1
    }
    if (next !== batch + 1) this.#clear()
    this.#batch = batch
  }

  #drop(key: string): void {
    this.users.delete(key)
    this.groups.delete(key)
  }

  #clear(): void {
    this.users.clear()
    this.groups.clear()
  }
}
