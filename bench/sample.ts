import { ask, bearer } from './api.ts'
import { OPERATOR_KEY, type Server } from './servers.ts'

/** What the requests are made of: read from a directory through its API before the load. */
export interface Sample {
  /** Of an API key that may read and write, which is what clients have. */
  readonly key: string
  readonly users: readonly SampledUser[]
  /** Ids of groups whose first page is full. */
  readonly groups: readonly string[]
}

export interface SampledUser {
  readonly id: string
  readonly username: string
  readonly email: string
}

/** Members that a page of a group shows. */
export const MEMBERS = 20

/** Several times what the gateway's row cache holds, from all over the directory: most rows are not in it. */
const MAX_USERS = 100_000
const PAGE = 200
const MAX_GROUPS = 10_000

export async function sample(server: Pick<Server, 'url'>): Promise<Sample> {
  return {
    users: await someUsers(server.url),
    groups: await fullGroups(server.url),
    key: await newKey(server.url),
  }
}

const OPERATOR = bearer(OPERATOR_KEY)

interface Users {
  readonly users: { readonly nodes: readonly (SampledUser & { readonly createdAt: string })[] }
}

const USERS = `query ($after: DateTime, $first: Int!) {
  users(filter: { createdAfter: $after }, orderBy: CREATED_AT, first: $first) { nodes { id username email createdAt } }
}`

/** Pages of users who came after moments chosen evenly over the directory's years. */
async function someUsers(url: string): Promise<readonly SampledUser[]> {
  const pageAfter = async (after: number, first = PAGE) => {
    const variables = { after: new Date(after).toISOString(), first }
    return (await ask<Users>(url, OPERATOR, USERS, variables)).users.nodes
  }
  const [eldest] = await pageAfter(0, 1)
  const began = Date.parse(eldest?.createdAt ?? '') - 1
  const found = new Map<string, SampledUser>()
  const pages = MAX_USERS / PAGE
  for (let page = 0; page < pages; page++) {
    // Headcount grows with the square of time.
    const share = Math.sqrt(page / pages)
    for (const user of await pageAfter(began + share * (Date.now() - began))) found.set(user.id, user)
  }
  return [...found.values()]
}

interface Groups {
  readonly groups: {
    readonly nodes: readonly { readonly id: string; readonly memberCount: number }[]
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string }
  }
}

const GROUPS = `query ($after: Cursor) {
  groups(first: 1000, after: $after) { nodes { id memberCount } pageInfo { hasNextPage endCursor } }
}`

async function fullGroups(url: string): Promise<readonly string[]> {
  const found: string[] = []
  let after: string | null = null
  do {
    const { groups }: Groups = await ask<Groups>(url, OPERATOR, GROUPS, { after })
    found.push(...groups.nodes.filter(({ memberCount }) => memberCount >= MEMBERS).map(({ id }) => id))
    after = groups.pageInfo.hasNextPage ? groups.pageInfo.endCursor : null
  } while (after !== null && found.length < MAX_GROUPS)
  return found
}

async function newKey(url: string): Promise<string> {
  const username = `bench-${Date.now().toString(36)}`
  const { createUser } = await ask<{ createUser: { user: { id: string } } }>(
    url,
    OPERATOR,
    'mutation ($username: String!) { createUser(input: { username: $username }) { user { id } } }',
    { username },
  )
  const { createApiKey } = await ask<{ createApiKey: { secret: string } }>(
    url,
    OPERATOR,
    `mutation ($userId: ID!) {
      createApiKey(input: { userId: $userId, label: "bench", scopes: [DIRECTORY_READ, DIRECTORY_WRITE] }) { secret }
    }`,
    { userId: createUser.user.id },
  )
  return createApiKey.secret
}
