import type { TenantId } from '../../../src/domain/streams.ts'
import type { Json } from '../../../src/domain/user.ts'
import {
  type GroupFilter,
  type ListUsers,
  listChildren,
  listGroups,
  listMembers,
  listMemberships,
  listUsers,
  type PageArgs,
  type UserFilter,
} from '../../../src/ops/query.ts'
import type { GroupRow, MembershipRow, Page, UserRow } from '../../../src/ops/rows.ts'
import type { ViewReader } from '../../../src/views/ViewStore.ts'
import { plainRows } from '../../support/plainRows.ts'

export const ANY_USER: UserFilter = {
  status: null,
  email: null,
  usernamePrefix: null,
  groupId: null,
  createdAfter: null,
  updatedAfter: null,
  attribute: null,
}
export const ANY_GROUP: GroupFilter = { parentId: null, userId: null, namePrefix: null }

const ALL: PageArgs = { first: 1_000, after: null }

/** One reader, one tenant, one question at a time. */
export class Asker {
  readonly #reader: ViewReader
  readonly #tenant: TenantId

  constructor(reader: ViewReader, tenant: TenantId) {
    this.#reader = reader
    this.#tenant = tenant
  }

  async user(id: string): Promise<UserRow | null> {
    return only(plainRows(await this.#reader.users(this.#tenant, [id])))
  }

  async byUsername(name: string): Promise<UserRow | null> {
    return only(plainRows(await this.#reader.usersByUsername(this.#tenant, [name])))
  }

  async byEmail(address: string): Promise<UserRow | null> {
    return only(plainRows(await this.#reader.usersByEmail(this.#tenant, [address])))
  }

  async group(id: string): Promise<GroupRow | null> {
    return only(await this.#reader.groups(this.#tenant, [id]))
  }

  async users(wanted: Partial<Omit<ListUsers, 'op' | 'filter'>> & { filter?: Partial<UserFilter> } = {}) {
    const { filter, ...rest } = wanted
    const op = listUsers({
      search: null,
      order: 'USERNAME',
      page: ALL,
      ...rest,
      filter: { ...ANY_USER, ...filter },
    })
    const page = only(await this.#reader.listUsers(this.#tenant, [op]))
    return { ...page, rows: plainRows(page.rows) }
  }

  async groups(search: string | null = null, filter: Partial<GroupFilter> = {}, page = ALL) {
    const op = listGroups({ search, filter: { ...ANY_GROUP, ...filter }, page })
    return only(await this.#reader.listGroups(this.#tenant, [op]))
  }

  async children(groupId: string, page = ALL): Promise<Page<GroupRow>> {
    return only(await this.#reader.listChildren(this.#tenant, [listChildren(groupId, page)]))
  }

  async members(groupId: string, transitive = false, page = ALL): Promise<Page<MembershipRow>> {
    return only(await this.#reader.listMembers(this.#tenant, [listMembers(groupId, transitive, page)]))
  }

  async memberships(userId: string, transitive = false, page = ALL): Promise<Page<MembershipRow>> {
    return only(await this.#reader.listMemberships(this.#tenant, [listMemberships(userId, transitive, page)]))
  }
}

function only<Answer>(answers: readonly Answer[]): Answer {
  const [answer] = answers
  if (answer === undefined || answers.length !== 1)
    throw new Error(`one answer wanted, got ${answers.length}`)
  return answer
}

/** All rows of a list, by pages of a size; `between` runs after each page. */
export async function readPages<Row>(
  page: (args: PageArgs) => Promise<Page<Row>>,
  size: number,
  between: () => Promise<void> = async () => {},
): Promise<Row[]> {
  const rows: Row[] = []
  let after: Json | null = null
  for (;;) {
    const { rows: more, cursors, hasNextPage }: Page<Row> = await page({ first: size, after })
    if (more.length > size || cursors.length !== more.length) throw new Error('this is no page as asked for')
    rows.push(...more)
    if (!hasNextPage) return rows
    after = cursors.at(-1) ?? after
    await between()
  }
}

export const ids = ({ rows }: { readonly rows: readonly { readonly id: string }[] }): string[] =>
  rows.map(({ id }) => id)
