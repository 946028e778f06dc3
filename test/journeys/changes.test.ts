import { afterAll, beforeAll, expect, test } from 'vitest'
import { Client, CREATE_USER, USER } from '../support/client.ts'
import { onEveryEngine } from '../support/engines.ts'
import { Follower } from '../support/follower.ts'
import type { AnyServer } from '../support/server.ts'

onEveryEngine('following changes', (startServer) => {
  let server: AnyServer
  let client: Client

  beforeAll(async () => {
    server = await startServer()
    client = new Client(server.url, server.operatorKey)
  })
  afterAll(() => server.close())

  const create = async (username: string) =>
    (await client.ask(CREATE_USER, { input: { username } })).createUser
  const follow = (after: string | null = null, tenant?: string) =>
    new Follower(server.url, server.operatorKey, after, tenant)

  test('from now on: CAUGHT_UP first, then each change as it happens, in order', async () => {
    await create('earlier')
    const follower = follow()
    expect((await follower.next()).kind).toBe('CAUGHT_UP')
    const { user } = await create('live')
    expect(await follower.nextChange()).toMatchObject({
      stream: `default/user/${user.id}`,
      seq: 1,
      actor: { kind: 'operator' },
      cause: expect.any(String),
      event: { __typename: 'SetUsername', userId: user.id, username: 'live' },
    })
    expect(await follower.nextChange()).toMatchObject({
      seq: 2,
      event: { __typename: 'SetUserStatus', status: 'ACTIVE' },
    })
    await follower.close()
  })

  test('cut off and resumed from its last cursor, again and again, it misses nothing and repeats nothing', async () => {
    const { head } = await client.ask('{ head }')
    const names = Array.from({ length: 40 }, (_, i) => `cut${i}`)
    const writing = (async () => {
      for (const name of names) await create(name)
    })()
    const seen: string[] = []
    let cursor: string | null = head
    while (seen.length < 2 * names.length) {
      const follower = follow(cursor)
      const wanted = 1 + Math.floor(Math.random() * 7)
      for (let n = 0; n < wanted && seen.length < 2 * names.length; n++) {
        const { stream, seq } = await follower.nextChange()
        seen.push(`${stream}@${seq}`)
      }
      cursor = follower.lastCursor
      await follower.close()
    }
    await writing
    expect(new Set(seen).size).toBe(seen.length)
    const replay = follow(head)
    expect((await replay.untilCaughtUp()).map(({ stream, seq }) => `${stream}@${seq}`)).toEqual(seen)
    await replay.close()
  })

  test('whoever is told of a change and then queries, sees it', async () => {
    const follower = follow()
    await follower.next()
    let invisible = 0
    for (let n = 0; n < 30; n++) {
      const writing = create(`told${n}`)
      const { event } = await follower.nextChange()
      const { user } = await client.ask(USER, { id: event.userId })
      if (user?.username !== `told${n}`) invisible += 1
      await follower.nextChange()
      await writing
    }
    expect(invisible).toBe(0)
    await follower.close()
  })

  test('a follower of one tenant hears nothing of another', async () => {
    await client.ask('mutation { createTenant(id: "quiet", name: "Quiet") { token } }')
    const quiet = follow(null, 'quiet')
    expect((await quiet.next()).kind).toBe('CAUGHT_UP')
    await create('loud')
    // The next thing it hears, if anything, is that the journal moved.
    expect((await quiet.next()).kind).toBe('BOOKMARK')
    const resumed = follow(quiet.lastCursor, 'quiet')
    expect(await resumed.untilCaughtUp()).toEqual([])
    await quiet.close()
    await resumed.close()
  })

  test('API keys are told to those who may audit, and never their hash', async () => {
    const { user } = await create('keyholder')
    const { head } = await client.ask('{ head }')
    const make = `mutation ($userId: ID!, $scope: Scope!) { createApiKey(input: { userId: $userId, label: "l", scopes: [$scope] }) { secret } }`
    const reader = (await client.ask(make, { userId: user.id, scope: 'DIRECTORY_READ' })).createApiKey.secret
    const all = await follow(head).untilCaughtUp()
    expect(all.map(({ event }) => event.__typename)).toEqual(['SetApiKey'])
    expect(JSON.stringify(all)).not.toContain('hash')
    const limited = new Follower(server.url, reader, null)
    expect((await limited.next()).kind).toBe('CAUGHT_UP')
    await limited.close()
  })

  test('cursors that are none, of another tenant or of a list are refused with the reason', async () => {
    const { users } = await client.ask('{ users(first: 1) { pageInfo { endCursor } } }')
    for (const cursor of ['nonsense', users.pageInfo.endCursor]) {
      await expect(follow(cursor).next()).rejects.toThrow('BAD_CURSOR')
    }
    const { head } = await client.ask('{ head }')
    await expect(follow(head, 'quiet').next()).rejects.toThrow('BAD_CURSOR')
  })
})
