import { afterAll, beforeAll, expect, test } from 'vitest'
import { tokenCodec } from '../../src/domain/token.ts'
import { Client, CREATE_GROUP, CREATE_USER, SET_MEMBERSHIP, USER } from '../support/client.ts'
import { onEveryEngine } from '../support/engines.ts'
import type { AnyServer } from '../support/server.ts'

const UPDATE_USER = `mutation ($id: ID!, $patch: UserPatch!, $ifMatch: ConsistencyToken) {
  updateUser(id: $id, patch: $patch, ifMatch: $ifMatch) { user { username name status email } token }
}`

const GROUP = `query ($id: ID!, $atLeast: ConsistencyToken) {
  group(id: $id, atLeast: $atLeast) { token memberCount members { nodes { userId role token user { username } } token } }
}`

onEveryEngine('consistency tokens', (startServer) => {
  let server: AnyServer
  let client: Client

  beforeAll(async () => {
    server = await startServer()
    client = new Client(server.url, server.operatorKey)
  })
  afterAll(() => server.close())

  test('the story: a user, a group, a membership, each seen through its token, and a stale token refused', async () => {
    const { createUser } = await client.ask(CREATE_USER, { input: { username: 'ada' } })
    const { createGroup } = await client.ask(CREATE_GROUP, { input: { name: 'engineers' } })
    const userId = createUser.user.id
    const groupId = createGroup.group.id

    const { setMembership } = await client.ask(SET_MEMBERSHIP, {
      userId,
      groupId,
      atLeast: [createUser.token, createGroup.token],
    })
    expect(setMembership.membership).toMatchObject({
      user: { username: 'ada' },
      group: { name: 'engineers' },
    })

    const { group } = await client.ask(GROUP, { id: groupId, atLeast: setMembership.token })
    expect(group.members.nodes).toEqual([
      { userId, role: 'MEMBER', token: expect.any(String), user: { username: 'ada' } },
    ])
    expect(group.memberCount).toBe(1)

    const { updateUser } = await client.ask(UPDATE_USER, {
      id: userId,
      patch: { name: 'Ada' },
      ifMatch: createUser.token,
    })
    const stale = await client.refused(UPDATE_USER, {
      id: userId,
      patch: { name: 'Ada Lovelace' },
      ifMatch: createUser.token,
    })
    expect(stale.code).toBe('STALE_TOKEN')
    const { user } = await client.ask(USER, { id: userId, atLeast: updateUser.token })
    expect(user.name).toBe('Ada')

    const retried = await client.ask(UPDATE_USER, {
      id: userId,
      patch: { name: 'Ada Lovelace' },
      ifMatch: stale.current,
    })
    expect(retried.updateUser.user.name).toBe('Ada Lovelace')
  })

  test('a membership’s token is good for a conditional write as long as nobody joins, leaves or changes role', async () => {
    const [a, b] = await Promise.all(
      ['mem-a', 'mem-b'].map(
        async (username) => (await client.ask(CREATE_USER, { input: { username } })).createUser.user.id,
      ),
    )
    const { createGroup } = await client.ask(CREATE_GROUP, { input: { name: 'conditional' } })
    const groupId = createGroup.group.id
    const first = (await client.ask(SET_MEMBERSHIP, { groupId, userId: a })).setMembership.membership.token
    await client.ask(SET_MEMBERSHIP, { groupId, userId: b })
    const promote = (ifMatch: string) => ({ groupId, userId: a, role: 'MAINTAINER', ifMatch })
    expect(await client.refused(SET_MEMBERSHIP, promote(first))).toMatchObject({ code: 'STALE_TOKEN' })
    const { group } = await client.ask(GROUP, { id: groupId })
    const token = group.members.nodes.find(({ userId }: { userId: string }) => userId === a).token
    await client.ask(SET_MEMBERSHIP, promote(token))
  })

  test('of 20 conditional writes at one token, one wins', async () => {
    const { createUser } = await client.ask(CREATE_USER, { input: { username: 'grace' } })
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        client.send(UPDATE_USER, {
          id: createUser.user.id,
          patch: { username: `grace${i}` },
          ifMatch: createUser.token,
        }),
      ),
    )
    const codes = answers.map(({ errors: [error] }) => error?.extensions.code ?? 'won').toSorted()
    expect(codes).toEqual([...Array(19).fill('STALE_TOKEN'), 'won'])
  })

  test('the header Rollcall-At-Least holds for the whole operation, and every answer carries a token', async () => {
    const { createUser } = await client.ask(CREATE_USER, { input: { username: 'header' } })
    const answer = await client.send(
      '{ users(search: "header") { nodes { username } token } head }',
      {},
      { 'rollcall-at-least': createUser.token },
    )
    expect(answer.data.users.nodes).toEqual([{ username: 'header' }])
    expect(answer.headers.get('rollcall-token')).toBe(answer.extensions.token)
    const again = await client.ask('query ($t: ConsistencyToken) { groups(atLeast: $t) { nodes { id } } }', {
      t: answer.extensions.token,
    })
    expect(again.groups.nodes).toBeInstanceOf(Array)
  })

  test('tokens that are none of ours are refused with a reason', async () => {
    for (const token of ['', 'nonsense', 'AQ'.repeat(40)]) {
      expect(await client.refused(USER, { id: 'x', atLeast: token })).toMatchObject({
        code: 'BAD_TOKEN',
        field: 'atLeast',
        message: expect.stringMatching(/^atLeast: the consistency token ".*" cannot be used/),
      })
    }
    const deleted =
      'mutation ($ifMatch: ConsistencyToken) { deleteUser(id: "x", ifMatch: $ifMatch) { token } }'
    expect(await client.refused(deleted, { ifMatch: 'none' })).toMatchObject({
      code: 'BAD_TOKEN',
      field: 'ifMatch',
    })
    const inHeader = await client.send(USER, { id: 'x' }, { 'rollcall-at-least': 'none' })
    expect(inHeader.errors[0]?.extensions).toMatchObject({ code: 'BAD_TOKEN', field: 'Rollcall-At-Least' })
  })

  test('a GET carries an ETag; 304 until something changes, and never without a key', async () => {
    const url = `${server.url}/graphql?query=${encodeURIComponent('{ users { nodes { username } } }')}`
    const headers = {
      authorization: `Bearer ${server.operatorKey}`,
      accept: 'application/json',
      'x-requested-with': 'test',
    }
    const first = await fetch(url, { headers })
    const etag = first.headers.get('etag') ?? ''
    expect(first.status).toBe(200)
    expect(etag).not.toBe('')
    expect(first.headers.get('cache-control')).toContain('private')
    expect((await fetch(url, { headers: { ...headers, 'if-none-match': etag } })).status).toBe(304)
    expect(
      (await fetch(url, { headers: { ...headers, authorization: 'Bearer wrong', 'if-none-match': etag } }))
        .status,
    ).toBe(401)
    await client.ask(CREATE_USER, { input: { username: 'etag' } })
    const after = await fetch(url, { headers: { ...headers, 'if-none-match': etag } })
    expect(after.status).toBe(200)
    expect(after.headers.get('etag')).not.toBe(etag)
  })
})

