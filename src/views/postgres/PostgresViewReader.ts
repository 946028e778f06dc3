import type { StreamName, TenantId } from '../../domain/streams.ts'
import type { ListGroups, ListMembers, ListMemberships, ListUsers } from '../../ops/query.ts'
import type { MembershipRow, Page } from '../../ops/rows.ts'
import type { ViewReader, ViewState } from '../ViewStore.ts'
import { Connections } from './Connections.ts'
import { gather } from './gather.ts'
import { listChildren, listGroups } from './lists/groups.ts'
import { listUsers } from './lists/users.ts'
import { connectingTo, type PostgresViews } from './options.ts'
import { apiKeys, apiKeysByHash } from './read/apiKeys.ts'
import { countMembers, isMember, membersBelow, membershipsOf } from './read/hierarchy.ts'
import { directMembers, memberships } from './read/memberships.ts'
import { groupsById, groupsByName, usersByEmail, usersById, usersByUsername } from './read/points.ts'
import { applied, position, state, tenants } from './read/progress.ts'
import { LIST_LIMITS, type ListLimits, type ReadContext, tenantNumbers } from './read/ReadContext.ts'
import { splitLater } from './read/split.ts'
import { createIfMissing } from './schema.ts'

export interface ViewReaderOptions extends PostgresViews {
  /** At most; 10 where it is left out. */
  readonly connections?: number
  /** Hears the SQL of each statement before it runs: for tests and measurements. */
  readonly onStatement?: (sql: string) => void
  /** For tests: which ways searches are made. */
  readonly limits?: ListLimits
}

const CONNECTIONS = 10

/** Opens a generation of the views for reading, an empty one if there is none. Rejects as `openPostgresViewWriter` does. */
export async function openPostgresViewReader(options: ViewReaderOptions): Promise<ViewReader> {
  await createIfMissing(connectingTo(options))
  return new PostgresViewReader(options)
}

type Read<Key, Answer> = (
  context: ReadContext,
  tenant: TenantId,
  keys: readonly Key[],
) => Promise<readonly Answer[]>

/**
 * Calls of one turn of the event loop share a statement, whoever makes them (gather.ts). Each statement sees everything that had
 * been committed when it began, so there is no snapshot to renew. `listUsers` and `listGroups` run a bounded number of statements
 * for each op, side by side: lists differ in their SQL, not only in their keys.
 */
class PostgresViewReader implements ViewReader {
  readonly #connections: Connections
  readonly #context: ReadContext

  constructor(options: ViewReaderOptions) {
    const { connections = CONNECTIONS, onStatement } = options
    this.#connections = new Connections(connectingTo(options), connections, onStatement)
    const { sql } = this.#connections
    this.#context = { sql, limits: options.limits ?? LIST_LIMITS, tenantNum: tenantNumbers(sql) }
  }

  readonly users = this.#gathered(usersById)
  readonly usersByUsername = this.#gathered(usersByUsername)
  readonly usersByEmail = this.#gathered(usersByEmail)
  readonly groups = this.#gathered(groupsById)
  readonly groupsByName = this.#gathered(groupsByName)
  readonly listChildren = this.#gathered(listChildren)
  readonly memberships = this.#gathered(memberships)
  readonly listMembers = this.#gathered<ListMembers, Page<MembershipRow>>((context, tenant, ops) =>
    splitLater(ops, (transitive, part) => (transitive ? membersBelow : directMembers)(context, tenant, part)),
  )
  readonly listMemberships = this.#gathered<ListMemberships, Page<MembershipRow>>((context, tenant, ops) =>
    splitLater(ops, (transitive, part) => membershipsOf(context, tenant, part, transitive)),
  )
  readonly countMembers = this.#gathered(countMembers)
  readonly isMember = this.#gathered(isMember)
  readonly apiKeys = this.#gathered(apiKeys)
  readonly #apiKeysByHash = this.#gathered((context, _, hashes: readonly string[]) =>
    apiKeysByHash(context, hashes),
  )
  readonly #tenants = this.#gathered((context, _, ids: readonly string[]) => tenants(context, ids))
  readonly #states = this.#gathered(async (context, _, keys: readonly string[]) => {
    const now = await state(context)
    return keys.map(() => now)
  })
  readonly #positions = this.#gathered(async (context, _, keys: readonly string[]) => {
    const now = await position(context)
    return keys.map(() => now)
  })

  listUsers(tenant: TenantId, ops: readonly ListUsers[]) {
    return this.#connections.call(() => Promise.all(ops.map((op) => listUsers(this.#context, tenant, op))))
  }

  listGroups(tenant: TenantId, ops: readonly ListGroups[]) {
    return this.#connections.call(() => Promise.all(ops.map((op) => listGroups(this.#context, tenant, op))))
  }

  async apiKeyByHash(hash: string) {
    const [found = null] = await this.#apiKeysByHash('', [hash])
    return found
  }

  tenants(ids: readonly string[]) {
    return this.#tenants('', ids)
  }

  applied(streams: readonly StreamName[]) {
    return this.#connections.call(() => applied(this.#context, streams))
  }

  async position() {
    const [now = 0] = await this.#positions('', [''])
    return now
  }

  async state(): Promise<ViewState> {
    return (await this.#states('', ['']))[0] as ViewState
  }

  renew(): void {}

  close(): Promise<void> {
    return this.#connections.close()
  }

  #gathered<Key, Answer>(read: Read<Key, Answer>) {
    const gathered = gather<Key, Answer>((tenant, keys) => read(this.#context, tenant, keys))
    return (tenant: TenantId, keys: readonly Key[]) => this.#connections.call(() => gathered(tenant, keys))
  }
}
