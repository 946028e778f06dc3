import { afterAll, beforeAll, expect, test } from 'vitest'
import { connect, follow, RawStream } from '../http/support/sseClient.ts'
import { Client, CREATE_USER, USER } from '../support/client.ts'
import { CHANGES, type ChangeMessage } from '../support/follower.ts'
import { startServer, type TestServer } from '../support/server.ts'

interface Told {
  readonly data: { readonly changes: ChangeMessage }
  readonly errors?: readonly unknown[]
}

let server: TestServer
let client: Client
let headers: { authorization: string }

beforeAll(async () => {
  server = await startServer()
  client = new Client(server.url, server.operatorKey)
  headers = { authorization: `Bearer ${server.operatorKey}` }
})
afterAll(() => server.close())

const create = async (username: string) => (await client.ask(CREATE_USER, { input: { username } })).createUser

const following = (variables: Record<string, unknown> = {}) => {
  const messages = follow(connect(server, headers), { query: CHANGES, variables })
  return {
    async next(): Promise<ChangeMessage> {
      const { value } = await messages.next()
      const { data, errors } = value as Told
      if (errors) throw new Error(JSON.stringify(errors))
      return data.changes
    },
    end: () => messages.return?.(undefined),
  }
}

test('over server-sent events too: the state, then each change once the views have it, and on from the last cursor', async () => {
  await create('ada')
  const first = following({ snapshot: true })
  expect((await first.next()).change?.event).toMatchObject({ username: 'ada' })
  while ((await first.next()).kind !== 'CAUGHT_UP');
  const creating = create('bob')
  const { change, cursor } = await first.next()
  expect(change).toMatchObject({ seq: 1, event: { username: 'bob' } })
  expect((await client.ask(USER, { id: change?.event.userId })).user).toMatchObject({ username: 'bob' })
  await creating
  await first.end()

  await create('cy')
  const resumed = following({ after: cursor })
  expect((await resumed.next()).change).toMatchObject({ seq: 2, stream: change?.stream })
  expect((await resumed.next()).change?.event).toMatchObject({ username: 'cy' })
  await resumed.end()
})

test('a client that sends the id of the last event with the same request goes on from there', async () => {
  const { head } = await client.ask('{ head }')
  const query = `subscription { changes(after: "${head}") { change { event { ... on SetUsername { username } } } } }`
  await create('dan')
  const cut = await (await RawStream.open(server, query, headers)).until(/dan.*\n\n/)
  const [, id] = /\nid: (\S+)\ndata: .*dan/.exec(cut) ?? []
  await create('eve')
  const resumed = await RawStream.open(server, query, { ...headers, 'last-event-id': id ?? 'none' })
  expect(await resumed.until(/eve.*\n\n/)).not.toContain('dan')
  const bad = await RawStream.open(server, query, { ...headers, 'last-event-id': 'nonsense' })
  expect(await bad.toEnd()).toMatch(/Last-Event-ID: the cursor.*BAD_CURSOR/)
})
