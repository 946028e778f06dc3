import { LRUCache } from 'lru-cache'
import type { TenantId } from '../../domain/streams.ts'
import type { GroupRow, UserRow } from '../../ops/rows.ts'
import type { Statements } from './Statements.ts'

const USERS = 20_000
const GROUPS = 5_000

export const cacheKey = (kind: 'user' | 'group', tenant: TenantId, id: string): string =>
  `${kind}/${tenant}/${id}`

/**
 * Rows as they were last read, exactly as good as reading them: before each use SQLite is asked whether another connection, of
 * any process, has committed (a microsecond); if so, rows that the commits since then have changed are dropped. Rows are
 * frozen, because everybody gets the same one.
 */
export class RowCache {
  readonly users = new LRUCache<string, UserRow>({ max: USERS })
  readonly groups = new LRUCache<string, GroupRow>({ max: GROUPS })
  readonly #sql: Statements
  #dataVersion = -1
  #batch = -1

  constructor(sql: Statements) {
    this.#sql = sql
  }

  /** Drops what is no longer so. To be called before rows are taken from the cache. */
  refresh(): void {
    const [dataVersion = 0] = this.#sql.get<[number]>('PRAGMA data_version') ?? []
    if (dataVersion === this.#dataVersion) return
    this.#dataVersion = dataVersion
    const batches = this.#sql.all<[number, string | null]>(
      'SELECT batch, changed FROM recent WHERE batch > ? ORDER BY batch',
      this.#batch,
    )
    for (const [batch, changed] of batches) {
      if (changed === null || batch !== this.#batch + 1) this.#clear()
      else for (const key of JSON.parse(changed) as string[]) this.#drop(key)
      this.#batch = batch
    }
  }

  #drop(key: string): void {
    if (!this.users.delete(key)) this.groups.delete(key)
  }

  #clear(): void {
    this.users.clear()
    this.groups.clear()
  }
}
