import type { TenantId } from '../../../domain/streams.ts'
import type { RowCache } from '../rowCache.ts'
import type { Statements } from '../Statements.ts'

/** What every read works with: one connection, its statements and its cache. */
export interface ReadContext {
  readonly sql: Statements
  readonly cache: RowCache
  /** Null while nothing of the tenant has arrived: it has no rows. */
  tenantNum(tenant: TenantId): number | null
}

/** A tenant's number never changes, so it is asked for once. */
export function tenantNumbers(sql: Statements): (tenant: TenantId) => number | null {
  const known = new Map<TenantId, number>()
  return (tenant) => {
    const num = known.get(tenant) ?? sql.get<[number]>('SELECT num FROM tenants WHERE id = ?', tenant)?.[0]
    if (num === undefined) return null
    known.set(tenant, num)
    return num
  }
}
