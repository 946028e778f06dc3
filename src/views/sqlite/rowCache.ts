import type { TenantId } from '../../domain/streams.ts'
import type { GroupRow, UserRow } from '../../ops/rows.ts'
import { cacheKey } from '../state.ts'
import type { Statements } from './Statements.ts'
import { TwoGenerations } from './TwoGenerations.ts'

const USERS = 20_000
const GROUPS = 5_000

/**
 * Rows as they were last read, exactly as good as reading them: whoever reads moves the cache first to the batch that the reads
 * see, and rows that batches since then have changed are dropped.
 */
export class RowCache {
  readonly users = new KeptRows<UserRow>('user', USERS)
  readonly groups = new KeptRows<GroupRow>('group', GROUPS)
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
    this.users.drop(key)
    this.groups.drop(key)
  }

  #clear(): void {
    this.users.clear()
    this.groups.clear()
  }
}

export class KeptRows<Row extends { readonly id: string }> {
  readonly #kind: 'user' | 'group'
  readonly #rows: TwoGenerations<string, Row>

  constructor(kind: 'user' | 'group', max: number) {
    this.#kind = kind
    this.#rows = new TwoGenerations(max)
  }

  get(tenant: TenantId, id: string): Row | undefined {
    return this.#rows.get(cacheKey(this.#kind, tenant, id))
  }

  /** Keeps a row that was just read, if it is worth it: frozen then, because everybody gets the same one. */
  offer(tenant: TenantId, row: Row): void {
    if (this.#rows.admits()) this.#rows.set(cacheKey(this.#kind, tenant, row.id), deepFreeze(row))
  }

  /** By `cacheKey`; one of the other kind is nothing to drop. */
  drop(key: string): void {
    this.#rows.delete(key)
  }

  clear(): void {
    this.#rows.clear()
  }
}

/** Attributes are at most LIMITS.attributesDepth deep. */
function deepFreeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(deepFreeze)
  return value
}
