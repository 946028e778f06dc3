import type { Scope } from '../../../domain/scopes.ts'
import type { TenantId } from '../../../domain/streams.ts'
import type { ListApiKeys } from '../../../ops/query.ts'
import type { ApiKeyRow } from '../../../ops/rows.ts'
import { ENTITY_BITS } from '../../numbers.ts'
import { groupByKey } from '../../paging.ts'
import type { ReadContext } from './ReadContext.ts'

type Cells = [
  id: string,
  userId: string,
  label: string,
  scopes: string,
  createdAt: string,
  expiresAt: string | null,
  revokedAt: string | null,
  lastFour: string,
]

const COLUMNS = 'k.id, u.id, k.label, k.scopes, k.created_at, k.expires_at, k.revoked_at, k.last_four'

const BY_USER = `SELECT wanted.key, ${COLUMNS} FROM json_each(?) wanted
  CROSS JOIN users u ON u.tenant = ? AND u.id = wanted.value
  CROSS JOIN api_keys k ON k.user = u.num
  ORDER BY wanted.key, k.created_at, k.id`

const BY_HASH = `SELECT t.id, ${COLUMNS} FROM api_keys k
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
  const rows = sql.all<[number, ...Cells]>(BY_USER, userIds, num)
  return groupByKey<Cells>(ops.length, rows).map((found) => found.map(readApiKey))
}

export function apiKeyByHash(
  { sql }: ReadContext,
  hash: string,
): (ApiKeyRow & { readonly tenant: TenantId }) | null {
  const row = sql.get<[TenantId, ...Cells]>(BY_HASH, hash)
  if (row === undefined) return null
  const [tenant, ...cells] = row
  return { tenant, ...readApiKey(cells) }
}

function readApiKey([
  id,
  userId,
  label,
  scopes,
  createdAt,
  expiresAt,
  revokedAt,
  lastFour,
]: Cells): ApiKeyRow {
  return {
    id,
    userId,
    label,
    scopes: JSON.parse(scopes) as Scope[],
    createdAt,
    expiresAt,
    revokedAt,
    lastFour,
  }
}
