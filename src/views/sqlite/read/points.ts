import type { TenantId } from '../../../domain/streams.ts'
import type { GroupRow, UserRow } from '../../../ops/rows.ts'
import { GROUP_COLUMNS, type GroupCells, readGroup } from '../../groupRows.ts'
import { readUser, USER_COLUMNS, type UserCells } from '../../userRows.ts'
import type { KeptRows } from '../rowCache.ts'
import type { Cells } from '../Statements.ts'
import type { ReadContext } from './ReadContext.ts'

/** Statements that find rows by a value, the second parameter; the first is the tenant's number. */
interface Find {
  /** For a JSON array of values. Each row begins with the index of its own. */
  readonly many: string
  /** For one value, without the detour through JSON: half the time. The first row is the one. */
  readonly one: string
}

const find = (columns: string, from: string, where: (value: string) => string, newestOf = ''): Find => ({
  many: `SELECT wanted.key, ${columns} FROM json_each(?2) wanted CROSS JOIN ${from} ON ${where('wanted.value')}
    ${newestOf && `ORDER BY ${newestOf}`}`,
  one: `SELECT ${columns} FROM ${from} WHERE ${where('?2')} ${newestOf && `ORDER BY ${newestOf} DESC LIMIT 1`}`,
})

const USERS_BY_ID = find(USER_COLUMNS, 'users e', (id) => `e.tenant = ?1 AND e.id = ${id} AND e.shown > 0`)

// ACTIVE and SUSPENDED. Where a name passes from one user to another and the view has only the second event yet, both hold it:
// the one that was written last counts.
const usersBy = (column: 'username' | 'email') =>
  find(
    USER_COLUMNS,
    `users e INDEXED BY users_by_${column}`,
    (value) => `e.tenant = ?1 AND e.shown IN (1, 2) AND e.${column}_fold = ${value} AND ${value} <> ''`,
    'e.updated_at',
  )
const USERS_BY_USERNAME = usersBy('username')
const USERS_BY_EMAIL = usersBy('email')

const GROUPS_BY_ID = find(GROUP_COLUMNS, 'groups e', (id) => `e.tenant = ?1 AND e.id = ${id} AND e.shown = 1`)

const GROUPS_BY_NAME = find(
  GROUP_COLUMNS,
  'groups e INDEXED BY groups_by_name',
  (name) => `e.tenant = ?1 AND e.shown = 1 AND e.name_fold = ${name}`,
  'e.updated_at',
)

export const usersById = (context: ReadContext, tenant: TenantId, ids: readonly string[]) =>
  throughCache(context.cache.users, tenant, ids, (missing) =>
    rowsOf<UserCells, UserRow>(context, USERS_BY_ID, tenant, missing, readUser),
  )

export const groupsById = (context: ReadContext, tenant: TenantId, ids: readonly string[]) =>
  throughCache(context.cache.groups, tenant, ids, (missing) =>
    rowsOf<GroupCells, GroupRow>(context, GROUPS_BY_ID, tenant, missing, readGroup),
  )

export const usersByUsername = (context: ReadContext, tenant: TenantId, usernames: readonly string[]) =>
  users(context, USERS_BY_USERNAME, tenant, usernames)

export const usersByEmail = (context: ReadContext, tenant: TenantId, emails: readonly string[]) =>
  users(context, USERS_BY_EMAIL, tenant, emails)

export const groupsByName = (context: ReadContext, tenant: TenantId, names: readonly string[]) =>
  groups(context, GROUPS_BY_NAME, tenant, names)

const users = (context: ReadContext, how: Find, tenant: TenantId, values: readonly string[]) =>
  rowsOf<UserCells, UserRow>(context, how, tenant, values, (cells) =>
    kept(context.cache.users, tenant, cells, readUser),
  )

const groups = (context: ReadContext, how: Find, tenant: TenantId, values: readonly string[]) =>
  rowsOf<GroupCells, GroupRow>(context, how, tenant, values, (cells) =>
    kept(context.cache.groups, tenant, cells, readGroup),
  )

/** However a row was found, everybody gets the one that is kept: what was derived from it before, such as its token, is known then. */
function kept<RowCells extends UserCells | GroupCells, Row extends { readonly id: string }>(
  cache: KeptRows<Row>,
  tenant: TenantId,
  cells: RowCells,
  read: (cells: RowCells) => Row,
): Row {
  const known = cache.get(tenant, cells[0])
  if (known !== undefined) return known
  const row = read(cells)
  cache.offer(tenant, row)
  return row
}

function rowsOf<RowCells extends Cells, Row>(
  { sql, tenantNum }: ReadContext,
  { one, many }: Find,
  tenant: TenantId,
  values: readonly string[],
  read: (cells: RowCells) => Row,
): readonly (Row | null)[] {
  const num = tenantNum(tenant)
  if (num === null) return values.map(() => null)
  const [only] = values
  if (values.length === 1 && only !== undefined) {
    const cells = sql.get<RowCells>(one, num, only)
    return [cells === undefined ? null : read(cells)]
  }
  const found: (Row | null)[] = values.map(() => null)
  const rows = sql.all<[number, ...RowCells]>(many, num, JSON.stringify(values))
  for (const [key, ...cells] of rows) found[key] = read(cells as unknown as RowCells)
  return found
}

/** One statement for all that are not cached. */
function throughCache<Row extends { readonly id: string }>(
  cache: KeptRows<Row>,
  tenant: TenantId,
  ids: readonly string[],
  read: (missing: readonly string[]) => readonly (Row | null)[],
): readonly (Row | null)[] {
  const rows = ids.map((id) => cache.get(tenant, id) ?? null)
  const missing = ids.filter((_, i) => rows[i] === null)
  if (missing.length === 0) return rows
  const fresh = read(missing)
  for (const row of fresh) if (row !== null) cache.offer(tenant, row)
  let next = 0
  return rows.map((row) => row ?? fresh[next++] ?? null)
}
