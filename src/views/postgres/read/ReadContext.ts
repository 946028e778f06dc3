import type { TenantId } from '../../../domain/streams.ts'
import type { Statements } from '../Statements.ts'

/** What every read works with. */
export interface ReadContext {
  readonly sql: Statements
  readonly limits: ListLimits
  /** Null while nothing of the tenant has arrived: it has no rows. */
  tenantNum(tenant: TenantId): Promise<number | null>
}

/** Which way a search is made. The rows and their order are the same either way. */
export interface ListLimits {
  /** Fewer matches are ranked at once; of more, enough stand near each other to be read in order, rank by rank. */
  readonly few: number
}

export const LIST_LIMITS: ListLimits = { few: 500 }

/** A tenant's number never changes, so it is asked for once. */
export function tenantNumbers(sql: Statements): (tenant: TenantId) => Promise<number | null> {
  const known = new Map<TenantId, number>()
  return async (tenant) => {
    const num =
      known.get(tenant) ?? (await sql.get<[number]>('SELECT num FROM tenants WHERE id = $1', tenant))?.[0]
    if (num === undefined) return null
    known.set(tenant, num)
    return num
  }
}

/** Rows of a batch by the place of the key that they answer; PostgreSQL counts keys from 1. */
export const byPlace = <Cells extends readonly unknown[]>(
  rows: readonly (readonly [nth: number, ...Cells])[],
): (readonly [place: number, ...Cells])[] => rows.map(([nth, ...cells]) => [nth - 1, ...cells])
