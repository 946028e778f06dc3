import { existsSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import type { Client } from './client.ts'

const FOLDER = new URL('../../../shared/data/k8s-directory/', import.meta.url).pathname

/** A real directory's history, where this machine has it. */
export const HISTORY = `${FOLDER}history.ndjson.gz`
export const hasHistory = existsSync(HISTORY)

export const historyLines = (): string[] =>
  gunzipSync(readFileSync(HISTORY))
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')

const LARGE = ['kubernetes', 'kubernetes-sigs']

/**
 * For engines that take milliseconds for a change: the six small tenants' part of the history, 2,576 changes, and what that ends in. All
 * of it with ROLLCALL_WHOLE_HISTORY=1.
 */
export function boundedHistory() {
  const left = process.env.ROLLCALL_WHOLE_HISTORY === '1' ? [] : LARGE
  return {
    lines: historyLines().filter((line) => !left.includes((JSON.parse(line) as { tenant: string }).tenant)),
    state: Object.entries(expectedState()).filter(([tenant]) => !left.includes(tenant)),
  }
}

export interface DirectoryState {
  readonly users: readonly { readonly username: string; readonly email: string | null }[]
  readonly groups: readonly {
    readonly name: string
    readonly description: string
    readonly parent: string | null
    readonly members: readonly { readonly username: string; readonly role: string }[]
  }[]
}

/** What the history ends in, by tenant. */
export const expectedState = (): Readonly<Record<string, DirectoryState>> =>
  JSON.parse(gunzipSync(readFileSync(`${FOLDER}state.json.gz`)).toString('utf8'))

/** A tenant as the API shows it, page by page, in the form and order of the state file. */
export async function stateOverApi(client: Client): Promise<DirectoryState> {
  const users: { username: string; email: string | null }[] = []
  const groups: DirectoryState['groups'][number][] = []
  for await (const page of pages(
    client,
    'users(first: 1000, after: $after) { nodes { username email } pageInfo { hasNextPage endCursor } }',
  )) {
    users.push(...page)
  }
  const fields = `nodes { id name description parent { name } } pageInfo { hasNextPage endCursor }`
  for await (const page of pages(client, `groups(first: 1000, after: $after) { ${fields} }`)) {
    for (const { id, name, description, parent } of page) {
      groups.push({ name, description, parent: parent?.name ?? null, members: await membersOf(client, id) })
    }
  }
  return sorted({ users, groups })
}

async function membersOf(client: Client, id: string): Promise<{ username: string; role: string }[]> {
  const members: { username: string; role: string }[] = []
  const selection = `members(first: 1000, after: $after) { nodes { role user { username } } pageInfo { hasNextPage endCursor } }`
  for await (const page of pages(client, `group(id: "${id}") { ${selection} }`)) {
    for (const { role, user } of page) members.push({ username: user.username, role })
  }
  return members
}

// biome-ignore lint/suspicious/noExplicitAny: the nodes are whatever the selection asks for
async function* pages(client: Client, field: string): AsyncGenerator<any[]> {
  let after: string | null = null
  do {
    const data = (await client.ask(`query ($after: Cursor) { ${field} }`, { after })) as Record<
      string,
      unknown
    >
    const top = Object.values(data)[0] as Record<string, unknown>
    const list = ('nodes' in top ? top : Object.values(top)[0]) as {
      nodes: unknown[]
      pageInfo: { hasNextPage: boolean; endCursor: string | null }
    }
    yield list.nodes
    after = list.pageInfo.hasNextPage ? list.pageInfo.endCursor : null
  } while (after !== null)
}

export const sorted = ({ users, groups }: DirectoryState): DirectoryState => ({
  users: users.map(({ username, email }) => ({ username, email })).toSorted(by('username')),
  groups: groups
    .map((group) => ({
      name: group.name,
      description: group.description,
      parent: group.parent,
      members: group.members.map(({ username, role }) => ({ username, role })).toSorted(by('username')),
    }))
    .toSorted(by('name')),
})

const by =
  <K extends string>(key: K) =>
  (a: Readonly<Record<K, string>>, b: Readonly<Record<K, string>>): number =>
    a[key] < b[key] ? -1 : a[key] > b[key] ? 1 : 0
