import type { TenantId } from '../../../domain/streams.ts'
import type { ListApiKeys } from '../../../ops/query.ts'
import type { ApiKeyRow } from '../../../ops/rows.ts'
import { API_KEY_COLUMNS, type ApiKeyCells, readApiKey } from '../../apiKeyRows.ts'
import { groupByKey } from '../../paging.ts'
import { entityKey } from '../keys.ts'
import { byPlace, type ReadContext } from './ReadContext.ts'

const BY_USER = `SELECT w.nth, ${API_KEY_COLUMNS} FROM unnest($1::text[]) WITH ORDINALITY w (key, nth)
  JOIN users u ON u.key = w.key
  JOIN api_keys k ON k.usr = u.num
  ORDER BY w.nth, k.created_at, k.id`

const BY_HASH = `SELECT w.nth, t.id, ${API_KEY_COLUMNS} FROM unnest($1::text[]) WITH ORDINALITY w (hash, nth)
  JOIN api_keys k ON k.hash = w.hash
  JOIN users u ON u.num = k.usr
  JOIN tenants t ON t.num = u.tenant`

export async function apiKeys(
  { sql }: ReadContext,
  tenant: TenantId,
  ops: readonly ListApiKeys[],
): Promise<readonly (readonly ApiKeyRow[])[]> {
  const users = ops.map(({ userId }) => entityKey(tenant, userId))
  const rows = await sql.all<[number, ...ApiKeyCells]>(BY_USER, users)
  return groupByKey<ApiKeyCells>(ops.length, byPlace(rows)).map((found) => found.map(readApiKey))
}

/** With the tenant of each; null for a hash that no key has. */
export async function apiKeysByHash(
  { sql }: ReadContext,
  hashes: readonly string[],
): Promise<readonly ((ApiKeyRow & { readonly tenant: TenantId }) | null)[]> {
  const found: ((ApiKeyRow & { readonly tenant: TenantId }) | null)[] = hashes.map(() => null)
  const rows = await sql.all<[number, TenantId, ...ApiKeyCells]>(BY_HASH, hashes)
  for (const [place, tenant, ...cells] of byPlace(rows)) found[place] = { tenant, ...readApiKey(cells) }
  return found
}
