import type { Scope } from '../domain/scopes.ts'
import type { ApiKeyRow } from '../ops/rows.ts'

/** The columns of a key `k` of the user `u`, in the order of `ApiKeyCells`. */
export const API_KEY_COLUMNS =
  'k.id, u.id, k.label, k.scopes, k.created_at, k.expires_at, k.revoked_at, k.last_four'

export type ApiKeyCells = readonly [
  id: string,
  userId: string,
  label: string,
  scopes: string,
  createdAt: string,
  expiresAt: string | null,
  revokedAt: string | null,
  lastFour: string,
]

export function readApiKey(cells: ApiKeyCells): ApiKeyRow {
  const [id, userId, label, scopes, createdAt, expiresAt, revokedAt, lastFour] = cells
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
