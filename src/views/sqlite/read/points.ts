import type { LRUCache } from 'lru-cache'
import type { TenantId } from '../../../domain/streams.ts'
import type { GroupRow, UserRow } from '../../../ops/rows.ts'
import { cacheKey } from '../rowCache.ts'
import { GROUP_COLUMNS, type GroupCells, readGroup } from './groupRows.ts'
import type { ReadContext } from './ReadContext.ts'
import { readUser, USER_COLUMNS, type UserCells } from './userRows.ts'

const USERS_BY_ID = `SELECT wanted.key, ${USER_COLUMNS} FROM json_each(?) wanted
  CROSS JOIN users e ON e.tenant = ? AND e.id = wanted.value WHERE e.shown > 0`

// ACTIVE and SUSPENDED. Where a name passes from one user to another and the view has only the second event yet, both hold it:
// the one that was written last comes last.
const usersBy = (column: 'username' | 'email') => `SELECT wanted.key, ${USER_COLUMNS} FROM json_each(?) wanted
  CROSS JOIN users e INDEXED BY users_by_${column}
    ON e.tenant = ? AND e.shown IN (1, 2) AND e.${column}_fold = wanted.value AND wanted.value <> ''
  ORDER BY e.updated_at`
const USERS_BY_USERNAME = usersBy('username')
const USERS_BY_EMAIL = usersBy('email')

const GROUPS_BY_ID = `SELECT wanted.key, ${GROUP_COLUMNS} FROM json_each(?) wanted
  CROSS JOIN groups e ON e.tenant = ? AND e.id = wanted.value WHERE e.shown = 1`

const GROUPS_BY_NAME = `SELECT wanted.key, ${GROUP_COLUMNS} FROM json_each(?) wanted
  CROSS JOIN groups e INDEXED BY groups_by_name ON e.tenant = ? AND e.shown = 1 AND e.name_fold = wanted.value
  ORDER BY e.updated_at`

export const usersById = (context: ReadContext, tenant: TenantId, ids: readonly string[]) =>
  throughCache(
    context,
    context.cache.users,
    ids,
    (id) => cacheKey('user', tenant, id),
    (missing) => users(context, USERS_BY_ID, tenant, missing),
  )

export const groupsById = (context: ReadContext, tenant: TenantId, ids: readonly string[]) =>
  throughCache(
    context,
    context.cache.groups,
    ids,
    (id) => cacheKey('group', tenant, id),
    (missing) => groups(context, GROUPS_BY_ID, tenant, missing),
  )

export const usersByUsername = (context: ReadContext, tenant: TenantId, usernames: readonly string[]) =>
  users(context, USERS_BY_USERNAME, tenant, usernames)

export const usersByEmail = (context: ReadContext, tenant: TenantId, emails: readonly string[]) =>
  users(context, USERS_BY_EMAIL, tenant, emails)

export const groupsByName = (context: ReadContext, tenant: TenantId, names: readonly string[]) =>
  groups(context, GROUPS_BY_NAME, tenant, names)

function users(context: ReadContext, sql: string, tenant: TenantId, values: readonly string[]) {
  const found: (UserRow | null)[] = values.map(() => null)
  const num = context.tenantNum(tenant)
  if (num === null) return found
  const rows = context.sql.all<[number, ...UserCells]>(sql, JSON.stringify(values), num)
  for (const [key, ...cells] of rows) found[key] = readUser(cells)
  return found
}

function groups(context: ReadContext, sql: string, tenant: TenantId, values: readonly string[]) {
  const found: (GroupRow | null)[] = values.map(() => null)
  const num = context.tenantNum(tenant)
  if (num === null) return found
  const rows = context.sql.all<[number, ...GroupCells]>(sql, JSON.stringify(values), num)
  for (const [key, ...cells] of rows) found[key] = readGroup(cells)
  return found
}

/** One statement for all that are not cached. */
function throughCache<Row extends object>(
  context: ReadContext,
  cache: LRUCache<string, Row>,
  ids: readonly string[],
  keyOf: (id: string) => string,
  read: (missing: readonly string[]) => readonly (Row | null)[],
): readonly (Row | null)[] {
  context.cache.refresh()
  const rows = ids.map((id) => cache.get(keyOf(id)) ?? null)
  const missing = ids.filter((_, i) => rows[i] === null)
  if (missing.length === 0) return rows
  const fresh = read(missing)
  let next = 0
  return rows.map((row, i) => {
    if (row !== null) return row
    const found = fresh[next++] ?? null
    if (found !== null) cache.set(keyOf(ids[i] ?? ''), found)
    return found
  })
}
