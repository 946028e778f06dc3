import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Client, CREATE_GROUP, CREATE_USER, SET_MEMBERSHIP } from '../support/client.ts'
import { onEveryEngine } from '../support/engines.ts'
import type { AnyServer } from '../support/server.ts'

const GROUP_THEN = `query ($id: ID!, $asOf: DateTime, $atLeast: ConsistencyToken) {
  group(id: $id, asOf: $asOf, atLeast: $atLeast) {
    name token memberCount all: memberCount(transitive: true) parent { name }
    children { nodes { name memberCount parent { id } } }
    members { nodes { role token since user { username status memberships { nodes { group { name } } } } group { name } } token }
    everyone: members(transitive: true) { nodes { userId groupId } }
  }
}`
const USER_THEN = `query ($id: ID!, $asOf: DateTime) {
  user(id: $id, asOf: $asOf) {
    username status token apiKeys { label revokedAt }
    memberships { nodes { role group { name memberCount } } token }
    above: memberships(transitive: true) { nodes { groupId role } }
  }
}`
const historyOf = (
  kind: 'user' | 'group',
) => `query ($id: ID!, $first: Int, $after: Cursor, $asOf: DateTime) {
  ${kind}(id: $id, asOf: $asOf) { history(first: $first, after: $after) {
    nodes { stream seq at actor { kind } cause cursor token event { __typename
      ... on SetUsername { username } ... on SetMembership { groupId userId role } ... on SetGroupName { groupName: name } } }
    pageInfo { hasNextPage endCursor } } }
}`
const REMOVE = 'mutation ($g: ID!, $u: ID!) { removeMembership(groupId: $g, userId: $u) { token } }'
const RENAME =
  'mutation ($id: ID!, $name: String!) { updateGroup(id: $id, patch: { name: $name }) { token } }'
const CREATE_KEY = `mutation ($userId: ID!, $scopes: [Scope!]!) {
  createApiKey(input: { userId: $userId, label: "ci", scopes: $scopes }) { secret apiKey { id } token }
}`

