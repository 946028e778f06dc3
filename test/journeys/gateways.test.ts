import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openDirectory, writeAlone } from '../../src/cli/run/openDirectory.ts'
import { sow } from '../../src/cli/run/seed.ts'
import { exportTenant } from '../../src/transfer/exporter.ts'
import type { Line } from '../../src/transfer/line.ts'
import type { ViewReader } from '../../src/views/ViewStore.ts'
import { Client, CREATE_GROUP, CREATE_USER, SET_MEMBERSHIP, USER } from '../support/client.ts'
import { hasSharedEngines, newLog } from '../support/engines.ts'
import { Follower } from '../support/follower.ts'
import { type AnyServer, configOf, startShared } from '../support/server.ts'

describe.skipIf(!hasSharedEngines)('two gateways, and no synchroniser', () => {
  let log: Readonly<Record<string, string>>
  let servers: readonly AnyServer[]
  let clients: readonly [Client, Client]

  beforeAll(async () => {
    log = await newLog()
    const [a, b] = await Promise.all([startShared(log), startShared(log)])
    servers = [a, b]
    clients = [new Client(a.url, a.operatorKey), new Client(b.url, b.operatorKey)]
  })
  afterAll(() => Promise.all(servers.map((server) => server.close())))

  test('what is written on one is read with its token on the other, and conditional writes hold across them', async () => {
    const [here, there] = clients
    const { createUser } = await here.ask(CREATE_USER, { input: { username: 'ada' } })
    const { id } = createUser.user
    const { user } = await there.ask(USER, { id, atLeast: createUser.token })
    expect(user.username).toBe('ada')
    const update = `mutation ($id: ID!, $name: String!, $ifMatch: ConsistencyToken) {
      updateUser(id: $id, patch: { name: $name }, ifMatch: $ifMatch) { token }
    }`
    const first = await there.ask(update, { id, name: 'Ada', ifMatch: user.token })
    expect(await here.refused(update, { id, name: 'A.', ifMatch: user.token })).toMatchObject({
      code: 'STALE_TOKEN',
    })
    expect((await here.ask(USER, { id, atLeast: first.updateUser.token })).user.name).toBe('Ada')
  })

  test('a gateway that cannot apply anything shows what the other one has', async () => {
    const [here, there] = clients
    const { controls } = servers[1]?.directory.feed ?? {}
    await controls?.hold()
    const { createUser } = await here.ask(CREATE_USER, { input: { username: 'held' } })
    expect((await there.ask(USER, { id: createUser.user.id })).user.username).toBe('held')
    const answer = await here.send('{ users { token } }')
    await there.ask('query ($t: ConsistencyToken) { users(atLeast: $t) { token } }', {
      t: answer.extensions.token,
    })
    await controls?.release()
  })

  test('a name is given once, whichever gateway is asked', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        (clients[i % 2] as Client).send(CREATE_USER, { input: { username: 'wanted' } }),
      ),
    )
    const codes = answers.map(({ errors }) => errors[0]?.extensions.code ?? 'won').toSorted()
    expect(codes).toEqual([...Array(19).fill('USERNAME_TAKEN'), 'won'])
  })

  test('followers on both are told of the same changes in the same order', async () => {
    const { head } = await clients[0].ask('{ head }')
    const followers = servers.map(({ url, operatorKey }) => new Follower(url, operatorKey, head))
    const writing = Array.from({ length: 24 }, async (_, i) => {
      const client = clients[i % 2] as Client
      const { createUser } = await client.ask(CREATE_USER, { input: { username: `f${i}` } })
      return createUser.user.id as string
    })
    const ids = await Promise.all(writing)
    const told = await Promise.all(
      followers.map(async (follower) => {
        const seen: string[] = []
        while (seen.length < 2 * ids.length) {
          const { stream, seq } = await follower.nextChange()
          seen.push(`${stream}@${seq}`)
        }
        await follower.close()
        return seen
      }),
    )
    expect(told[1]).toEqual(told[0])
    expect(new Set(told[0]).size).toBe(2 * ids.length)
  })

  test('a cursor of one is good on the other', async () => {
    const [a, b] = servers
    const before = new Follower(a?.url ?? '', a?.operatorKey ?? '', null)
    await before.next()
    await clients[0].ask(CREATE_GROUP, { input: { name: 'moved' } })
    const { event } = await before.nextChange()
    const after = new Follower(b?.url ?? '', b?.operatorKey ?? '', before.lastCursor)
    await before.close()
    const { createUser } = await clients[1].ask(CREATE_USER, { input: { username: 'later' } })
    await clients[0].ask(SET_MEMBERSHIP, { groupId: event.groupId, userId: createUser.user.id })
    const kinds = new Set<string>()
    while (!kinds.has('SetMembership')) kinds.add((await after.nextChange()).event.__typename)
    expect(kinds).toContain('SetUsername')
    await after.close()
  })

  test('an import beside them is shown by both when it ends, and a new gateway finds everything', async () => {
    const hooks = { onUsers() {}, onBad: (message: string) => expect.fail(message) }
    await writeAlone(configOf(log), (commands) =>
      sow(commands, { tenant: 'default', users: 60, seed: 1 }, hooks),
    )
    const late = await openDirectory(configOf(log))
    await late.level()
    const directories = [late, ...servers.map(({ directory }) => directory)]
    const [found = [], here, there] = await Promise.all(directories.map(({ views }) => stateIn(views)))
    expect(found.filter(({ action }) => action.op === 'createUser').length).toBeGreaterThan(60)
    expect([here, there]).toEqual([found, found])
    await late.close()
  })
})

async function stateIn(views: ViewReader): Promise<readonly Line[]> {
  const lines: Line[] = []
  for await (const line of exportTenant(views, 'default')) lines.push(line)
  return lines
}
