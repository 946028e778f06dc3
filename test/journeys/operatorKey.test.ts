import { afterEach, expect, test } from 'vitest'
import { Client, CREATE_USER, USER } from '../support/client.ts'
import { hasSharedEngines, newLog } from '../support/engines.ts'
import { Follower } from '../support/follower.ts'
import { type AnyServer, startShared } from '../support/server.ts'

const CREATE_API_KEY = `mutation ($userId: ID!) {
  createApiKey(input: { userId: $userId, label: "ci", scopes: [DIRECTORY_READ] }) { secret }
}`

const opened: AnyServer[] = []
afterEach(() => Promise.all(opened.splice(0).map((server) => server.close())))

async function serving(environment: Readonly<Record<string, string>>, ROLLCALL_OPERATOR_KEY: string) {
  const server = await startShared({ ...environment, ROLLCALL_OPERATOR_KEY })
  opened.push(server)
  return { server, client: new Client(server.url, ROLLCALL_OPERATOR_KEY) }
}

test.skipIf(!hasSharedEngines)(
  'gateways get another operator’s key one after the other: each takes its own alone, and whatever else clients hold is good on all',
  { timeout: 60_000 },
  async () => {
    const [before, after] = ['operator-key-of-before', 'operator-key-from-now-on']
    const log = await newLog()
    const { server, client } = await serving(log, before)
    const { createUser } = await client.ask(CREATE_USER, { input: { id: 'ada', username: 'ada' } })
    const { secret } = (await client.ask(CREATE_API_KEY, { userId: 'ada' })).createApiKey
    const follower = new Follower(server.url, before)
    const { cursor } = await follower.next()
    await follower.close()

    const { server: next, client: anew } = await serving(log, after)
    const refused = { code: 'UNAUTHENTICATED' }
    expect(await new Client(server.url, after).refused(USER, { id: 'ada' })).toMatchObject(refused)
    expect(await new Client(next.url, before).refused(USER, { id: 'ada' })).toMatchObject(refused)
    expect((await anew.ask(USER, { id: 'ada', atLeast: createUser.token })).user.username).toBe('ada')
    for (const { url } of [server, next]) {
      expect((await new Client(url, secret).ask(USER, { id: 'ada' })).user.username).toBe('ada')
    }
    const behind = new Follower(next.url, after, cursor)
    await behind.untilCaughtUp()
    await behind.close()
  },
)
