import { fold } from '../../../domain/text.ts'
import { userStatus } from '../../codes.ts'
import { newUser } from '../../newEntities.ts'
import type { TenantState, UserState } from '../../state.ts'
import { facets } from '../facets.ts'
import { entityKey } from '../keys.ts'
import { searchText } from '../marks.ts'
import type { Statements } from '../Statements.ts'
import { arrayLiteral } from '../texts.ts'
import { upserting } from './columns.ts'

interface Folded {
  readonly user: UserState
  readonly username: string
  readonly name: string
  readonly email: string
}

const write = upserting<Folded>(
  'users',
  ['num'],
  [
    { name: 'num', type: 'bigint', of: ({ user }) => user.num },
    { name: 'key', type: 'text', of: ({ user }) => entityKey(user.tenant, user.id) },
    { name: 'id', type: 'text', of: ({ user }) => user.id },
    { name: 'status', type: 'smallint', of: ({ user }) => userStatus.code(user.status) },
    { name: 'search', type: 'text', of: ({ username, name, email }) => searchText([username, name, email]) },
    { name: 'created_at', type: 'bigint', of: ({ user }) => user.createdAt },
    { name: 'updated_at', type: 'bigint', of: ({ user }) => user.updatedAt },
    { name: 'username', type: 'text', of: ({ user }) => user.username },
    { name: 'username_fold', type: 'text', of: ({ username }) => username },
    { name: 'email', type: 'text', of: ({ user }) => user.email },
    { name: 'email_fold', type: 'text', of: ({ email }) => email },
    { name: 'name', type: 'text', of: ({ user }) => user.name },
    { name: 'name_fold', type: 'text', of: ({ name }) => name },
    { name: 'attributes', type: 'text', of: ({ user }) => JSON.stringify(user.attributes) },
    {
      name: 'facets',
      type: 'text',
      as: 'w.facets::text[]',
      of: ({ user }) => arrayLiteral(facets(user.tenant, user.attributes)),
    },
    { name: 'user_seq', type: 'bigint', of: ({ user }) => user.seqs.user },
    { name: 'profile_seq', type: 'bigint', of: ({ user }) => user.seqs.profile },
    { name: 'keys_seq', type: 'bigint', of: ({ user }) => user.seqs.keys },
  ],
)

/** Users between the store and a batch. */
export class UserTable {
  readonly #stored: ReadonlyMap<string, UserState>
  #saved: readonly UserState[] = []

  constructor(stored: ReadonlyMap<string, UserState>) {
    this.#stored = stored
  }

  load(tenant: TenantState, id: string): UserState | null {
    return this.#stored.get(entityKey(tenant.id, id)) ?? null
  }

  create(tenant: TenantState, id: string): UserState {
    return newUser(tenant, id)
  }

  save(users: readonly UserState[]): void {
    this.#saved = users
  }

  flush(sql: Statements): Promise<void> {
    return write(sql, this.#saved.map(withFolded))
  }
}

const withFolded = (user: UserState): Folded => ({
  user,
  username: fold(user.username ?? ''),
  name: fold(user.name ?? ''),
  email: fold(user.email ?? ''),
})
