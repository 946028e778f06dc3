/** n, the number of a user or group within its tenant, has so many bits; tenants have the 22 above. The sum is exact in a double. */
export const ENTITY_BITS = 30
const ENTITIES = 2 ** ENTITY_BITS
const TENANTS = 2 ** 22

/** The number of a tenant's nth user or group. Throws when a store is full, long after it is too large for other reasons. */
export function entityNum(tenant: number, n: number): number {
  if (tenant >= TENANTS || n >= ENTITIES) throw new Error('these views have no numbers left')
  return tenant * ENTITIES + n
}

/** First and last number that can belong to a tenant's. */
export const tenantRange = (tenant: number): readonly [number, number] => [
  tenant * ENTITIES,
  (tenant + 1) * ENTITIES - 1,
]

/** Above the number of every user. */
export const ALL_INDEXED = Number.MAX_SAFE_INTEGER

export const tenantOf = (num: number): number => Math.floor(num / ENTITIES)
