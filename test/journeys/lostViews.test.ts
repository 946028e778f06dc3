import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { EXIT } from '../../src/cli/exitCodes.ts'
import {
  createClient,
  type Following,
  type FollowStatus,
  follow,
  memoryReplica,
} from '../../src/client/index.ts'
import { openDynamoLogReader } from '../../src/log/dynamodb/DynamoLogReader.ts'
import { freePort } from '../../stack/processes/freePort.ts'
import { stateOf } from '../support/changes.ts'
import { Client, CREATE_USER, USER } from '../support/client.ts'
import { directoryOf } from '../support/DirectoryCopy.ts'
import { hasSharedEngines, newLog } from '../support/engines.ts'
import { type LocalKinesis, startKinesis } from '../support/kinesis.ts'
import { PATIENT } from '../support/patient.ts'
import { configOf } from '../support/server.ts'
import { dropSchemas } from '../support/sql.ts'
import { type Supervised, supervised } from '../support/supervised.ts'

const KEY = 'operator-of-all-gateways'
const CHANGES = 'query ($after: Cursor) { changes(first: 3, after: $after) { pageInfo { endCursor } } }'
const USERS = 'query ($after: Cursor) { users(first: 3, after: $after) { token pageInfo { endCursor } } }'
const AT_LEAST = 'query ($token: ConsistencyToken) { users(atLeast: $token) { token } }'
const PATIENCE = { timeout: 60_000 }

let kinesis: LocalKinesis | null = null
beforeAll(async () => {
  if (hasSharedEngines) kinesis = await startKinesis()
})
afterAll(() => kinesis?.stop())

describe.skipIf(!hasSharedEngines)('PostgreSQL loses all that it had', { timeout: 180_000 }, () => {
  let environment: Readonly<Record<string, string>>
  let processes: Supervised[]
  let clients: Client[]
  let followings: Following[]

  beforeEach(async () => {
    const stream = await kinesis?.newStream(1)
    environment = {
      ...(await newLog()),
      ROLLCALL_FEED: `kinesis://us-east-1/${stream}?endpoint=${kinesis?.endpoint}`,
      ROLLCALL_OPERATOR_KEY: KEY,
      ...PATIENT,
    }
    followings = []
    clients = []
    processes = []
    for (const port of [await freePort(), await freePort()]) {
      processes.push(supervised(['serve'], { ...environment, PORT: String(port) }))
      clients.push(new Client(`http://127.0.0.1:${port}`, KEY))
      await expect.poll(() => isReady(clients.at(-1)), PATIENCE).toBe(true)
    }
    processes.push(supervised(['synchronise'], environment))
  }, 120_000)
  afterEach(async () => {
    await Promise.all(followings.map((following) => following.stop().catch(() => {})))
    await Promise.all(processes.map((process) => process.stop()))
  })

  const isReady = async (client: Client | undefined): Promise<boolean> =>
    fetch(new URL('/readyz', client?.url)).then(
      ({ ok }) => ok,
      () => false,
    )
  const create = async (nth: number): Promise<string> => {
    const input = {
      id: `u${nth}`,
      username: `user-${nth}`,
      name: `User ${nth}`,
      email: `u${nth}@example.org`,
    }
    return (await (clients[nth % 2] as Client).ask(CREATE_USER, { input })).createUser.token
  }
  const createSome = async (from: number, to: number): Promise<string> => {
    let token = ''
    for (let nth = from; nth < to; nth++) token = await create(nth)
    return token
  }
  const followOn = ({ url }: Client) => {
    const replica = memoryReplica()
    const statuses: FollowStatus[] = []
    const following = follow(createClient({ url: new URL(url).origin, key: KEY }), {
      replica,
      retry: { minMs: 0, maxMs: 100 },
      onStatus: (status) => statuses.push(status),
    })
    following.done.catch(() => {})
    followings.push(following)
    const expiries = () =>
      statuses.flatMap((status) => (status.kind === 'expired' ? [status.error.details.why] : []))
    return { following, replica, expiries }
  }
  const dropAll = async () => {
    const { log: table, views } = configOf(environment)
    if (table === null || views === null) throw new Error('no engines')
    const log = await openDynamoLogReader(table)
    await dropSchemas(views, log.epoch)
    await log.close()
  }

  test('all processes begin anew; nobody’s place in the lost journal is taken for one in the new one; copies end right', async () => {
    const [here, there] = clients as [Client, Client]
    const followers = [followOn(here), followOn(there)]
    await Promise.all(followers.map(({ following }) => following.caughtUp))
    await createSome(0, 8)
    const place = (await there.ask(CHANGES)).changes.pageInfo.endCursor
    const { users } = await here.ask(USERS)
    const written = await createSome(8, 12)

    await dropAll()
    const isOver = () => processes.every(({ codes }) => codes.length > 0)
    await expect.poll(isOver, PATIENCE).toBe(true)
    expect(processes.flatMap(({ codes }) => codes)).toEqual([1, 2, 3].map(() => EXIT.unavailable))
    for (const client of clients) await expect.poll(() => isReady(client), PATIENCE).toBe(true)

    for (const client of clients) {
      expect(await client.refused(CHANGES, { after: place })).toMatchObject({
        code: 'CURSOR_EXPIRED',
        why: 'epoch',
      })
      expect(await client.refused(USERS, { after: users.pageInfo.endCursor })).toMatchObject({
        code: 'BAD_CURSOR',
      })
      expect(await client.refused(AT_LEAST, { token: users.token })).toMatchObject({
        code: 'BAD_TOKEN',
        why: 'epoch',
      })
      const { user } = await client.ask(USER, { id: 'u11', atLeast: written })
      expect(user.username).toBe('user-11')
    }
    const last = await createSome(12, 16)
    for (const client of clients) await client.ask(USER, { id: 'u15', atLeast: last })
    const directory = await directoryOf(here)
    expect(directory.users).toHaveLength(16)
    for (const { replica, expiries } of followers) {
      await expect.poll(() => stateOf(replica), PATIENCE).toEqual(directory)
      expect(expiries()).toEqual(['epoch'])
    }
  })
})