onEveryEngine('the directory as it was', (startServer) => {
  let server: AnyServer
  let client: Client
  const times: string[] = []
  let token = ''

  /** Nothing happens in the millisecond before or after. */
  async function moment(): Promise<void> {
    await delay(3)
    times.push(new Date().toISOString())
    await delay(3)
  }

  beforeAll(async () => {
    server = await startServer()
    client = new Client(server.url, server.operatorKey)
    await moment()
    await client.ask(CREATE_USER, { input: { id: 'ann', username: 'ann' } })
    await client.ask(CREATE_USER, { input: { id: 'bob', username: 'bob' } })
    await client.ask(CREATE_GROUP, { input: { id: 'all', name: 'everyone' } })
    await client.ask(CREATE_GROUP, { input: { id: 'ops', name: 'ops', parentId: 'all' } })
    await client.ask(SET_MEMBERSHIP, { groupId: 'ops', userId: 'ann', role: 'MAINTAINER' })
    await client.ask(SET_MEMBERSHIP, { groupId: 'ops', userId: 'bob' })
    await client.ask(CREATE_KEY, { userId: 'ann', scopes: ['DIRECTORY_READ'] })
    await moment()
    await client.ask(RENAME, { id: 'ops', name: 'operations' })
    await client.ask(REMOVE, { g: 'ops', u: 'ann' })
    await client.ask('mutation { deleteUser(id: "bob") { id } }')
    await moment()
    token = (await client.ask('mutation { deleteGroup(id: "all") { token } }')).deleteGroup.token
    await moment()
  })
  afterAll(() => server.close())

  test('a group with its members, below and above, each as of then', async () => {
    const at = async (id: string, i: number) => (await client.ask(GROUP_THEN, { id, asOf: times[i] })).group
    expect(await at('ops', 0)).toBeNull()
    expect(await at('ops', 1)).toMatchObject({
      name: 'ops',
      memberCount: 2,
      all: 2,
      parent: { name: 'everyone' },
      members: {
        nodes: [
          { role: 'MAINTAINER', user: { username: 'ann' }, group: { name: 'ops' } },
          {
            role: 'MEMBER',
            user: { username: 'bob', status: 'ACTIVE', memberships: { nodes: [{ group: { name: 'ops' } }] } },
          },
        ],
      },
    })
    expect(await at('all', 1)).toMatchObject({
      memberCount: 0,
      all: 2,
      children: { nodes: [{ name: 'ops', memberCount: 2, parent: { id: 'all' } }] },
      everyone: {
        nodes: [
          { userId: 'ann', groupId: 'ops' },
          { userId: 'bob', groupId: 'ops' },
        ],
      },
    })
    expect(await at('ops', 2)).toMatchObject({ name: 'operations', memberCount: 0, members: { nodes: [] } })
    expect(await at('all', 3)).toBeNull()
    expect(await at('ops', 3)).toMatchObject({ parent: null })
  })

  test('a user with groups and keys, as of then', async () => {
    const at = async (id: string, i: number) => (await client.ask(USER_THEN, { id, asOf: times[i] })).user
    expect(await at('ann', 0)).toBeNull()
    expect(await at('ann', 1)).toMatchObject({
      username: 'ann',
      apiKeys: [{ label: 'ci', revokedAt: null }],
      memberships: { nodes: [{ role: 'MAINTAINER', group: { name: 'ops', memberCount: 2 } }] },
      above: {
        nodes: [
          { groupId: 'all', role: 'MEMBER' },
          { groupId: 'ops', role: 'MAINTAINER' },
        ],
      },
    })
    expect(await at('ann', 2)).toMatchObject({ memberships: { nodes: [] }, above: { nodes: [] } })
    expect(await at('bob', 1)).toMatchObject({ status: 'ACTIVE' })
    expect(await at('bob', 2)).toMatchObject({ status: 'DELETED', memberships: { nodes: [] } })
  })

  test('its tokens tell where things were: a write on condition of one fails if anything changed since', async () => {
    const then = (await client.ask(GROUP_THEN, { id: 'ops', asOf: times[1] })).group.token
    const update =
      'mutation ($t: ConsistencyToken) { updateGroup(id: "ops", patch: { description: "x" }, ifMatch: $t) { token } }'
    expect((await client.refused(update, { t: then })).code).toBe('STALE_TOKEN')
    const late = (await client.ask(GROUP_THEN, { id: 'ops', asOf: times[3] })).group.token
    await client.ask(update, { t: late })
  })

  test('a time to come is refused; pages are of their time, with cursors of their own', async () => {
    const { group } = await client.ask(GROUP_THEN, { id: 'ops', asOf: times[2], atLeast: token })
    expect(group.name).toBe('operations')
    const refusal = await client.refused(GROUP_THEN, { id: 'ops', asOf: '2126-01-01T00:00:00Z' })
    expect(refusal).toMatchObject({ code: 'BAD_USER_INPUT', field: 'asOf' })
    const page = `query ($asOf: DateTime, $after: Cursor) {
      group(id: "ops", asOf: $asOf) { members(first: 1, after: $after) { nodes { userId } pageInfo { hasNextPage endCursor } } }
    }`
    const first = (await client.ask(page, { asOf: times[1] })).group.members
    expect(first).toMatchObject({ nodes: [{ userId: 'ann' }], pageInfo: { hasNextPage: true } })
    const { endCursor: after } = first.pageInfo
    const second = (await client.ask(page, { asOf: times[1], after })).group.members
    expect(second).toMatchObject({ nodes: [{ userId: 'bob' }], pageInfo: { hasNextPage: false } })
    expect((await client.refused(page, { asOf: times[2], after })).code).toBe('BAD_CURSOR')
    expect((await client.refused(page, { after })).code).toBe('BAD_CURSOR')
  })

  test('history tells every change of a user, its memberships and keys among them, page by page', async () => {
    const whole = (await client.ask(historyOf('user'), { id: 'ann' })).user.history
    const told = whole.nodes.map(({ event }: { event: { __typename: string; role?: string | null } }) =>
      event.__typename === 'SetMembership' ? `member ${event.role}` : event.__typename,
    )
    expect(told).toEqual(['SetUsername', 'SetUserStatus', 'member MAINTAINER', 'SetApiKey', 'member null'])
    expect(whole.nodes[0]).toMatchObject({ actor: { kind: 'operator' }, cause: expect.any(String) })
    for (const first of [1, 2, 4]) {
      const nodes: unknown[] = []
      let after: string | null = null
      do {
        const page: typeof whole = (await client.ask(historyOf('user'), { id: 'ann', first, after })).user
          .history
        nodes.push(...page.nodes)
        after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null
      } while (after !== null)
      expect(nodes).toEqual(whole.nodes)
    }
    const then = (await client.ask(historyOf('user'), { id: 'ann', asOf: times[1] })).user.history
    expect(then.nodes).toEqual(whole.nodes.slice(0, 4))
  })

  test('history of a group has its members, and its cursors are places in the journal', async () => {
    const { history } = (await client.ask(historyOf('group'), { id: 'ops' })).group
    const told = history.nodes.map(({ stream, seq }: { stream: string; seq: number }) => `${stream} ${seq}`)
    const own = told.filter((place: string) => place.startsWith('default/group/ops '))
    const members = told.filter((place: string) => place.startsWith('default/group/ops/members '))
    expect(members).toHaveLength(3)
    expect(own.length + members.length).toBe(told.length)
    expect(told.indexOf('default/group/ops/members 1')).toBeLessThan(told.indexOf(own.at(-1)))
    const ats = history.nodes.map(({ at }: { at: string }) => at)
    expect(ats).toEqual(ats.toSorted())
  })

  test('history needs AUDIT_READ, the past only DIRECTORY_READ', async () => {
    const key = async (...scopes: string[]) => {
      const { createApiKey } = await client.ask(CREATE_KEY, { userId: 'ann', scopes })
      return new Client(server.url, createApiKey.secret)
    }
    const reader = await key('DIRECTORY_READ')
    expect((await reader.refused(historyOf('user'), { id: 'ann' })).code).toBe('FORBIDDEN')
    expect((await reader.refused(historyOf('group'), { id: 'ops' })).code).toBe('FORBIDDEN')
    expect(
      (await reader.ask('query ($t: DateTime) { user(id: "bob", asOf: $t) { username } }', { t: times[1] }))
        .user,
    ).toEqual({ username: 'bob' })
    const auditor = await key('DIRECTORY_READ', 'AUDIT_READ')
    expect((await auditor.ask(historyOf('user'), { id: 'ann' })).user.history.nodes.length).toBeGreaterThan(4)
    const blind = await key('AUDIT_READ')
    expect(
      (
        await blind.refused('query ($t: DateTime) { user(id: "bob", asOf: $t) { username } }', {
          t: times[1],
        })
      ).code,
    ).toBe('FORBIDDEN')
  })
})
