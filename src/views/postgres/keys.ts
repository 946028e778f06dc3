import type { TenantId } from '../../domain/streams.ts'

/**
 * By which a user or group is found: neither its tenant nor its id holds a slash. One column, which nothing but its own index
 * leads to, so that no plan is ever wrong, however old the statistics are.
 */
export const entityKey = (tenant: TenantId, id: string): string => `${tenant}/${id}`

/** Comes after the keys of all that are a tenant's, and before those of any other: the character after the slash. */
export const endOfKeys = (tenant: TenantId): string => `${tenant}0`