onEveryEngine('consistency tokens, while the views are held', (startServer) => {
  let server: AnyServer
  let client: Client

  beforeAll(async () => {
    // So long each test waits several times, and others for what is not held.
    server = await startServer({ environment: { ROLLCALL_VIEW_DEADLINE_MS: '2000' } })
    client = new Client(server.url, server.operatorKey)
  })
  afterAll(() => server.close())

  test('while the synchroniser is paused a write is seen by who holds its token, and by nobody else', async () => {
    const { createUser } = await client.ask(CREATE_USER, { input: { username: 'before' } })
    const { controls } = server.directory.feed
    await controls.hold()
    // Durable, though no view shows it: the answer says so and gives the token.
    const late = await client.refused(CREATE_USER, { input: { id: 'late', username: 'late' } })
    expect(late).toMatchObject({ code: 'VIEW_BEHIND', committed: true })
    expect((await client.ask(USER, { id: 'late' })).user).toBeNull()
    expect(await client.refused(USER, { id: 'late', atLeast: late.wanted })).toMatchObject({
      code: 'VIEW_BEHIND',
      committed: false,
      wanted: expect.any(String),
      has: expect.any(String),
    })
    // What the views have is read without waiting.
    expect(
      (await client.ask(USER, { id: createUser.user.id, atLeast: createUser.token })).user,
    ).not.toBeNull()

    await controls.pause()
    await controls.release()
    // The background work is still stopped: the read itself brings the views along.
    expect((await client.ask(USER, { id: 'late', atLeast: late.wanted })).user).toMatchObject({
      username: 'late',
    })
    await controls.resume()
  })

  test('several tokens are demanded together, in the header or in extensions, and the answer has one that covers them', async () => {
    const users = await Promise.all(
      ['both-a', 'both-b'].map(async (username) => client.ask(CREATE_USER, { input: { username } })),
    )
    const tokens = users.map(({ createUser }) => createUser.token as string)
    const { controls } = server.directory.feed
    await controls.hold()
    const { wanted } = await client.refused(CREATE_USER, { input: { username: 'both-c' } })
    const demand = (body: object, headers: Record<string, string> = {}) =>
      fetch(client.url, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${server.operatorKey}`,
          'content-type': 'application/json',
          ...headers,
        },
        body: JSON.stringify({ query: '{ user(id: "none") { id } }', ...body }),
      }).then((response) => response.json() as Promise<{ extensions?: { token: string } }>)
    const behind = { errors: [{ extensions: { code: 'VIEW_BEHIND' } }] }
    const both = [wanted as string, ...tokens]
    expect(await demand({}, { 'rollcall-at-least': both.join(', ') })).toMatchObject(behind)
    expect(await demand({ extensions: { atLeast: both } })).toMatchObject(behind)
    expect(await demand({ extensions: { atLeast: tokens } })).toMatchObject({ data: { user: null } })
    await controls.release()

    const { extensions } = await demand({ extensions: { atLeast: both } })
    const { log, kept } = server.directory
    const tokensHere = tokenCodec(log.secret, log.epoch, kept.epoch)
    const covering = tokensHere.decode('default', extensions?.token ?? '')
    expect(covering).toMatchObject({ ok: true, value: { position: await kept.position() } })
    for (const atLeast of [[1], {}, Array(257).fill(tokens[0])]) {
      expect(await demand({ extensions: { atLeast } })).toMatchObject({
        errors: [{ extensions: { code: 'BAD_USER_INPUT', field: 'Rollcall-At-Least' } }],
      })
    }
  })
})
