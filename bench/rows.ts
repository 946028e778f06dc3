import { bearer } from './api.ts'
import { type Requests, VALUE } from './load/Load.ts'
import { MEMBERS, type Sample } from './sample.ts'
import type { Contender } from './servers.ts'

export type RowName = 'user(id)' | 'userByEmail' | 'group{members}' | 'users(search)' | 'createUser'

/** One operation, and who is asked to do it. */
export interface Row {
  readonly name: RowName
  readonly connections: number
  readonly contenders: readonly Contender[]
  requests(sample: Sample, contender: Contender): Requests
}

const USER_FIELDS = 'id username email name status'

const USER = `query User($id: ID!) { user(id: $id) { ${USER_FIELDS} } }`
const USER_BY_EMAIL = `query UserByEmail($email: String!) { userByEmail(email: $email) { ${USER_FIELDS} } }`
const GROUP = `query Group($id: ID!) {
  group(id: $id) { id name members(first: ${MEMBERS}) { nodes { user { username name } } } }
}`
const SEARCH = `query Search($term: String!) { users(search: $term, first: 20) { nodes { id username name email } } }`

/** The same fields by the same indexes, as PostGraphile names them: it calls a column `rowId` that is named `id`. */
const ROW_FIELDS = 'rowId username email name status'
const USER_BY_KEY = `query User($key: String!) { userByKey(key: $key) { ${ROW_FIELDS} } }`
const GROUP_BY_KEY = `query Group($key: String!) {
  groupByKey(key: $key) { rowId name membershipsByGrpList(first: ${MEMBERS}) { userByUsr { username name } } }
}`
const KEY = `default/${VALUE}`

const CREATE_USER = `mutation CreateUser($input: CreateUserInput!) { createUser(input: $input) { user { id } token } }`

export const ROWS: readonly Row[] = [
  {
    name: 'user(id)',
    connections: 32,
    contenders: ['rollcall', 'bare', 'mercurius', 'postgraphile'],
    requests({ key, users }, contender) {
      if (contender === 'bare') return plain('user', ids(users))
      if (contender === 'postgraphile') return graphql(contender, key, USER_BY_KEY, { key: KEY }, ids(users))
      return graphql(contender, key, USER, { id: VALUE }, ids(users))
    },
  },
  {
    name: 'userByEmail',
    connections: 32,
    contenders: ['rollcall', 'bare', 'mercurius'],
    requests: ({ key, users }, contender) =>
      contender === 'bare'
        ? plain('userByEmail', emails(users))
        : graphql(contender, key, USER_BY_EMAIL, { email: VALUE }, emails(users)),
  },
  {
    name: 'group{members}',
    connections: 32,
    contenders: ['rollcall', 'mercurius', 'postgraphile'],
    requests: ({ key, groups }, contender) =>
      contender === 'postgraphile'
        ? graphql(contender, key, GROUP_BY_KEY, { key: KEY }, groups)
        : graphql(contender, key, GROUP, { id: VALUE }, groups),
  },
  {
    name: 'users(search)',
    connections: 32,
    contenders: ['rollcall', 'mercurius'],
    requests: ({ key, users }, contender) => graphql(contender, key, SEARCH, { term: VALUE }, terms(users)),
  },
  {
    name: 'createUser',
    connections: 64,
    contenders: ['rollcall'],
    requests({ key }, contender) {
      const input = { username: `b-${VALUE}`, email: `b-${VALUE}@example.org`, name: `Bench ${VALUE}` }
      return graphql(contender, key, CREATE_USER, { input }, 'unique')
    },
  },
]

const ids = (users: Sample['users']) => users.map(({ id }) => id)
const emails = (users: Sample['users']) => users.map(({ email }) => email)

/** Parts of many names. */
const BROAD = ['ann', 'mar', 'son', 'li', 'chen', 'example', 'ova', 'lee', 'an', 'kim']
/** One term in so many is broad. */
const BROAD_EVERY = 4

/** What people type: mostly a good part of one username, now and then a few letters that fit thousands. */
const terms = (users: Sample['users']): readonly string[] =>
  users.map(({ username }, i) =>
    i % BROAD_EVERY === 0
      ? (BROAD[(i / BROAD_EVERY) % BROAD.length] ?? '')
      : username.slice(i % 2, Math.max(6, username.length - 1)),
  )

function graphql(
  contender: Contender,
  key: string,
  query: string,
  variables: object,
  values: Requests['values'],
): Requests {
  return {
    method: 'POST',
    path: '/graphql',
    headers: { 'content-type': 'application/json', ...(contender === 'rollcall' && bearer(key)) },
    body: JSON.stringify({ query, variables }),
    values,
  }
}

const plain = (field: string, values: readonly string[]): Requests => ({
  method: 'GET',
  path: `/${field}/${VALUE}`,
  headers: {},
  body: '',
  values,
})
