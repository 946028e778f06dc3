import type { TenantId } from '../../../domain/streams.ts'
import type { RowCache } from '../rowCache.ts'
import type { Statements } from '../Statements.ts'

/** What every read works with: one connection, its statements and its cache. */
export interface ReadContext {
  readonly sql: Statements
  readonly cache: RowCache
  readonly limits: ListLimits
  /** Null while nothing of the tenant has arrived: it has no rows. */
  tenantNum(tenant: TenantId): number | null
}

/** Which way a list is read. The rows and their order are the same either way. */
export interface ListLimits {
  /**
   * A condition that fits fewer rows leads: all are read and sorted, some milliseconds at most. One that fits more is checked on
   * rows in the list's own order, where a page is soon full, because the fitting ones are not rare: of a million users 200 are
   * looked at for each that is found. Several conditions that fit many each, but few together, cost a longer look.
   */
  readonly lead: number
  /** Fewer candidates for a search term are ranked at once, which is quicker than to seek them rank by rank. */
  readonly candidates: number
}

export const LIST_LIMITS: ListLimits = { lead: 5_000, candidates: 128 }

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
