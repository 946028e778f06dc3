import type { TenantId } from '../../../domain/streams.ts'
import type { GroupRow, UserRow } from '../../../ops/rows.ts'
import { GROUP_COLUMNS, type GroupCells, readGroup } from '../../groupRows.ts'
import { readUser, USER_COLUMNS, type UserCells } from '../../userRows.ts'
import { entityKey } from '../keys.ts'
import type { Cells } from '../Statements.ts'
import { byPlace, type ReadContext } from './ReadContext.ts'

/** Finds rows by texts, in their order. */
type Find<Row> = (
  context: ReadContext,
  tenant: TenantId,
  texts: readonly string[],
) => Promise<readonly (Row | null)[]>

const byId = (columns: string, table: string, shown: string): string =>
  `SELECT w.nth, ${columns} FROM unnest($1::text[]) WITH ORDINALITY w (key, nth) JOIN ${table} e ON e.key = w.key
   WHERE e.shown ${shown}`

const byText = (columns: string, table: string, column: string, shown: string): string =>
  `SELECT w.nth, ${columns} FROM unnest($2::text[]) WITH ORDINALITY w (text, nth)
   JOIN ${table} e ON e.tenant = $1 AND e.shown ${shown} AND e.${column} = w.text
   ORDER BY e.updated_at`

const USERS_BY_ID = byId(USER_COLUMNS, 'users', '> 0')
const GROUPS_BY_ID = byId(GROUP_COLUMNS, 'groups', '= 1')

// ACTIVE and SUSPENDED. Where a name passes from one user to another and the view has only the second event yet, both hold it:
// the one that was written last counts.
const HOLDING = "IN (1, 2) AND w.text <> ''"
const USERS_BY_USERNAME = byText(USER_COLUMNS, 'users', 'username_fold', HOLDING)
const USERS_BY_EMAIL = byText(USER_COLUMNS, 'users', 'email_fold', HOLDING)
const GROUPS_BY_NAME = byText(GROUP_COLUMNS, 'groups', 'name_fold', '= 1')

const findingById =
  <RowCells extends Cells, Row>(statement: string, read: (cells: RowCells) => Row): Find<Row> =>
  async ({ sql }, tenant, ids) => {
    const keys = ids.map((id) => entityKey(tenant, id))
    return placed(ids.length, await sql.all<[number, ...RowCells]>(statement, keys), read)
  }

const findingByText =
  <RowCells extends Cells, Row>(statement: string, read: (cells: RowCells) => Row): Find<Row> =>
  async ({ sql, tenantNum }, tenant, texts) => {
    const num = await tenantNum(tenant)
    if (num === null) return texts.map(() => null)
    return placed(texts.length, await sql.all<[number, ...RowCells]>(statement, num, texts), read)
  }

function placed<RowCells extends Cells, Row>(
  keys: number,
  rows: readonly (readonly [nth: number, ...RowCells])[],
  read: (cells: RowCells) => Row,
): readonly (Row | null)[] {
  const found: (Row | null)[] = Array.from({ length: keys }, () => null)
  for (const [place, ...cells] of byPlace(rows)) found[place] = read(cells as unknown as RowCells)
  return found
}

export const usersById = findingById<UserCells, UserRow>(USERS_BY_ID, readUser)
export const usersByUsername = findingByText<UserCells, UserRow>(USERS_BY_USERNAME, readUser)
export const usersByEmail = findingByText<UserCells, UserRow>(USERS_BY_EMAIL, readUser)
export const groupsById = findingById<GroupCells, GroupRow>(GROUPS_BY_ID, readGroup)
export const groupsByName = findingByText<GroupCells, GroupRow>(GROUPS_BY_NAME, readGroup)
