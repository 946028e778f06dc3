import { fastify } from 'fastify'
import mercurius, { type MercuriusLoaders } from 'mercurius'
import { fold, tidy } from '../../src/domain/text.ts'
import { listMembers, listUsers } from '../../src/ops/query.ts'
import type { GroupRow, MembershipRow } from '../../src/ops/rows.ts'
import { openSqliteViewReader } from '../../src/views/sqlite/index.ts'

/*
 * A peer: what a team would write with Mercurius, its JIT and its loaders over the same views. No keys, no tokens, one tenant.
 */
const [, , file = ''] = process.argv
const views = await openSqliteViewReader({ file })
const TENANT = 'default'

const schema = `
  enum UserStatus { ACTIVE SUSPENDED DELETED }
  type User { id: ID! username: String! email: String name: String status: UserStatus! }
  type Membership { user: User }
  type MembershipConnection { nodes: [Membership!]! }
  type UserConnection { nodes: [User!]! }
  type Group { id: ID! name: String! members(first: Int = 50): MembershipConnection! }
  type Query {
    user(id: ID!): User
    userByEmail(email: String!): User
    users(search: String, first: Int = 50): UserConnection!
    group(id: ID!): Group
  }
`

const NO_FILTER = {
  status: null,
  email: null,
  usernamePrefix: null,
  groupId: null,
  createdAfter: null,
  updatedAfter: null,
  attribute: null,
}

const firstOf = <Row>([row]: readonly Row[]): Row | undefined => row

const resolvers = {
  Query: {
    user: (_: unknown, { id }: { id: string }) => views.users(TENANT, [id]).then(firstOf),
    userByEmail: (_: unknown, { email }: { email: string }) =>
      views.usersByEmail(TENANT, [fold(tidy(email))]).then(firstOf),
    async users(_: unknown, { search, first }: { search: string; first: number }) {
      const op = listUsers({
        search: fold(tidy(search)),
        filter: NO_FILTER,
        order: 'USERNAME',
        page: { first, after: null },
      })
      return { nodes: (await views.listUsers(TENANT, [op]))[0]?.rows }
    },
    group: (_: unknown, { id }: { id: string }) => views.groups(TENANT, [id]).then(firstOf),
  },
}

const loaders = {
  Group: {
    async members(queries: readonly { obj: GroupRow; params: { first: number } }[]) {
      const ops = queries.map(({ obj, params }) =>
        listMembers(obj.id, false, { first: params.first, after: null }),
      )
      return (await views.listMembers(TENANT, ops)).map(({ rows }) => ({ nodes: rows }))
    },
  },
  Membership: {
    user: (queries: readonly { obj: MembershipRow }[]) =>
      views.users(
        TENANT,
        queries.map(({ obj }) => obj.userId),
      ),
  },
}

const app = fastify({ logger: false })
app.register(mercurius, { schema, resolvers, loaders: loaders as unknown as MercuriusLoaders, jit: 1 })
app.get('/readyz', async () => 'ready')
await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) })
process.once('SIGTERM', () => process.exit())
