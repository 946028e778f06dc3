import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Client, CREATE_GROUP, CREATE_USER, SET_MEMBERSHIP } from '../support/client.ts'
import { type ChangeMessage, Follower } from '../support/follower.ts'
import { type ServerProcess, serveReady } from '../support/process.ts'

const KEY = 'operator-key-of-the-visibility-test'
const CHANGES = 10_000
/** Of writers, on the server that is followed and on another process. */
const HERE = 24
const ELSEWHERE = 8
const RENAMES = 3

type Event = NonNullable<ChangeMessage['change']>['event']

/** A query for what an event tells of, and whether its answer shows that or something later. */
interface Look {
  readonly query: string
  // biome-ignore lint/suspicious/noExplicitAny: read as the query asks for it
  readonly shows: (data: any) => boolean
}

function lookFor({ __typename, userId, username, name }: Event): Look {
  switch (__typename) {
    case 'SetUsername':
      return {
        query: `query ($userId: ID!, $username: String!) {
          user(id: $userId) { username } userByUsername(username: $username) { id } users(search: $username) { nodes { id } }
        }`,
        shows: ({ user, userByUsername, users }) =>
          user?.username === username &&
          userByUsername?.id === userId &&
          users.nodes.some(({ id }: { id: string }) => id === userId),
      }
    case 'SetUserName':
      return {
        query: 'query ($userId: ID!) { user(id: $userId) { name } }',
        shows: ({ user }) => numberIn(user?.name) >= numberIn(name),
      }
    case 'SetMembership':
      return {
        query: 'query ($userId: ID!, $groupId: ID!) { isMember(userId: $userId, groupId: $groupId) }',
        shows: ({ isMember }) => isMember,
      }
    case 'SetGroupName':
    case 'SetGroupDescription':
    case 'SetGroupStatus':
      return {
        query: 'query ($groupId: ID!) { group(id: $groupId) { name } }',
        shows: ({ group }) => group !== null,
      }
    default:
      return {
        query: 'query ($userId: ID!) { user(id: $userId) { status } }',
        shows: ({ user }) => user?.status === 'ACTIVE',
      }
  }
}

const numberIn = (name: unknown): number => Number(/\d+$/.exec(String(name))?.[0] ?? -1)

/** Users who come, are renamed and join a group of the writer's, one after the other, until it is enough. */
async function write(client: Client, writer: string, enough: AbortSignal): Promise<void> {
  const { group } = (await client.ask(CREATE_GROUP, { input: { name: writer } })).createGroup
  for (let n = 0; !enough.aborted; n++) {
    const input = { username: `${writer}-user-${n}`, name: 'Name 0' }
    const { user } = (await client.ask(CREATE_USER, { input })).createUser
    for (let name = 1; name <= RENAMES; name++) {
      await client.ask(
        'mutation ($id: ID!, $name: String) { updateUser(id: $id, patch: { name: $name }) { token } }',
        {
          id: user.id,
          name: `Name ${name}`,
        },
      )
    }
    await client.ask(SET_MEMBERSHIP, { groupId: group.id, userId: user.id })
  }
}

let data: string
let servers: ServerProcess[]

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'rollcall-visible-'))
  const environment = { ROLLCALL_DATA: data, ROLLCALL_OPERATOR_KEY: KEY }
  servers = [await serveReady(environment), await serveReady(environment)]
})
afterAll(async () => {
  await Promise.all(servers.map((server) => server.kill('SIGKILL')))
  await rm(data, { recursive: true, force: true })
})

test(`0 of ${CHANGES.toLocaleString('en')} changes are invisible to a query made on receipt, those of another process too`, {
  timeout: 240_000,
}, async () => {
  const [here, elsewhere] = servers.map(({ url }) => new Client(url, KEY)) as [Client, Client]
  const follower = new Follower(servers[0]?.url ?? '', KEY)
  await follower.untilCaughtUp()

  const enough = new AbortController()
  const writing = Promise.all([
    ...names('here', HERE).map((name) => write(here, name, enough.signal)),
    ...names('elsewhere', ELSEWHERE).map((name) => write(elsewhere, name, enough.signal)),
  ])
  const looks: Promise<void>[] = []
  const told: Event[] = []
  const invisible: Event[] = []
  while (told.length < CHANGES) {
    const { event } = await follower.nextChange()
    const { query, shows } = lookFor(event)
    told.push(event)
    looks.push(
      here.ask(query, event).then((data) => {
        if (!shows(data)) invisible.push(event)
      }),
    )
  }
  enough.abort()
  await Promise.all([...looks, writing])
  await follower.close()
  expect(invisible).toEqual([])
  for (const where of ['here', 'elsewhere']) {
    expect(told.filter(({ username }) => String(username).startsWith(where)).length).toBeGreaterThan(100)
  }
})

const names = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${prefix}-${i}`)
