import type { SetApiKey } from '../../../domain/events.ts'
import type { Statements } from '../Statements.ts'

export class ApiKeyTable {
  readonly #sql: Statements

  constructor(sql: Statements) {
    this.#sql = sql
  }

  save(user: number, key: SetApiKey): void {
    this.#sql.run(
      `INSERT OR REPLACE INTO api_keys (user, id, hash, label, scopes, last_four, created_at, expires_at, revoked_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      user,
      key.keyId,
      key.hash,
      key.label,
      JSON.stringify(key.scopes),
      key.lastFour,
      key.createdAt,
      key.expiresAt,
      key.revokedAt,
    )
  }
}
