import type { Client } from './client.ts'
import type { ChangeMessage } from './follower.ts'

type Change = Pick<NonNullable<ChangeMessage['change']>, 'stream' | 'seq' | 'event'>
type Fields = Record<string, unknown>

/** What a follower who keeps an exact copy does with changes: it applies those whose seq is greater than the last of their stream. */
export class DirectoryCopy {
  readonly #seqs = new Map<string, number>()
  readonly #users = new Map<string, Fields>()
  readonly #groups = new Map<string, Fields>()
  /** By group and user. */
  readonly #places = new Map<string, Map<string, string>>()

  apply({ stream, seq, event }: Change): void {
    if (seq <= (this.#seqs.get(stream) ?? 0)) return
    this.#seqs.set(stream, seq)
    const { __typename, userId, groupId, ...fields } = event
    if (__typename === 'SetMembership') this.#setPlace(String(groupId), String(userId), fields.role)
    else if (__typename === 'SetApiKey') return
    else if (groupId === undefined) this.#set(this.#users, String(userId), fields)
    else this.#set(this.#groups, String(groupId), fields)
  }

  #setPlace(groupId: string, userId: string, role: unknown): void {
    const members = this.#places.get(groupId) ?? new Map()
    this.#places.set(groupId, members)
    if (role === null) members.delete(userId)
    else members.set(userId, role)
  }

  #set(table: Map<string, Fields>, id: string, fields: Fields): void {
    table.set(id, { ...table.get(id), ...fields })
  }

  /**
   * Everything that is there, by id: what `directoryOf` reads over the API. Who has no name was deleted before the snapshot was taken: an
   * older change of another of its streams may come after it.
   */
  state(): DirectoryState {
    const users = [...this.#users].filter(
      ([, { username, status }]) => username !== undefined && status !== 'DELETED',
    )
    const groups = [...this.#groups].filter(
      ([, { groupName, groupStatus }]) => groupName !== undefined && groupStatus !== 'DELETED',
    )
    const there = new Set(users.map(([id]) => id))
    const exists = new Set<unknown>(groups.map(([id]) => id))
    return {
      users: sorted(
        users.map(([id, { username, email = null, name = null, status, attributes = {} }]) => ({
          id,
          username,
          email,
          name,
          status,
          attributes,
        })),
      ),
      groups: sorted(
        groups.map(([id, { groupName, description = '', parentId = null }]) => ({
          id,
          name: groupName,
          description,
          parentId: exists.has(parentId) ? parentId : null,
          members: Object.fromEntries(
            [...(this.#places.get(id) ?? [])].filter(([user]) => there.has(user)).toSorted(),
          ),
        })),
      ),
    }
  }
}

export interface DirectoryState {
  readonly users: readonly (Fields & { readonly id: string })[]
  readonly groups: readonly (Fields & { readonly id: string })[]
}

const sorted = <Row extends { readonly id: string }>(rows: readonly Row[]): Row[] =>
  rows.toSorted((a, b) => (a.id < b.id ? -1 : 1))

/** The directory as a client reads it, page by page. */
export async function directoryOf(client: Client): Promise<DirectoryState> {
  const users = await all(async (after) => {
    const query = `query ($after: Cursor) { users(first: 500, after: $after) {
      nodes { id username email name status attributes } pageInfo { hasNextPage endCursor } } }`
    return (await client.ask(query, { after })).users
  })
  const groups = await all(async (after) => {
    const query = `query ($after: Cursor) { groups(first: 500, after: $after) {
      nodes { id name description parent { id } } pageInfo { hasNextPage endCursor } } }`
    return (await client.ask(query, { after })).groups
  })
  const withMembers = groups.map(async ({ parent, ...group }) => {
    const members = await all(async (after) => {
      const query = `query ($id: ID!, $after: Cursor) { group(id: $id) { members(first: 500, after: $after) {
        nodes { role user { id } } pageInfo { hasNextPage endCursor } } } }`
      return (await client.ask(query, { id: group.id, after })).group.members
    })
    return {
      ...group,
      parentId: parent?.id ?? null,
      members: Object.fromEntries(members.map(({ role, user }) => [user.id, role]).toSorted()),
    }
  })
  return { users: sorted(users), groups: sorted(await Promise.all(withMembers)) }
}

interface PageOf {
  // biome-ignore lint/suspicious/noExplicitAny: as the query asks for it
  readonly nodes: any[]
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null }
}

async function all(page: (after: string | null) => Promise<PageOf>): Promise<PageOf['nodes']> {
  const nodes: PageOf['nodes'] = []
  for (let after: string | null = null; ; ) {
    const { nodes: more, pageInfo } = await page(after)
    nodes.push(...more)
    if (!pageInfo.hasNextPage) return nodes
    after = pageInfo.endCursor
  }
}
