import { afterAll, beforeAll, expect, test } from 'vitest'
import { cursorCodec, listScope } from '../../src/domain/cursor.ts'
import { Client, CREATE_GROUP, CREATE_USER, SET_MEMBERSHIP } from '../support/client.ts'
import { onEveryEngine } from '../support/engines.ts'
import type { AnyServer } from '../support/server.ts'

onEveryEngine('the directory', (startServer) => {
  let server: AnyServer
  let client: Client
  const userIds: Record<string, string> = {}
  const groupIds: Record<string, string> = {}

  const user = async (username: string, more = {}) => {
    const { createUser } = await client.ask(CREATE_USER, { input: { username, ...more } })
    userIds[username] = createUser.user.id
    return createUser.user
  }
  const group = async (name: string, parent?: string) => {
    const parentId = parent === undefined ? null : groupIds[parent]
    const { createGroup } = await client.ask(CREATE_GROUP, { input: { name, parentId } })
    groupIds[name] = createGroup.group.id
  }
  const join = (groupName: string, username: string, role = 'MEMBER') =>
    client.ask(SET_MEMBERSHIP, { groupId: groupIds[groupName], userId: userIds[username], role })

  beforeAll(async () => {
    server = await startServer()
    client = new Client(server.url, server.operatorKey)
    await user('ada', {
      name: 'Ada Lovelace',
      email: 'ada@example.org',
      attributes: { team: 'engines', level: 3 },
    })
    await user('Grace.Hopper', { name: "Grace 'Amazing' Hopper 100%", email: 'grace@navy.example.org' })
    await user('wáng', { name: '王 伟', email: 'wang@example.cn', attributes: { team: 'engines' } })
    await user('o_brien', { name: 'Conan O"Brien*', email: null })
    await group('company')
    await group('engineering', 'company')
    await group('compilers', 'engineering')
    await join('company', 'ada')
    await join('engineering', 'Grace.Hopper', 'MAINTAINER')
    await join('compilers', 'Grace.Hopper')
    await join('compilers', 'wáng')
  })
  afterAll(() => server.close())

  const search = async (text: string): Promise<string[]> => {
    const { users } = await client.ask(
      'query ($text: String!) { users(search: $text) { nodes { username } } }',
      { text },
    )
    return users.nodes.map(({ username }: { username: string }) => username)
  }

  test.each([
    ['ADA', ['ada']],
    ['hopper', ['Grace.Hopper']],
    ['王', ['wáng']],
    ['WÁNG', ['wáng']],
    ['%', ['Grace.Hopper']],
    ["'", ['Grace.Hopper']],
    ['"', ['o_brien']],
    ['*', ['o_brien']],
    ['_', ['o_brien']],
    ['n*', ['o_brien']],
    ['" OR "a', []],
    ['NOT ada', []],
    ['e.org', ['ada', 'Grace.Hopper']],
    ['a', ['ada', 'Grace.Hopper', 'o_brien', 'wáng']],
  ])('search %j finds %j', async (text, expected) => {
    expect((await search(text)).toSorted()).toEqual(expected.toSorted())
  })

  test('search gives the best match first', async () => {
    for (const [username, name] of [
      ['max', 'Zoe'],
      ['maximilian', 'Abe'],
      ['zed', 'Max Planck'],
      ['karl', 'Karl Marx-Max'],
      ['climax', 'C'],
    ]) {
      await user(username as string, { name })
    }
    expect((await search('max'))[0]).toBe('max')
    expect((await search('max')).indexOf('maximilian')).toBeLessThan((await search('max')).indexOf('climax'))
    expect((await search('max')).toSorted()).toEqual(['climax', 'karl', 'max', 'maximilian', 'zed'])
  })

  test('nested groups: transitive members once each, groups above, counts, isMember', async () => {
    const { group: company } = await client.ask(
      `query ($id: ID!) { group(id: $id) {
        memberCount all: memberCount(transitive: true)
        children { nodes { name parent { name } } }
        members(transitive: true) { nodes { user { username } group { name } role } }
      } }`,
      { id: groupIds.company },
    )
    expect(company).toMatchObject({
      memberCount: 1,
      all: 3,
      children: { nodes: [{ name: 'engineering', parent: { name: 'company' } }] },
    })
    expect(company.members.nodes).toEqual([
      { user: { username: 'ada' }, group: { name: 'company' }, role: 'MEMBER' },
      { user: { username: 'Grace.Hopper' }, group: { name: 'engineering' }, role: 'MAINTAINER' },
      { user: { username: 'wáng' }, group: { name: 'compilers' }, role: 'MEMBER' },
    ])
    const { user: wang } = await client.ask(
      'query ($id: ID!) { user(id: $id) { direct: memberships { nodes { group { name } } } memberships(transitive: true) { nodes { group { name } role } } } }',
      { id: userIds.wáng },
    )
    expect(wang.direct.nodes).toEqual([{ group: { name: 'compilers' } }])
    expect(
      wang.memberships.nodes.map((node: { group: { name: string } }) => node.group.name).toSorted(),
    ).toEqual(['company', 'compilers', 'engineering'])
    const is = async (transitive: boolean) =>
      (
        await client.ask(
          'query ($u: ID!, $g: ID!, $t: Boolean) { isMember(userId: $u, groupId: $g, transitive: $t) }',
          {
            u: userIds.wáng,
            g: groupIds.company,
            t: transitive,
          },
        )
      ).isMember
    expect([await is(true), await is(false)]).toEqual([true, false])
  })

  test('an attribute may have any name, in variables and in documents', async () => {
    const attributes = '{"deep":{"__proto__":{"a":1},"constructor":{"prototype":2}}}'
    const literal = attributes.replace(/"(\w+)":/g, '$1:')
    const patch = `mutation ($id: ID!, $patch: UserPatch = { attributes: ${literal} }) { updateUser(id: $id, patch: $patch) { user { attributes } } }`
    const polly = await user('polly', { attributes: JSON.parse(attributes) })
    expect(JSON.stringify(polly.attributes)).toBe(attributes)
    const { updateUser } = await client.ask(patch, { id: polly.id })
    expect(JSON.stringify(updateUser.user.attributes)).toBe(attributes)
    const { user: read } = await client.ask('query ($id: ID!) { user(id: $id) { attributes } }', {
      id: polly.id,
    })
    expect(JSON.stringify(read.attributes)).toBe(attributes)
  })

  test('null is no role: it neither takes a user out nor makes a member of a maintainer', async () => {
    const ids = { groupId: groupIds.engineering, userId: userIds['Grace.Hopper'] }
    expect(await client.refused(SET_MEMBERSHIP, { ...ids, role: null })).toMatchObject({
      code: 'BAD_USER_INPUT',
      field: 'role',
    })
    const several = 'mutation ($input: [MembershipInput!]!) { setMemberships(input: $input) { token } }'
    expect(await client.refused(several, { input: [{ ...ids, role: null }] })).toMatchObject({
      code: 'BAD_USER_INPUT',
      field: 'input[0].role',
    })
    const { user } = await client.ask(
      'query ($id: ID!) { user(id: $id) { memberships { nodes { role } } } }',
      {
        id: ids.userId,
      },
    )
    expect(user.memberships.nodes).toContainEqual({ role: 'MAINTAINER' })
  })

  test('filters and orders', async () => {
    const list = async (args: string) =>
      (await client.ask(`{ users(${args}) { nodes { username } } }`)).users.nodes.map(
        (node: { username: string }) => node.username,
      )
    expect(await list('filter: { attribute: { name: "team", equals: "engines" } }')).toEqual(['ada', 'wáng'])
    expect(await list('filter: { attribute: { name: "level", equals: "3" } }')).toEqual(['ada'])
    expect(await list('filter: { email: "ADA@example.org" }')).toEqual(['ada'])
    expect(await list('filter: { usernamePrefix: "grace." }')).toEqual(['Grace.Hopper'])
    expect(await list(`filter: { groupId: "${groupIds.compilers}" }`)).toEqual(['Grace.Hopper', 'wáng'])
    expect(await list('orderBy: CREATED_AT, first: 4')).toEqual(['ada', 'Grace.Hopper', 'wáng', 'o_brien'])
    expect(await list('filter: { createdAfter: "2999-01-01T00:00:00Z" }')).toEqual([])
  })

  test('pages neither repeat nor skip what does not change while others come and go', async () => {
    const names = Array.from({ length: 60 }, (_, i) => `page${String(i).padStart(2, '0')}`)
    for (const name of names) await user(name)
    const seen: string[] = []
    let after: string | null = null
    do {
      // biome-ignore lint/suspicious/noExplicitAny: what a test asks for is known to the test alone
      const { users }: any = await client.ask(
        'query ($after: Cursor) { users(first: 7, after: $after, filter: { usernamePrefix: "page" }) { edges { cursor node { username } } pageInfo { hasNextPage endCursor } } }',
        { after },
      )
      for (const { node } of users.edges) seen.push(node.username)
      expect(users.edges.at(-1)?.cursor ?? after).toBe(users.pageInfo.endCursor)
      // Others come before and after the place, and one that was shown goes.
      await user(`page00-${seen.length}`)
      await user(`page99-${seen.length}`)
      await client
        .ask('mutation ($id: ID!) { deleteUser(id: $id) { id } }', { id: userIds[seen[0] as string] })
        .catch(() => {})
      after = users.pageInfo.hasNextPage ? users.pageInfo.endCursor : null
    } while (after !== null && seen.length < 300)
    const unchanged = seen.filter((name) => names.includes(name))
    expect(unchanged).toEqual(names)
  })

  test('an empty page ends where it began', async () => {
    const lists = [
      'users(first: $first, after: $after) { PAGE } group(id: $id) { id }',
      'group(id: $id) { list: members(first: $first, after: $after, transitive: true) { PAGE } }',
      'group(id: $id) { list: history(first: $first, after: $after) { PAGE } }',
    ]
    for (const list of lists) {
      const query = `query ($id: ID!, $first: Int, $after: Cursor) { ${list.replace('PAGE', 'pageInfo { hasNextPage endCursor }')} }`
      const page = async (first: number, after: string | null) => {
        const data = await client.ask(query, { id: groupIds.company, first, after })
        return (data.users ?? data.group.list).pageInfo
      }
      expect(await page(0, null), list).toEqual({ hasNextPage: true, endCursor: null })
      const one = await page(1, null)
      const two = await page(1, one.endCursor)
      const none = await page(0, one.endCursor)
      expect(none, list).toEqual({ hasNextPage: true, endCursor: expect.any(String) })
      expect(await page(1, none.endCursor), list).toEqual(two)
    }
  })

  test('a cursor with another kind of place, as another release may have signed it, is a bad one', async () => {
    const { log, kept } = server.directory
    const scope = `${kept.epoch} ${listScope('children', { groupId: groupIds.company ?? '' })}`
    const after = cursorCodec(log.secret).encode('default', scope, ['engineering', { of: 'another release' }])
    const children =
      'query ($id: ID!, $after: Cursor) { group(id: $id) { children(after: $after) { nodes { id } } } }'
    expect(await client.refused(children, { id: groupIds.company, after })).toMatchObject({
      code: 'BAD_CURSOR',
      why: expect.stringContaining('another version'),
    })
  })

  test('a deleted user is found by id only; its names are free; its memberships have ended', async () => {
    const ghost = await user('ghost', { email: 'ghost@example.org' })
    await join('company', 'ghost')
    await client.ask('mutation ($id: ID!) { deleteUser(id: $id) { id token } }', { id: ghost.id })
    const after = await client.ask(
      `query ($id: ID!, $g: ID!) { user(id: $id) { status memberships { nodes { groupId } } } userByUsername(username: "ghost") { id }
        userByEmail(email: "ghost@example.org") { id } users(search: "ghost") { nodes { id } } group(id: $g) { memberCount }
        deleted: users(filter: { status: DELETED, usernamePrefix: "ghost" }) { nodes { id } } }`,
      { id: ghost.id, g: groupIds.company },
    )
    expect(after).toEqual({
      user: { status: 'DELETED', memberships: { nodes: [] } },
      userByUsername: null,
      userByEmail: null,
      users: { nodes: [] },
      group: { memberCount: 1 },
      deleted: { nodes: [{ id: ghost.id }] },
    })
    const again = await user('GHOST', { email: 'Ghost@example.org' })
    expect(again.id).not.toBe(ghost.id)
    expect(await client.refused(CREATE_USER, { input: { id: ghost.id, username: 'reborn' } })).toMatchObject({
      field: 'id',
    })
  })

  test('a deleted group’s children lose their parent and its memberships end', async () => {
    await group('doomed')
    await group('orphan', 'doomed')
    await join('doomed', 'ada')
    await client.ask('mutation ($id: ID!) { deleteGroup(id: $id) { id } }', { id: groupIds.doomed })
    const { gone, orphan, ada } = await client.ask(
      'query ($d: ID!, $o: ID!, $u: ID!) { gone: group(id: $d) { id } orphan: group(id: $o) { parent { id } } ada: user(id: $u) { memberships { nodes { group { name } } } } }',
      { d: groupIds.doomed, o: groupIds.orphan, u: userIds.ada },
    )
    expect({ gone, orphan, ada }).toEqual({
      gone: null,
      orphan: { parent: null },
      ada: { memberships: { nodes: [{ group: { name: 'company' } }] } },
    })
  })

  test('a patch changes what it names and nothing else; null clears', async () => {
    const before = await user('patched', {
      name: 'Before',
      email: 'patched@example.org',
      attributes: { a: 1 },
    })
    const update = `mutation ($id: ID!, $patch: UserPatch!) { updateUser(id: $id, patch: $patch) { user { username email name attributes } } }`
    const first = await client.ask(update, { id: before.id, patch: { name: 'After' } })
    expect(first.updateUser.user).toEqual({
      username: 'patched',
      email: 'patched@example.org',
      name: 'After',
      attributes: { a: 1 },
    })
    const second = await client.ask(update, {
      id: before.id,
      patch: { email: null, name: null, attributes: { b: 2 } },
    })
    expect(second.updateUser.user).toEqual({
      username: 'patched',
      email: null,
      name: null,
      attributes: { b: 2 },
    })
  })
})
