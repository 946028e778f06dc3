import type { DatabaseSync } from 'node:sqlite'
import type { StreamName, TenantId } from '../../domain/streams.ts'
import type {
  CountMembers,
  GetMembership,
  IsMember,
  ListApiKeys,
  ListChildren,
  ListGroups,
  ListMembers,
  ListMemberships,
  ListUsers,
} from '../../ops/query.ts'
import { split } from '../split.ts'
import type { ViewReader } from '../ViewStore.ts'
import { openForReading } from './database.ts'
import { asUnavailable } from './failures.ts'
import { listChildren, listGroups } from './lists/groups.ts'
import { listUsers } from './lists/users.ts'
import { apiKeyByHash, apiKeys } from './read/apiKeys.ts'
import { countMembers, isMember, membersBelow, membershipsOf } from './read/hierarchy.ts'
import { directMembers, memberships } from './read/memberships.ts'
import { groupsById, groupsByName, usersByEmail, usersById, usersByUsername } from './read/points.ts'
import { applied, tenants } from './read/progress.ts'
import { LIST_LIMITS, type ListLimits, type ReadContext, tenantNumbers } from './read/ReadContext.ts'
import { RowCache } from './rowCache.ts'
import { Snapshot } from './Snapshot.ts'
import { Statements } from './Statements.ts'
import { createIfMissing } from './schema.ts'

export interface ViewReaderOptions {
  readonly file: string
  /** Hears the SQL of each statement before it runs: for tests and measurements. */
  readonly onStatement?: (sql: string) => void
  /** For tests: which ways lists are read. */
  readonly limits?: ListLimits
}

/** Opens the views in a file for reading, empty ones if there are none. Rejects as `openSqliteViewWriter` does. */
export async function openSqliteViewReader(options: ViewReaderOptions): Promise<ViewReader> {
  try {
    await createIfMissing(options.file)
    return new SqliteViewReader(openForReading(options.file), options)
  } catch (error) {
    throw asUnavailable(error)
  }
}

/**
 * Reads on the calling thread, since a statement takes microseconds, and in one snapshot for each turn of the event loop.
 * `listUsers` and `listGroups` run a constant number of statements for each op: lists differ in their SQL, not only in their
 * keys.
 */
class SqliteViewReader implements ViewReader {
  readonly #db: DatabaseSync
  readonly #context: ReadContext
  readonly #snapshot: Snapshot

  constructor(db: DatabaseSync, { onStatement, limits = LIST_LIMITS }: ViewReaderOptions) {
    this.#db = db
    const sql = new Statements(db, onStatement)
    const cache = new RowCache(sql)
    this.#context = { sql, cache, limits, tenantNum: tenantNumbers(sql) }
    this.#snapshot = new Snapshot(db, sql, cache)
  }

  users(tenant: TenantId, ids: readonly string[]) {
    return this.#ask((context) => usersById(context, tenant, ids))
  }

  usersByUsername(tenant: TenantId, usernames: readonly string[]) {
    return this.#ask((context) => usersByUsername(context, tenant, usernames))
  }

  usersByEmail(tenant: TenantId, emails: readonly string[]) {
    return this.#ask((context) => usersByEmail(context, tenant, emails))
  }

  listUsers(tenant: TenantId, ops: readonly ListUsers[]) {
    return this.#ask((context) => ops.map((op) => listUsers(context, tenant, op)))
  }

  groups(tenant: TenantId, ids: readonly string[]) {
    return this.#ask((context) => groupsById(context, tenant, ids))
  }

  groupsByName(tenant: TenantId, names: readonly string[]) {
    return this.#ask((context) => groupsByName(context, tenant, names))
  }

  listGroups(tenant: TenantId, ops: readonly ListGroups[]) {
    return this.#ask((context) => ops.map((op) => listGroups(context, tenant, op)))
  }

  listChildren(tenant: TenantId, ops: readonly ListChildren[]) {
    return this.#ask((context) => listChildren(context, tenant, ops))
  }

  memberships(tenant: TenantId, ops: readonly GetMembership[]) {
    return this.#ask((context) => memberships(context, tenant, ops))
  }

  listMembers(tenant: TenantId, ops: readonly ListMembers[]) {
    return this.#ask((context) =>
      split(ops, (transitive, part) => (transitive ? membersBelow : directMembers)(context, tenant, part)),
    )
  }

  listMemberships(tenant: TenantId, ops: readonly ListMemberships[]) {
    return this.#ask((context) =>
      split(ops, (transitive, part) => membershipsOf(context, tenant, part, transitive)),
    )
  }

  countMembers(tenant: TenantId, ops: readonly CountMembers[]) {
    return this.#ask((context) => countMembers(context, tenant, ops))
  }

  isMember(tenant: TenantId, ops: readonly IsMember[]) {
    return this.#ask((context) => isMember(context, tenant, ops))
  }

  apiKeys(tenant: TenantId, ops: readonly ListApiKeys[]) {
    return this.#ask((context) => apiKeys(context, tenant, ops))
  }

  apiKeyByHash(hash: string) {
    return this.#ask((context) => apiKeyByHash(context, hash))
  }

  tenants(ids: readonly string[]) {
    return this.#ask((context) => tenants(context, ids))
  }

  async applied(streams: readonly StreamName[]) {
    this.renew()
    return this.#ask((context) => applied(context, streams))
  }

  async position() {
    this.renew()
    return this.#ask(() => this.#snapshot.position)
  }

  state() {
    return this.#ask(() => this.#snapshot.state)
  }

  renew(): void {
    this.#snapshot.end()
  }

  async close(): Promise<void> {
    this.renew()
    if (this.#db.isOpen) this.#db.close()
  }

  async #ask<Answer>(read: (context: ReadContext) => Answer): Promise<Answer> {
    try {
      this.#snapshot.enter()
      return read(this.#context)
    } catch (error) {
      throw asUnavailable(error)
    }
  }
}
