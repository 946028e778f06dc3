import type { TenantId } from '../../../domain/streams.ts'
import type { ListApiKeys } from '../../../ops/query.ts'
import type { ApiKeyRow } from '../../../ops/rows.ts'
import { API_KEY_COLUMNS, type ApiKeyCells, readApiKey } from '../../apiKeyRows.ts'
import { ENTITY_BITS } from '../../numbers.ts'
import { groupByKey } from '../../paging.ts'
import type { ReadContext } from './ReadContext.ts'

const BY_USER = `SELECT wanted.key, ${API_KEY_COLUMNS} FROM json_each(?) wanted
  CROSS JOIN users u ON u.tenant = ? AND u.id = wanted.value
  CROSS JOIN api_keys k ON k.user = u.num
  ORDER BY wanted.key, k.created_at, k.id`

const BY_HASH = `SELECT t.id, ${API_KEY_COLUMNS} FROM api_keys k
  CROSS JOIN users u ON u.num = k.user
  CROSS JOIN tenants t ON t.num = k.user >> ${ENTITY_BITS}
  WHERE k.hash = ?`

export function apiKeys(
  { sql, tenantNum }: ReadContext,
  tenant: TenantId,
  ops: readonly ListApiKeys[],
): readonly (readonly ApiKeyRow[])[] {
  const num = tenantNum(tenant)
  if (num === null) return ops.map(() => [])
  const userIds = JSON.stringify(ops.map(({ userId }) => userId))
  const rows = sql.all<[number, ...ApiKeyCells]>(BY_USER, userIds, num)
  return groupByKey<ApiKeyCells>(ops.length, rows).map((found) => found.map(readApiKey))
}

export function apiKeyByHash(
  { sql }: ReadContext,
  hash: string,
): (ApiKeyRow & { readonly tenant: TenantId }) | null {
  const row = sql.get<[TenantId, ...ApiKeyCells]>(BY_HASH, hash)
  if (row === undefined) return null
  const [tenant, ...cells] = row
  return { tenant, ...readApiKey(cells) }
}
