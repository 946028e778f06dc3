import type { SetApiKey } from '../../../domain/events.ts'
import type { Statements } from '../Statements.ts'
import { upserting } from './columns.ts'

interface OwnedKey {
  readonly user: number
  readonly key: SetApiKey
}

const write = upserting<OwnedKey>(
  'api_keys',
  ['usr', 'id'],
  [
    { name: 'usr', type: 'bigint', of: ({ user }) => user },
    { name: 'id', type: 'text', of: ({ key }) => key.keyId },
    { name: 'hash', type: 'text', of: ({ key }) => key.hash },
    { name: 'label', type: 'text', of: ({ key }) => key.label },
    { name: 'scopes', type: 'text', of: ({ key }) => JSON.stringify(key.scopes) },
    { name: 'last_four', type: 'text', of: ({ key }) => key.lastFour },
    { name: 'created_at', type: 'text', of: ({ key }) => key.createdAt },
    { name: 'expires_at', type: 'text', of: ({ key }) => key.expiresAt },
    { name: 'revoked_at', type: 'text', of: ({ key }) => key.revokedAt },
  ],
)

export class ApiKeyTable {
  /** By user and id: the last that was said of a key counts. */
  readonly #saved = new Map<string, OwnedKey>()

  save(user: number, key: SetApiKey): void {
    this.#saved.set(`${user} ${key.keyId}`, { user, key })
  }

  flush(sql: Statements): Promise<void> {
    return write(sql, [...this.#saved.values()])
  }
}
