import { afterAll, beforeAll, expect, test } from 'vitest'
import { Client, CREATE_GROUP, CREATE_USER, SET_MEMBERSHIP } from '../support/client.ts'
import { onEveryEngine } from '../support/engines.ts'
import type { AnyServer } from '../support/server.ts'

onEveryEngine('writers that race', (startServer) => {
  let server: AnyServer
  let client: Client

  beforeAll(async () => {
    server = await startServer()
    client = new Client(server.url, server.operatorKey)
  })
  afterAll(() => server.close())

  test('of 40 writers of one email one wins, 39 get EMAIL_TAKEN, and the name is held by the winner', async () => {
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, i) =>
        client.send(CREATE_USER, {
          input: { username: `racer${i}`, email: i % 2 ? 'One@Example.org' : 'one@example.ORG' },
        }),
      ),
    )
    const won = answers.filter(({ errors }) => errors.length === 0)
    expect(won).toHaveLength(1)
    expect(answers.flatMap(({ errors }) => errors.map(({ extensions }) => extensions.code))).toEqual(
      Array(39).fill('EMAIL_TAKEN'),
    )
    const { userByEmail } = await client.ask('{ userByEmail(email: "ONE@example.org") { id } }')
    expect(userByEmail.id).toBe(won[0]?.data.createUser.user.id)
  })

  test('60 writers put users into one group at once: every one is in it', async () => {
    const { createGroup } = await client.ask(CREATE_GROUP, { input: { name: 'crowd' } })
    const groupId = createGroup.group.id
    const users = await Promise.all(
      Array.from(
        { length: 60 },
        async (_, i) => (await client.ask(CREATE_USER, { input: { username: `crowd${i}` } })).createUser,
      ),
    )
    await Promise.all(users.map(({ user }) => client.ask(SET_MEMBERSHIP, { groupId, userId: user.id })))
    const { group } = await client.ask(
      'query ($id: ID!) { group(id: $id) { memberCount members(first: 100) { nodes { userId } } } }',
      {
        id: groupId,
      },
    )
    expect(group.memberCount).toBe(60)
    expect(new Set(group.members.nodes.map((node: { userId: string }) => node.userId)).size).toBe(60)
  })

  test('of 20 who make one tenant at once one succeeds, and the others are told so', async () => {
    const make = 'mutation { createTenant(id: "raced", name: "Raced") { secret } }'
    const answers = await Promise.all(Array.from({ length: 20 }, () => client.send(make)))
    expect(answers.filter(({ errors }) => errors.length === 0)).toHaveLength(1)
    expect(answers.flatMap(({ errors }) => errors.map(({ extensions }) => extensions.code))).toEqual(
      Array(19).fill('BAD_USER_INPUT'),
    )
  })

  test('two moves that would close a cycle together cannot both win', async () => {
    for (let round = 0; round < 10; round++) {
      const [a, b] = await Promise.all(
        ['a', 'b'].map(
          async (name) =>
            (await client.ask(CREATE_GROUP, { input: { name: `${name}${round}` } })).createGroup.group.id,
        ),
      )
      const move = `mutation ($id: ID!, $parentId: ID!) { updateGroup(id: $id, patch: { parentId: $parentId }) { group { id } } }`
      const answers = await Promise.all([
        client.send(move, { id: a, parentId: b }),
        client.send(move, { id: b, parentId: a }),
      ])
      const codes = answers.map(({ errors }) => errors[0]?.extensions.code ?? 'moved').toSorted()
      expect(codes).toEqual(['GROUP_CYCLE', 'moved'])
    }
  })
})
